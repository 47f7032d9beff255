#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mrgc/item/item.h"
#include "mrgc/store/store.h"
#include "mrgc/store/table.h"

namespace mrgc::store {

/// Which stream: the table's name and when the stream began, milliseconds since the Unix epoch. A table has at most one
/// at a time; those it had before, and those of deleted tables, are known until their records are gone.
struct StreamId {
  std::string table;
  std::int64_t created_ms = 0;
  friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

struct StreamDescription {
  StreamId id;
  KeySchema keys;
  StreamView view = StreamView::kNewAndOldImages;
  bool enabled = true;               ///< false: it ended, nothing will be added
  std::uint64_t first_sequence = 0;  ///< records have this number or a higher one
  std::uint64_t end_sequence = 0;    ///< and a lower one than this; grows while the stream is enabled
};

/// One change of one item (Amazon DynamoDB Streams API Reference, "StreamRecord").
struct StreamRecord {
  enum class Kind : std::uint8_t { kInsert, kModify, kRemove };

  std::uint64_t sequence = 0;  ///< ascending in a stream, not dense
  Kind kind = Kind::kInsert;
  std::int64_t time_ms = 0;
  item::Item keys;
  std::optional<item::Item> old_image;  ///< as the stream's view says, and when there was one
  std::optional<item::Item> new_image;
  std::size_t size_bytes = 0;  ///< of keys and images
  bool expired = false;        ///< removed because its TTL had passed
};

struct ListStreamsRequest {
  std::string table;  ///< empty: of all tables
  std::optional<StreamId> start_after;
  std::size_t limit = 100;
};
struct ListStreamsResult {
  std::vector<StreamId> streams;  ///< in the order of `StreamId`
  bool more = false;
};

struct ReadStreamRequest {
  StreamId stream;
  std::uint64_t sequence = 0;  ///< where to begin
  std::size_t limit = 1000;    ///< at most as many, and about 1 MB
};
struct ReadStreamResult {
  std::vector<StreamRecord> records;
  std::uint64_t next_sequence = 0;  ///< where to go on
  bool ended = false;               ///< there will be no more
  StreamView view = StreamView::kNewAndOldImages;
};

/// The changes of tables, in order, for 24 hours (Amazon DynamoDB Developer Guide, "Change data capture for DynamoDB
/// Streams"). A table's stream is switched on with its settings. What is read is durable. Thread-safe.
///
/// Errors: `kResourceNotFound` for a stream that there is not; `kTrimmedData` for a sequence whose records are gone.
class Streams {
 public:
  virtual ~Streams() = default;

  virtual void list_streams(ListStreamsRequest request, Completion<ListStreamsResult> done) = 0;
  virtual void describe_stream(StreamId stream, Completion<StreamDescription> done) = 0;
  virtual void read_stream(ReadStreamRequest request, Completion<ReadStreamResult> done) = 0;
};

}  // namespace mrgc::store
