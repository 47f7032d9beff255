#include "support/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "support/engines.h"
#include "support/item_text.h"

namespace mrgc::testing {
namespace {

using item::Item;
using store::StreamRecord;
using Kind = StreamRecord::Kind;

/// What a stream told so far.
class Story {
 public:
  /// What is wrong with what it tells next, or an empty text.
  std::string add(const StreamRecord& record) {
    std::optional<Item>& item = items_[std::string(record.keys.encoded())];
    const Kind kind = !item ? Kind::kInsert : record.new_image ? Kind::kModify : Kind::kRemove;
    const auto wrong = [&](std::string_view what) {
      return fmt::format("record {} of {}: {}: from {} to {}, behind {}", record.sequence, to_text(record.keys), what,
                         to_text(record.old_image), to_text(record.new_image), to_text(item));
    };
    if (record.sequence <= last_sequence_) return wrong("out of order");
    if (record.old_image != item) return wrong("does not go on where the one before it ended");
    if (record.new_image == item) return wrong("changes nothing");
    if (record.kind != kind) return wrong("of the wrong kind");
    last_sequence_ = record.sequence;
    item = record.new_image;
    return {};
  }

  /// The items that the changes lead to, by their encoded keys.
  std::map<std::string, Item> outcome() const {
    std::map<std::string, Item> there;
    for (const auto& [key, item] : items_) {
      if (item) there.emplace(key, *item);
    }
    return there;
  }

 private:
  std::map<std::string, std::optional<Item>> items_;
  std::uint64_t last_sequence_ = 0;
};

std::map<std::string, Item> items_by_key(const store::TableSpec& spec, const std::vector<Item>& items) {
  std::map<std::string, Item> by_key;
  for (const Item& item : items) {
    by_key.emplace(std::string(store::key_of(item, spec.keys).encoded()), item);
  }
  return by_key;
}

}  // namespace

std::vector<store::StreamId> streams_of(store::Streams& streams, const std::string& table) {
  return wait_for(streams, &store::Streams::list_streams, store::ListStreamsRequest{.table = table}).value().streams;
}

Result<std::vector<StreamRecord>> read_whole_stream(store::Streams& streams, const store::StreamId& stream) {
  auto description = wait_for(streams, &store::Streams::describe_stream, stream);
  if (!description) return base::forward_error(description);
  std::vector<StreamRecord> records;
  for (std::uint64_t at = description->first_sequence; at < description->end_sequence;) {
    auto page =
        wait_for(streams, &store::Streams::read_stream, store::ReadStreamRequest{.stream = stream, .sequence = at});
    if (!page) return base::forward_error(page);
    std::ranges::move(page->records, std::back_inserter(records));
    at = page->next_sequence;
  }
  return records;
}

std::string find_stream_contradiction(engine::Engine& engine) {
  const store::BlockingStore db(engine);
  const store::ListTablesResult tables = db.list_tables({}).value();
  for (const std::string& name : tables.tables) {
    const store::TableSpec spec = db.describe_table({.table = name}).value().spec;
    if (!spec.settings.stream) continue;
    const std::vector<store::StreamId> streams = streams_of(engine, name);
    if (streams.empty()) return "the stream of " + name + " is not listed";
    const auto records = read_whole_stream(engine, streams.back());
    if (!records) return to_text(records.error());
    Story story;
    for (const StreamRecord& record : *records) {
      if (std::string wrong = story.add(record); !wrong.empty()) return "the stream of " + name + ": " + wrong;
    }
    if (story.outcome() != items_by_key(spec, scan_all(db, name))) {
      return fmt::format("the {} records of the stream of {} do not lead to the items that it has", records->size(),
                         name);
    }
  }
  return {};
}

}  // namespace mrgc::testing
