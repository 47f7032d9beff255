#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/kv.h"
#include "mrgc/base/executor.h"

namespace mrgc::engine {

/// A key that a commit added to or removed from `Family::kIndexes`.
struct IndexChange {
  std::string key;
  std::uint32_t partition_size;  ///< length of the part of `key` that names the index partition
  bool added;

  std::string_view partition() const { return std::string_view(key).substr(0, partition_size); }
  std::string_view rest() const { return std::string_view(key).substr(partition_size); }
};

/// The live keys of one index partition in memory, in order.
class IndexDirectory {
 public:
  /// Up to `limit` full keys in [begin, end) (end empty: no bound), ascending or, from the end, descending.
  std::vector<std::string> keys(std::string_view begin, std::string_view end, bool forward, std::size_t limit) const;

 private:
  friend class IndexDirectories;

  explicit IndexDirectory(std::string partition) : partition_(std::move(partition)) {}
  void apply(std::string_view rest, bool added);  // with the mutex held

  const std::string partition_;
  mutable std::shared_mutex mutex_;
  std::set<std::string, std::less<>> rests_;                  // guarded by mutex_
  std::vector<std::pair<std::string, bool>> while_building_;  // guarded by mutex_: changes since the build began
  bool ready_ = false;                                        // guarded by mutex_
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> last_used_{0};
};

/// The guard against deletions in front of an index. A store of sorted files only marks what is deleted, and a walk has
/// to step over every mark until a compaction: after the best 20,000 scores of a region fell, "the best 5" would step
/// over 20,000 of them. An index partition with many deletions therefore gets a directory of its live keys. Queries ask
/// it which keys there are and read those one by one.
///
/// Directories are made in the background and kept current by the committer; those used least go when together they
/// exceed the budget. Thread-safe.
class IndexDirectories {
 public:
  /// `background` runs the scans that build directories. All must outlive this object.
  IndexDirectories(const KvStore& kv, base::Executor& background, std::size_t budget_bytes)
      : kv_(kv), background_(background), budget_bytes_(budget_bytes) {}

  /// How many deletions in a partition call for a directory.
  static constexpr std::uint32_t kDeletionsForDirectory = 512;

  /// The directory of the partition, or null when there is none yet.
  std::shared_ptr<const IndexDirectory> find(std::string_view partition) const;

  /// Takes note of committed changes, in the order of their commits. Called by the committer only.
  void apply(std::span<const IndexChange> changes);

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t memory_bytes() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Partition {
    std::uint32_t deletions = 0;
    bool too_large = false;                     // alone over the budget: do not try again
    std::shared_ptr<IndexDirectory> directory;  // null: none wanted yet
  };

  void build(const std::shared_ptr<IndexDirectory>& directory);
  void drop(const std::shared_ptr<IndexDirectory>& directory, bool too_large);
  void keep_within_budget();

  const KvStore& kv_;
  base::Executor& background_;
  const std::size_t budget_bytes_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Partition, Hash, std::equal_to<>> partitions_;  // guarded by mutex_
  std::atomic<std::size_t> count_{0};  // directories, so that a query without any takes no lock
  mutable std::atomic<std::uint64_t> uses_{0};
  std::size_t changes_until_budget_check_ = 0;  // the committer's
};

}  // namespace mrgc::engine
