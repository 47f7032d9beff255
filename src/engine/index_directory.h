#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/kv.h"
#include "engine/sorted_keys.h"
#include "mrgc/base/executor.h"

namespace mrgc::engine {

/// A key that a commit adds to or removes from `Family::kIndexes`.
struct IndexChange {
  std::string key;
  std::uint32_t partition_size;  ///< length of the part of `key` that names the index partition
  bool added;

  std::string_view partition() const { return std::string_view(key).substr(0, partition_size); }
  std::string_view rest() const { return std::string_view(key).substr(partition_size); }
};

/// The keys of one index partition in memory, in order: at every moment at least those that the store holds. The key of
/// a write that is being committed, or that failed, or that has just removed it, may be there without an entry in the
/// store.
class IndexDirectory {
 public:
  /// A moment of the store, and keys of that moment: every key that the store holds there and maybe a few more.
  struct Chunk {
    std::unique_ptr<KvSnapshot> snapshot;
    std::vector<std::string> keys;
  };

  /// Up to `limit` (at least 1) full keys in [begin, end) (end empty: no bound), ascending or, from the end,
  /// descending, and the moment of `kv` for which they are complete. Nothing when the directory was dropped: it is out
  /// of date then.
  std::optional<Chunk> read(const KvReader& kv, std::string_view begin, std::string_view end, bool forward,
                            std::size_t limit) const;

 private:
  friend class IndexDirectories;

  explicit IndexDirectory(std::string partition) : partition_(std::move(partition)) {}
  void apply(std::string_view rest, bool added);  // with the mutex held
  bool empty() const;
  std::size_t fixed_bytes() const;

  const std::string partition_;
  mutable std::shared_mutex mutex_;
  SortedKeys rests_;                                          // guarded by mutex_
  std::vector<std::pair<std::string, bool>> while_building_;  // guarded by mutex_: changes since the build began
  bool ready_ = false;                                        // guarded by mutex_
  bool dropped_ = false;                                      // guarded by mutex_: nobody keeps it current any more
  std::atomic<std::size_t> bytes_{0};                         // 0 until it is ready
  std::atomic<std::uint64_t> last_used_{0};
};

/// The guard against deletions in front of an index. A store of sorted files only marks what is deleted, and a walk has
/// to step over every mark until a compaction: after the best 20,000 scores of a region fell, "the best 5" would step
/// over 20,000 of them. An index partition with many deletions therefore gets a directory of its live keys. Queries ask
/// it which keys there are and read those one by one.
///
/// The committer tells of every commit twice: of what it adds before the store is written, of what it removes once the
/// commit is answered. So a directory never lacks a key that the store holds, and a reader that takes keys and a
/// snapshot together (`IndexDirectory::read`) misses no entry of that moment.
///
/// Directories are made in the background; empty ones, then those used least, go when together they exceed the budget.
/// Thread-safe, except `before_commit` and `after_commit`, which are the committer's.
class IndexDirectories {
 public:
  /// `background` runs the scans that build directories. All must outlive this object.
  IndexDirectories(const KvStore& kv, base::Executor& background, std::size_t budget_bytes)
      : kv_(kv), background_(background), budget_bytes_(budget_bytes) {}

  /// How many deletions in a partition call for a directory.
  static constexpr std::uint32_t kDeletionsForDirectory = 512;

  /// The directory of the partition, or null when there is none yet.
  std::shared_ptr<const IndexDirectory> find(std::string_view partition) const;

  /// Takes note of the additions among the changes of a commit that is about to be written.
  void before_commit(std::span<const IndexChange> changes);
  /// Takes note of the removals among the changes of the commit that was written last: the same changes, in the order
  /// of their requests.
  void after_commit(std::span<const IndexChange> changes);

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  /// What the directories that are ready take, in bytes, estimated.
  std::size_t memory_bytes() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename T>
  using ByPartition = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  std::shared_ptr<IndexDirectory> find_any(std::string_view partition) const;
  void remove(const IndexChange& change);
  std::shared_ptr<IndexDirectory> count_deletion(std::string_view partition);
  void build(const std::shared_ptr<IndexDirectory>& directory);
  void drop(const std::shared_ptr<IndexDirectory>& directory, bool too_large);
  void check_budget_now_and_then(std::size_t changes);
  void keep_within_budget();

  const KvStore& kv_;
  base::Executor& background_;
  const std::size_t budget_bytes_;
  mutable std::shared_mutex mutex_;
  ByPartition<std::shared_ptr<IndexDirectory>> directories_;          // guarded by mutex_
  ByPartition<std::uint32_t> deletions_;                              // guarded by mutex_; where none is yet
  std::unordered_set<std::string, Hash, std::equal_to<>> too_large_;  // guarded by mutex_: do not try again
  std::atomic<std::size_t> count_{0};  // directories, so that who meets none takes no lock
  mutable std::atomic<std::uint64_t> uses_{0};
  std::size_t changes_until_budget_check_ = 0;  // the committer's
};

}  // namespace mrgc::engine
