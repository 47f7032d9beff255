#include "engine/stream_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

using item::Item;
using item::Value;
using store::StreamId;
using store::StreamRecord;
using store::StreamView;

constexpr std::string_view kStreamPrefix = "stream/";
constexpr std::size_t kMaxReadBytes = std::size_t{1} << 20;

constexpr std::string_view kTime = "t";
constexpr std::string_view kKind = "k";
constexpr std::string_view kExpired = "x";
constexpr std::string_view kKeys = "key";
constexpr std::string_view kOld = "old";
constexpr std::string_view kNew = "new";
constexpr std::string_view kEnded = "ended_ms";

Value as_binary(const Item& item) { return Value(Value::Binary{std::string(item.encoded())}); }

std::optional<Item> item_in(const Item& record, std::string_view name) {
  const auto value = record.find(name);
  if (!value || value->type() != item::Type::kBinary) return std::nullopt;
  return Item::from_trusted(std::string(value->as_binary()));
}

StreamRecord decode_record(std::uint64_t sequence, std::string_view bytes) {
  const Item record = Item::from_trusted(std::string(bytes));
  StreamRecord decoded{.sequence = sequence,
                       .kind = static_cast<StreamRecord::Kind>(record.find_int64(kKind).value_or(0)),
                       .time_ms = record.find_int64(kTime).value_or(0),
                       .keys = item_in(record, kKeys).value_or(Item()),
                       .old_image = item_in(record, kOld),
                       .new_image = item_in(record, kNew),
                       .size_bytes = 0,
                       .expired = record.find_bool(kExpired).value_or(false)};
  decoded.size_bytes = decoded.keys.size_bytes();
  if (decoded.old_image) decoded.size_bytes += decoded.old_image->size_bytes();
  if (decoded.new_image) decoded.size_bytes += decoded.new_image->size_bytes();
  return decoded;
}

std::string record_at(std::string prefix, std::uint64_t sequence) {
  append_u64(prefix, sequence);
  return prefix;
}

Value encode_key(const store::KeyAttribute& key) {
  return Value(Value::List{Value(key.name), Value(static_cast<int>(key.type))});
}

std::optional<store::KeyAttribute> decode_key(const Item& record, std::string_view name) {
  const auto value = record.find(name);
  if (!value || value->type() != item::Type::kList) return std::nullopt;
  const auto text = value->as_list().at(0);
  const auto type = value->as_list().at(1);
  if (!text || text->type() != item::Type::kString || !type || type->type() != item::Type::kNumber) return std::nullopt;
  return store::KeyAttribute{.name = std::string(text->as_string()),
                             .type = static_cast<item::Type>(type->as_number().to_int64().value_or(0))};
}

}  // namespace

std::string stream_prefix(std::uint32_t number, std::int64_t created_ms) {
  std::string prefix;
  append_u32(prefix, number);
  append_u64(prefix, static_cast<std::uint64_t>(created_ms));
  return prefix;
}

std::optional<std::string> encode_stream_record(const Table& table, const std::optional<Item>& before,
                                                const std::optional<Item>& after, std::int64_t now_ms, bool expired) {
  if (before == after) return std::nullopt;
  const StreamView view = table.spec.settings.stream.value();
  const auto kind = !before ? StreamRecord::Kind::kInsert
                    : after ? StreamRecord::Kind::kModify
                            : StreamRecord::Kind::kRemove;
  item::ItemBuilder record;
  record.set(kTime, Value(now_ms)).set(kKind, Value(static_cast<int>(kind)));
  record.set(kKeys, as_binary(store::key_of(after ? *after : *before, table.spec.keys)));
  const bool with_old = view == StreamView::kOldImage || view == StreamView::kNewAndOldImages;
  const bool with_new = view == StreamView::kNewImage || view == StreamView::kNewAndOldImages;
  if (before && with_old) record.set(kOld, as_binary(*before));
  if (after && with_new) record.set(kNew, as_binary(*after));
  if (expired) record.set(kExpired, Value(true));
  return std::string(record.build().encoded());
}

StreamId StreamRecords::latest_of(const Table& table) {
  return {.table = table.spec.name, .created_ms = table.stream_created_ms.value()};
}

std::string StreamRecords::record_key(const StreamId& id) {
  std::string key = std::string(kStreamPrefix).append(id.table).append("/");
  append_u64(key, static_cast<std::uint64_t>(id.created_ms));
  return key;
}

Item StreamRecords::encode(const StreamId& id, const Stream& stream) {
  item::ItemBuilder record;
  record.set("table", Value(id.table)).set("created_ms", Value(id.created_ms));
  record.set("number", Value(static_cast<std::int64_t>(stream.table_number)));
  record.set("partition", encode_key(stream.keys.partition));
  if (stream.keys.sort) record.set("sort", encode_key(*stream.keys.sort));
  record.set("view", Value(static_cast<int>(stream.view)));
  record.set("first", Value(static_cast<std::int64_t>(stream.first_sequence)));
  if (stream.ended_ms) record.set(kEnded, Value(*stream.ended_ms));
  return record.build();
}

Result<void> StreamRecords::load() {
  const std::lock_guard lock(mutex_);
  const std::string prefix(kStreamPrefix);
  const auto iterator = kv_.iterate(Family::kMeta, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const auto record = Item::from_bytes(std::string(iterator->value()));
    const auto table = record ? record->find_string("table") : std::nullopt;
    const auto partition = record ? decode_key(*record, "partition") : std::nullopt;
    if (!table || !partition) {
      return base::fail(ErrorCode::kStorage, "a stream's record in the store does not read back");
    }
    const auto number = [&](std::string_view name) { return record->find_int64(name).value_or(0); };
    streams_.emplace(StreamId{.table = std::string(*table), .created_ms = number("created_ms")},
                     Stream{.table_number = static_cast<std::uint32_t>(number("number")),
                            .keys = {.partition = *partition, .sort = decode_key(*record, "sort")},
                            .view = static_cast<StreamView>(number("view")),
                            .first_sequence = static_cast<std::uint64_t>(number("first")),
                            .ended_ms = record->find_int64(kEnded)});
  }
  return iterator->status();
}

std::int64_t StreamRecords::new_created_ms(const std::string& table) const {
  std::int64_t created_ms = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  for (auto at = streams_.lower_bound({.table = table}); at != streams_.end() && at->first.table == table; ++at) {
    created_ms = std::max(created_ms, at->first.created_ms + 1);
  }
  return created_ms;
}

void StreamRecords::begin(KvBatch& batch, const Table& table) {
  const StreamId id = latest_of(table);
  const Stream stream{.table_number = table.number,
                      .keys = table.spec.keys,
                      .view = table.spec.settings.stream.value(),
                      .first_sequence = log_.next_sequence(),
                      .ended_ms = std::nullopt,
                      .is_beginning = true};
  batch.put(Family::kMeta, record_key(id), encode(id, stream).encoded());
  const std::lock_guard lock(mutex_);
  streams_.insert_or_assign(id, stream);
}

void StreamRecords::end(KvBatch& batch, const Table& table) {
  const StreamId id = latest_of(table);
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.ended_ms) return;
  found->second.is_ending = true;
  Stream ended = found->second;
  ended.ended_ms = clock_.now_ms();
  batch.put(Family::kMeta, record_key(id), encode(id, ended).encoded());
}

void StreamRecords::note_begun(const Table& table) {
  const std::lock_guard lock(mutex_);
  streams_.at(latest_of(table)).is_beginning = false;
}

void StreamRecords::note_ended(const Table& table) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(latest_of(table));
  if (found == streams_.end() || !std::exchange(found->second.is_ending, false)) return;
  found->second.ended_ms = clock_.now_ms();
}

// An enabled stream ends where the log does: a record that is added has a higher sequence.
Result<std::uint64_t> StreamRecords::end_of(const StreamId& id, const Stream& stream) const {
  if (!stream.ended_ms) return log_.next_sequence();
  const std::string prefix = stream_prefix(stream.table_number, id.created_ms);
  const auto iterator = kv_.iterate(Family::kStreams, prefix, prefix_end(prefix));
  iterator->seek_to_last();
  if (auto status = iterator->status(); !status) return base::forward_error(status);
  return iterator->valid() ? read_u64(iterator->key().substr(prefix.size())) + 1 : stream.first_sequence;
}

Result<StreamRecords::Stream> StreamRecords::find(const StreamId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second.is_beginning) {
    return base::fail(ErrorCode::kResourceNotFound, "Requested resource not found: Stream not found");
  }
  return found->second;
}

store::ListStreamsResult StreamRecords::list(const store::ListStreamsRequest& request) const {
  const std::lock_guard lock(mutex_);
  store::ListStreamsResult result;
  auto at = request.start_after ? streams_.upper_bound(*request.start_after) : streams_.begin();
  for (; at != streams_.end(); ++at) {
    if (at->second.is_beginning || (!request.table.empty() && at->first.table != request.table)) continue;
    if (result.streams.size() == request.limit) {
      result.more = true;
      break;
    }
    result.streams.push_back(at->first);
  }
  return result;
}

Result<store::StreamDescription> StreamRecords::describe(const StreamId& id) const {
  auto stream = find(id);
  if (!stream) return base::forward_error(stream);
  const auto end = end_of(id, *stream);
  if (!end) return std::unexpected(end.error());
  return store::StreamDescription{.id = id,
                                  .keys = stream->keys,
                                  .view = stream->view,
                                  .enabled = !stream->ended_ms,
                                  .first_sequence = stream->first_sequence,
                                  .end_sequence = *end};
}

Result<store::ReadStreamResult> StreamRecords::read(const store::ReadStreamRequest& request) const {
  auto stream = find(request.stream);
  if (!stream) return base::forward_error(stream);
  if (request.sequence < stream->first_sequence) {
    return base::fail(ErrorCode::kTrimmedData,
                      "The operation attempted to read past the oldest stream record in a shard.");
  }
  const auto end = end_of(request.stream, *stream);
  if (!end) return std::unexpected(end.error());
  const std::string prefix = stream_prefix(stream->table_number, request.stream.created_ms);
  const std::int64_t oldest_ms = clock_.now_ms() - kRetention_ms;
  store::ReadStreamResult result{
      .records = {}, .next_sequence = std::max(request.sequence, *end), .ended = false, .view = stream->view};
  std::size_t bytes = 0;
  const auto iterator = kv_.iterate(Family::kStreams, record_at(prefix, request.sequence), record_at(prefix, *end));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const std::uint64_t sequence = read_u64(iterator->key().substr(prefix.size()));
    if (result.records.size() == request.limit || bytes >= kMaxReadBytes) {
      result.next_sequence = sequence;
      return result;
    }
    StreamRecord record = decode_record(sequence, iterator->value());
    if (record.time_ms < oldest_ms) continue;
    bytes += record.size_bytes;
    result.records.push_back(std::move(record));
  }
  if (auto status = iterator->status(); !status) return base::forward_error(status);
  result.ended = stream->ended_ms.has_value();
  return result;
}

// Looks at the records first, which may take a while, and then at what has become of the streams meanwhile.
void StreamRecords::trim(const std::function<void(KvBatch)>& submit) {
  const std::int64_t oldest_ms = clock_.now_ms() - kRetention_ms;
  std::map<StreamId, Stream> streams;
  {
    const std::lock_guard lock(mutex_);
    streams = streams_;
  }
  for (auto at = streams.begin(); at != streams.end();) {
    at = find_trimmed(at->first, at->second, oldest_ms) ? std::next(at) : streams.erase(at);
  }
  if (streams.empty()) return;
  KvBatch batch;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, trimmed] : streams) {
    const auto found = streams_.find(id);
    // What would be written now of one that is ending would undo its end.
    if (found == streams_.end() || found->second.is_ending) continue;
    Stream& stream = found->second;
    const std::string prefix = stream_prefix(stream.table_number, id.created_ms);
    if (stream.ended_ms && *stream.ended_ms < oldest_ms) {
      batch.remove_range(Family::kStreams, prefix, prefix_end(prefix));
      batch.remove(Family::kMeta, record_key(id));
      streams_.erase(found);
      continue;
    }
    if (trimmed.first_sequence <= stream.first_sequence) continue;  // somebody else was quicker
    batch.remove_range(Family::kStreams, prefix, record_at(prefix, trimmed.first_sequence));
    stream.first_sequence = trimmed.first_sequence;
    batch.put(Family::kMeta, record_key(id), encode(id, stream).encoded());
  }
  if (!batch.empty()) submit(std::move(batch));
}

// Whether it has records that are too old, without which it begins as `stream` does then; or has ended too long ago.
bool StreamRecords::find_trimmed(const StreamId& id, Stream& stream, std::int64_t oldest_ms) const {
  if (stream.ended_ms && *stream.ended_ms < oldest_ms) return true;
  const std::uint64_t before = stream.first_sequence;
  const std::string prefix = stream_prefix(stream.table_number, id.created_ms);
  const auto iterator = kv_.iterate(Family::kStreams, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const std::uint64_t sequence = read_u64(iterator->key().substr(prefix.size()));
    if (decode_record(sequence, iterator->value()).time_ms >= oldest_ms) break;
    stream.first_sequence = sequence + 1;
  }
  return stream.first_sequence > before;
}

}  // namespace mrgc::engine
