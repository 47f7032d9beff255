#include "engine/index_directory.h"

#include <algorithm>
#include <tuple>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

/// A directory without keys: the object and its place in the map. Its name, which both hold, comes on top.
constexpr std::size_t kBytesPerDirectory = 512;
/// The counters of partitions without a directory are forgotten when there are more than this.
constexpr std::size_t kMaxCountedPartitions = 65'536;
constexpr std::size_t kChangesPerBudgetCheck = 65'536;

// Where a commit adds each of its keys for the last time: a removal before that place has no effect in the end.
class LastAdditions {
 public:
  explicit LastAdditions(std::span<const IndexChange> changes) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].added) positions_[changes[i].key] = i;
    }
  }
  bool follow(std::string_view key, std::size_t position) const {
    const auto found = positions_.find(key);
    return found != positions_.end() && found->second > position;
  }

 private:
  std::unordered_map<std::string_view, std::size_t> positions_;
};

}  // namespace

// Both under one lock. A key that the store holds at the snapshot was noted before it was written, so before this; and
// its removal is noted after it was written, so after the snapshot, and after this.
std::optional<IndexDirectory::Chunk> IndexDirectory::read(const KvReader& kv, std::string_view begin,
                                                          std::string_view end, bool forward, std::size_t limit) const {
  // A bound outside the partition is no bound; one inside is cut to what the set holds.
  const auto rest_of = [this](std::string_view bound) {
    return bound.starts_with(partition_) ? bound.substr(partition_.size()) : std::string_view();
  };
  Chunk chunk;
  chunk.keys.reserve(limit);
  const std::shared_lock lock(mutex_);
  if (dropped_) return std::nullopt;
  chunk.snapshot = kv.snapshot();
  rests_.walk(rest_of(begin), rest_of(end), forward, [&](std::string_view rest) {
    chunk.keys.emplace_back(partition_).append(rest);
    return chunk.keys.size() < limit;
  });
  return chunk;
}

void IndexDirectory::apply(std::string_view rest, bool added) {
  if (!ready_) {
    while_building_.emplace_back(rest, added);
    return;
  }
  if (added) {
    rests_.insert(rest);
  } else {
    rests_.erase(rest);
  }
  bytes_ = fixed_bytes() + rests_.memory_bytes();
}

bool IndexDirectory::empty() const { return bytes_ <= fixed_bytes(); }

std::size_t IndexDirectory::fixed_bytes() const { return kBytesPerDirectory + 2 * partition_.size(); }

std::shared_ptr<IndexDirectory> IndexDirectories::find_any(std::string_view partition) const {
  const std::shared_lock lock(mutex_);
  const auto found = directories_.find(partition);
  return found == directories_.end() ? nullptr : found->second;
}

std::shared_ptr<const IndexDirectory> IndexDirectories::find(std::string_view partition) const {
  if (count() == 0) return nullptr;
  std::shared_ptr<IndexDirectory> directory = find_any(partition);
  if (directory == nullptr) return nullptr;
  directory->last_used_.store(++uses_, std::memory_order_relaxed);
  const std::shared_lock lock(directory->mutex_);
  return directory->ready_ ? directory : nullptr;
}

void IndexDirectories::before_commit(std::span<const IndexChange> changes) {
  check_budget_now_and_then(changes.size());
  if (count() == 0) return;  // only `after_commit`, on this thread, makes one
  for (const IndexChange& change : changes) {
    if (!change.added) continue;
    const auto directory = find_any(change.partition());
    if (directory == nullptr) continue;
    const std::unique_lock lock(directory->mutex_);
    directory->apply(change.rest(), true);
  }
}

void IndexDirectories::after_commit(std::span<const IndexChange> changes) {
  if (std::ranges::all_of(changes, &IndexChange::added)) return;
  const LastAdditions additions(changes);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!changes[i].added && !additions.follow(changes[i].key, i)) remove(changes[i]);
  }
}

void IndexDirectories::remove(const IndexChange& change) {
  auto directory = count() == 0 ? nullptr : find_any(change.partition());
  if (directory == nullptr) {
    directory = count_deletion(change.partition());
    if (directory == nullptr) return;
    // The build's scan starts after this commit, so it sees all of it: what was added while there was no directory to
    // note it, and that this key is gone. Later commits are noted in full.
    background_.post([this, directory] { build(directory); });
    return;
  }
  const std::unique_lock lock(directory->mutex_);
  directory->apply(change.rest(), false);
}

// Counts a deletion in a partition without a directory. The directory, when that was one deletion too many.
std::shared_ptr<IndexDirectory> IndexDirectories::count_deletion(std::string_view partition) {
  const std::unique_lock lock(mutex_);
  if (too_large_.contains(partition)) return nullptr;
  auto counted = deletions_.find(partition);
  if (counted == deletions_.end()) {
    if (deletions_.size() >= kMaxCountedPartitions) deletions_.clear();
    counted = deletions_.emplace(partition, 0).first;
  }
  if (++counted->second < kDeletionsForDirectory) return nullptr;
  deletions_.erase(counted);
  std::shared_ptr<IndexDirectory> directory(new IndexDirectory(std::string(partition)));
  directory->last_used_ = ++uses_;  // or the newest would be the first to go
  directories_.emplace(partition, directory);
  count_.fetch_add(1, std::memory_order_relaxed);
  return directory;
}

// Scans the partition without holding up commits, then adds what they changed meanwhile. A change may be in both; it
// only says whether the key is there in the end, so applying it again does no harm.
void IndexDirectories::build(const std::shared_ptr<IndexDirectory>& directory) {
  SortedKeys rests;
  std::size_t bytes = directory->fixed_bytes();
  const auto iterator = kv_.scan(Family::kIndexes, directory->partition_, prefix_end(directory->partition_));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    rests.insert(iterator->key().substr(directory->partition_.size()));
    bytes = directory->fixed_bytes() + rests.memory_bytes();
    if (bytes > budget_bytes_) break;
  }
  if (bytes > budget_bytes_ || !iterator->status()) {
    drop(directory, bytes > budget_bytes_);
    return;
  }
  {
    const std::unique_lock lock(directory->mutex_);
    directory->rests_ = std::move(rests);
    directory->bytes_ = bytes;
    directory->ready_ = true;
    for (const auto& [rest, added] : directory->while_building_) directory->apply(rest, added);
    directory->while_building_.clear();
    directory->while_building_.shrink_to_fit();
  }
  keep_within_budget();
}

void IndexDirectories::drop(const std::shared_ptr<IndexDirectory>& directory, bool too_large) {
  const std::unique_lock lock(mutex_);
  const auto found = directories_.find(directory->partition_);
  if (found == directories_.end() || found->second != directory) return;
  {
    // Before the committer can miss it: queries that walk it must notice that it falls behind.
    const std::unique_lock directory_lock(directory->mutex_);
    directory->dropped_ = true;
  }
  directories_.erase(found);
  if (too_large) too_large_.insert(directory->partition_);
  count_.fetch_sub(1, std::memory_order_relaxed);
}

void IndexDirectories::check_budget_now_and_then(std::size_t changes) {
  if (changes_until_budget_check_ >= changes) {
    changes_until_budget_check_ -= changes;
    return;
  }
  changes_until_budget_check_ = kChangesPerBudgetCheck;
  keep_within_budget();
}

void IndexDirectories::keep_within_budget() {
  std::size_t bytes = memory_bytes();
  if (bytes <= budget_bytes_) return;
  std::vector<std::tuple<bool, std::uint64_t, std::shared_ptr<IndexDirectory>>> order;  // those to go first in front
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, directory] : directories_) {
      if (directory->bytes_ > 0) order.emplace_back(!directory->empty(), directory->last_used_.load(), directory);
    }
  }
  std::ranges::sort(order);
  // A little more than needed, so that not every build that follows has to look at all of them again.
  const std::size_t enough = budget_bytes_ - budget_bytes_ / 16;
  for (const auto& [in_use, last_used, directory] : order) {
    if (bytes <= enough) return;
    bytes -= std::min<std::size_t>(bytes, directory->bytes_);
    drop(directory, /*too_large=*/false);
  }
}

std::size_t IndexDirectories::memory_bytes() const {
  const std::shared_lock lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& [name, directory] : directories_) bytes += directory->bytes_;
  return bytes;
}

}  // namespace mrgc::engine
