#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/change_log.h"
#include "engine/kv.h"
#include "engine/table.h"
#include "mrgc/base/clock.h"
#include "mrgc/store/streams.h"

namespace mrgc::engine {

/// What all storage keys of a stream's records start with: of the stream of table `number` that began at `created_ms`.
std::string stream_prefix(std::uint32_t number, std::int64_t created_ms);

/// The record of a change, for the stream's view; nothing when nothing changed. `before` and `after` are the item, if
/// any; `expired`: it is removed because its TTL has passed.
std::optional<std::string> encode_stream_record(const Table& table, const std::optional<item::Item>& before,
                                                const std::optional<item::Item>& after, std::int64_t now_ms,
                                                bool expired);

/// The streams of a store: which there are, and their records. A stream outlives its table until its records are gone.
/// Thread-safe.
class StreamRecords {
 public:
  static constexpr std::int64_t kRetention_ms = std::int64_t{24} * 60 * 60 * 1000;

  /// All must outlive this object.
  StreamRecords(const KvStore& kv, const ChangeLog& log, const base::Clock& clock)
      : kv_(kv), log_(log), clock_(clock) {}

  /// Reads the streams of the store. Errors: `kStorage`.
  Result<void> load();

  /// When a stream of the table of this name begins that is made now: the table's name and this are what it goes by, so
  /// it is later than those of all others that are known.
  std::int64_t new_created_ms(const std::string& table) const;

  /// Adds to `batch` that the stream of `table` begins or ends. To be called while the table changes.
  void begin(KvBatch& batch, const Table& table);
  void end(KvBatch& batch, const Table& table);
  /// That batch is committed, and with it what was decided before. Only now are readers told: of a new stream, and that
  /// one has ended, so that they stop reading.
  void note_begun(const Table& table);
  void note_ended(const Table& table);

  store::ListStreamsResult list(const store::ListStreamsRequest& request) const;
  Result<store::StreamDescription> describe(const store::StreamId& stream) const;
  Result<store::ReadStreamResult> read(const store::ReadStreamRequest& request) const;

  /// Removes records that are too old, and streams that have none left and get no more: `submit` is called with the
  /// batch, unless there is nothing to do; it must not wait for a commit. No stream begins or ends during that call, so
  /// what is submitted for those later is not undone by it.
  void trim(const std::function<void(KvBatch)>& submit);

 private:
  struct Stream {
    std::uint32_t table_number = 0;
    store::KeySchema keys;
    store::StreamView view = store::StreamView::kNewAndOldImages;
    std::uint64_t first_sequence = 0;
    std::optional<std::int64_t> ended_ms;
    bool is_beginning = false;  ///< its beginning is not yet committed
    bool is_ending = false;     ///< its end is not yet committed
  };

  static store::StreamId latest_of(const Table& table);
  static std::string record_key(const store::StreamId& id);
  static item::Item encode(const store::StreamId& id, const Stream& stream);
  Result<Stream> find(const store::StreamId& id) const;
  bool find_trimmed(const store::StreamId& id, Stream& stream, std::int64_t oldest_ms) const;
  Result<std::uint64_t> end_of(const store::StreamId& id, const Stream& stream) const;

  const KvStore& kv_;
  const ChangeLog& log_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<store::StreamId, Stream> streams_;  // guarded by mutex_
};

}  // namespace mrgc::engine
