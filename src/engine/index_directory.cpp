#include "engine/index_directory.h"

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

/// A tree node, a string, and what the allocator adds for text that does not fit the string.
constexpr std::size_t kBytesPerKey = 96;
/// Counters of partitions without a directory are forgotten when there are more than this.
constexpr std::size_t kMaxCountedPartitions = 65'536;
constexpr std::size_t kChangesPerBudgetCheck = 65'536;

}  // namespace

std::vector<std::string> IndexDirectory::keys(std::string_view begin, std::string_view end, bool forward,
                                              std::size_t limit) const {
  // A bound outside the partition is no bound; one inside is cut to what the set holds.
  const auto rest_of = [this](std::string_view bound) {
    return bound.starts_with(partition_) ? bound.substr(partition_.size()) : std::string_view();
  };
  std::vector<std::string> found;
  found.reserve(limit);
  const auto take = [&](const std::string& rest) { found.push_back(partition_ + rest); };
  const std::shared_lock lock(mutex_);
  const auto first = rests_.lower_bound(rest_of(begin));
  const auto last = rest_of(end).empty() ? rests_.end() : rests_.lower_bound(rest_of(end));
  if (forward) {
    for (auto at = first; at != last && found.size() < limit; ++at) take(*at);
  } else {
    for (auto at = last; at != first && found.size() < limit;) take(*--at);
  }
  return found;
}

void IndexDirectory::apply(std::string_view rest, bool added) {
  if (!ready_) {
    while_building_.emplace_back(rest, added);
  } else if (added) {
    if (rests_.emplace(rest).second) bytes_ += kBytesPerKey + rest.size();
  } else if (const auto at = rests_.find(rest); at != rests_.end()) {
    rests_.erase(at);
    bytes_ -= kBytesPerKey + rest.size();
  }
}

std::shared_ptr<const IndexDirectory> IndexDirectories::find(std::string_view partition) const {
  if (count() == 0) return nullptr;
  std::shared_ptr<IndexDirectory> directory;
  {
    const std::shared_lock lock(mutex_);
    const auto found = partitions_.find(partition);
    if (found == partitions_.end()) return nullptr;
    directory = found->second.directory;
  }
  if (directory == nullptr) return nullptr;
  directory->last_used_.store(++uses_, std::memory_order_relaxed);
  const std::shared_lock lock(directory->mutex_);
  return directory->ready_ ? directory : nullptr;
}

void IndexDirectories::apply(std::span<const IndexChange> changes) {
  if (changes_until_budget_check_ < changes.size()) {
    changes_until_budget_check_ = kChangesPerBudgetCheck;
    keep_within_budget();
  } else {
    changes_until_budget_check_ -= changes.size();
  }
  for (const IndexChange& change : changes) {
    std::shared_ptr<IndexDirectory> directory;
    bool wanted = false;
    {
      const std::unique_lock lock(mutex_);
      auto found = partitions_.find(change.partition());
      if (found == partitions_.end()) {
        if (change.added) continue;  // only deletions call for a directory
        if (partitions_.size() >= kMaxCountedPartitions) {
          std::erase_if(partitions_,
                        [](const auto& entry) { return entry.second.directory == nullptr && !entry.second.too_large; });
        }
        found = partitions_.try_emplace(std::string(change.partition())).first;
      }
      Partition& partition = found->second;
      if (partition.directory == nullptr && !partition.too_large && !change.added &&
          ++partition.deletions >= kDeletionsForDirectory) {
        partition.directory.reset(new IndexDirectory(found->first));
        partition.directory->last_used_ = ++uses_;  // or the newest would be the first to go
        count_.fetch_add(1, std::memory_order_relaxed);
        wanted = true;
      }
      directory = partition.directory;
    }
    if (directory == nullptr) continue;
    if (wanted) {
      // The build's scan starts after this commit, so it sees this change and needs no note of it.
      background_.post([this, directory] { build(directory); });
      continue;
    }
    const std::unique_lock lock(directory->mutex_);
    directory->apply(change.rest(), change.added);
  }
}

// Scans the partition without holding up commits, then adds what they changed meanwhile. A change may be in both; it
// only says whether the key is there in the end, so applying it again does no harm.
void IndexDirectories::build(const std::shared_ptr<IndexDirectory>& directory) {
  std::set<std::string, std::less<>> rests;
  std::size_t bytes = 0;
  const auto iterator = kv_.iterate(Family::kIndexes, directory->partition_, prefix_end(directory->partition_));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const std::string_view rest = iterator->key().substr(directory->partition_.size());
    rests.emplace_hint(rests.end(), rest);
    bytes += kBytesPerKey + rest.size();
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
  const auto found = partitions_.find(directory->partition_);
  if (found == partitions_.end() || found->second.directory != directory) return;
  found->second = Partition{.deletions = 0, .too_large = too_large, .directory = nullptr};
  count_.fetch_sub(1, std::memory_order_relaxed);
}

void IndexDirectories::keep_within_budget() {
  while (memory_bytes() > budget_bytes_) {
    std::shared_ptr<IndexDirectory> oldest;
    {
      const std::shared_lock lock(mutex_);
      for (const auto& [name, partition] : partitions_) {
        if (partition.directory == nullptr) continue;
        if (oldest == nullptr || partition.directory->last_used_ < oldest->last_used_) oldest = partition.directory;
      }
    }
    if (oldest == nullptr) return;
    drop(oldest, /*too_large=*/false);
  }
}

std::size_t IndexDirectories::memory_bytes() const {
  const std::shared_lock lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& [name, partition] : partitions_) {
    if (partition.directory != nullptr) bytes += partition.directory->bytes_;
  }
  return bytes;
}

}  // namespace mrgc::engine
