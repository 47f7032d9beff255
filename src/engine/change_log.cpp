#include "engine/change_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

constexpr std::uint8_t kUnchangedFlag = 0x80;
constexpr std::size_t kHeaderSize = 1 + 4 + 8 + 4;
/// Trimming in steps keeps the number of range tombstones small.
constexpr std::uint64_t kTrimStep = 8192;

std::string sequence_key(std::uint64_t sequence) {
  std::string key;
  append_u64(key, sequence);
  return key;
}

std::optional<ChangeRecord> decode_change(std::uint64_t sequence, std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  ChangeRecord record{.sequence = sequence};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  record.kind = static_cast<ChangeRecord::Kind>(first & ~kUnchangedFlag);
  record.unchanged = (first & kUnchangedFlag) != 0;
  record.table = read_u32(bytes.substr(1));
  record.time_ms = static_cast<std::int64_t>(read_u64(bytes.substr(5)));
  const std::size_t key_size = read_u32(bytes.substr(13));
  bytes.remove_prefix(kHeaderSize);
  if (bytes.size() < key_size) return std::nullopt;
  record.key = bytes.substr(0, key_size);
  record.after = item::Item::from_trusted(std::string(bytes.substr(key_size)));
  return record;
}

std::unexpected<Error> not_kept(std::uint64_t sequence, std::uint64_t first) {
  return base::fail(ErrorCode::kNotFound,
                    fmt::format("the change log starts at {}; {} is no longer kept", first, sequence));
}

}  // namespace

std::string encode_change(const ChangeRecord& record) {
  std::string bytes;
  bytes.reserve(kHeaderSize + record.key.size() + record.after.encoded().size());
  bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(record.kind) | (record.unchanged ? kUnchangedFlag : 0)));
  append_u32(bytes, record.table);
  append_u64(bytes, static_cast<std::uint64_t>(record.time_ms));
  append_u32(bytes, static_cast<std::uint32_t>(record.key.size()));
  bytes.append(record.key).append(record.after.encoded());
  return bytes;
}

Result<std::unique_ptr<ChangeLog>> ChangeLog::open(const KvStore& kv, std::string identity, std::uint64_t max_records) {
  std::unique_ptr<ChangeLog> log(new ChangeLog(kv, std::move(identity), max_records));
  const auto iterator = kv.iterate(Family::kLog, {}, {});
  iterator->seek_to_first();
  if (iterator->valid()) {
    log->first_ = read_u64(iterator->key());
    log->next_first_ = log->first_.load();
    iterator->seek_to_last();
    if (iterator->valid()) log->next_ = read_u64(iterator->key()) + 1;
  }
  if (auto status = iterator->status(); !status) return base::forward_error(status);
  return log;
}

Result<std::vector<ChangeRecord>> ChangeLog::read(std::uint64_t sequence, std::size_t limit) const {
  const std::uint64_t next = next_sequence();
  if (const std::uint64_t first = first_sequence(); sequence < first) return not_kept(sequence, first);
  if (sequence > next) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("the change log ends before {}; {} was not written yet", next, sequence));
  }
  std::vector<ChangeRecord> records;
  const auto iterator = kv_.iterate(Family::kLog, sequence_key(sequence), sequence_key(next));
  for (iterator->seek_to_first(); iterator->valid() && records.size() < limit; iterator->next()) {
    const std::uint64_t at = read_u64(iterator->key());
    auto record = decode_change(at, iterator->value());
    // A gap means that the log was trimmed while this was reading, or that a record is damaged.
    if (!record || at != sequence + records.size()) {
      if (const std::uint64_t first = next_first_.load(); sequence < first) return not_kept(sequence, first);
      return base::fail(ErrorCode::kInternal, fmt::format("the change log does not read back at {}", at));
    }
    records.push_back(std::move(*record));
  }
  if (auto status = iterator->status(); !status) return base::forward_error(status);
  return records;
}

void ChangeLog::append(KvBatch& batch, std::uint64_t offset, std::string_view encoded) const {
  batch.put(Family::kLog, sequence_key(next_sequence() + offset), encoded);
}

void ChangeLog::trim(KvBatch& batch, std::uint64_t added) {
  const std::uint64_t first = first_sequence();
  const std::uint64_t end = next_sequence() + added;
  if (end - first <= max_records_ + std::min(kTrimStep, max_records_)) return;
  const std::uint64_t new_first = end - max_records_;
  batch.remove_range(Family::kLog, sequence_key(first), sequence_key(new_first));
  next_first_.store(new_first, std::memory_order_release);
}

void ChangeLog::advance(std::uint64_t added) {
  next_.fetch_add(added, std::memory_order_acq_rel);
  first_.store(next_first_.load(std::memory_order_acquire), std::memory_order_release);
}

}  // namespace mrgc::engine
