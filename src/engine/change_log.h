#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kv.h"
#include "mrgc/item/item.h"

namespace mrgc::engine {

/// One write to one item, in the order of commits.
struct ChangeRecord {
  enum class Kind : std::uint8_t { kPut = 1, kRemove = 2 };

  std::uint64_t sequence = 0;  ///< dense: each record's is one more than the one before
  Kind kind = Kind::kPut;
  bool unchanged = false;  ///< the write left the item as it was; replication needs it, streams do not
  std::uint32_t table = 0;
  std::int64_t time_ms = 0;  ///< when the write was decided
  std::string key;           ///< the item's key in `Family::kItems`
  item::Item after;          ///< the item after a put; empty after a remove
};

/// The record without its sequence, which the committer gives it.
std::string encode_change(const ChangeRecord& record);

/// Every write of a store, in order, for whoever follows it. Keeps the latest records up to a number. Its identity is
/// made with the store's folder and changes when the store is found in another folder (`FolderMark::fingerprint`), as
/// after a loss or a copy: a follower that sees another identity cannot go on from its position. When a whole volume is
/// set back to an earlier state, the identity stays, and the followers' positions may lie behind the log's end; `read`
/// refuses those, but knows nothing of it once the log has grown over them again. Thread-safe, except `append` and
/// `trim`, which are the committer's.
class ChangeLog {
 public:
  /// Reads where the log stands. `kv` must outlive the log.
  static Result<std::unique_ptr<ChangeLog>> open(const KvStore& kv, std::string identity, std::uint64_t max_records);

  const std::string& identity() const { return identity_; }
  /// The first record kept, and the one after the last; equal when the log is empty. Sequences start at 1.
  std::uint64_t first_sequence() const { return first_.load(std::memory_order_acquire); }
  std::uint64_t next_sequence() const { return next_.load(std::memory_order_acquire); }

  /// Up to `limit` records from `sequence` on; none when it is the next one.
  /// Errors: `kNotFound` when `sequence` is no longer kept; `kInvalidArgument` when it lies behind the next one, so
  /// that who asks has seen another history; `kInternal` when the log does not read back.
  Result<std::vector<ChangeRecord>> read(std::uint64_t sequence, std::size_t limit) const;

  /// Adds the encoded record to `batch` as the `offset`-th one after the end.
  void append(KvBatch& batch, std::uint64_t offset, std::string_view encoded) const;
  /// Adds to `batch` the removal of what is over the limit once `added` records are in; usually nothing.
  void trim(KvBatch& batch, std::uint64_t added);
  /// The batch is committed: its `added` records are part of the log, and those that it removed are not.
  void advance(std::uint64_t added);

 private:
  ChangeLog(const KvStore& kv, std::string identity, std::uint64_t max_records)
      : kv_(kv), identity_(std::move(identity)), max_records_(std::max<std::uint64_t>(max_records, 1)) {}

  const KvStore& kv_;
  std::string identity_;
  std::uint64_t max_records_;  // at least the last: a log that is read again goes on behind it
  std::atomic<std::uint64_t> first_{1};
  std::atomic<std::uint64_t> next_{1};
  std::atomic<std::uint64_t> next_first_{1};  // once what is being written is committed
};

}  // namespace mrgc::engine
