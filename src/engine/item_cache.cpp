#include "engine/item_cache.h"

#include <xxhash.h>

#include <iterator>
#include <utility>

namespace mrgc::engine {
namespace {

constexpr std::size_t kShards = 64;
/// Of the two nodes, the bucket, and what the allocator rounds up.
constexpr std::size_t kOverheadBytes = 192;
/// Larger values gain little, since most of the work is to copy them.
constexpr std::size_t kMaxValueBytes = std::size_t{16} << 10;

std::size_t memory_of(std::size_t entry_bytes) { return entry_bytes + kOverheadBytes; }

}  // namespace

std::size_t ItemCache::Hash::operator()(std::string_view key) const {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

ItemCache::ItemCache(std::size_t capacity_bytes, std::uint64_t seed)
    : shard_capacity_(capacity_bytes / kShards), hash_{seed} {
  // Another seed inside a shard: there all keys have the same bits that chose it.
  for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>(~seed));
}

ItemCache::Shard& ItemCache::shard_of(std::string_view key) const { return *shards_[hash_(key) % kShards]; }

std::optional<std::string> ItemCache::find(std::string_view key, std::uint64_t at, Look& look) const {
  const Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  look.changes = shard.changes;
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end() || found->second.since > at) return std::nullopt;
  found->second.found_lately = true;
  return std::string(found->second.value);
}

void ItemCache::offer(std::string_view key, std::string_view value, std::uint64_t since, const Look& look) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (shard.under_way == 0 && shard.changes == look.changes) insert(shard, key, value, since);
}

void ItemCache::insert(Shard& shard, std::string_view key, std::string_view value, std::uint64_t since) const {
  erase(shard, key);
  const std::size_t bytes = memory_of(key.size() + value.size());
  if (value.size() > kMaxValueBytes || bytes > shard_capacity_) return;
  make_room(shard, shard_capacity_ - bytes);
  Entry& entry = shard.entries.emplace_back();
  entry.bytes.reserve(key.size() + value.size());
  entry.bytes.append(key).append(value);
  entry.key_size = key.size();
  shard.by_key.emplace(entry.key(),
                       Place{.value = entry.value(), .since = since, .entry = std::prev(shard.entries.end())});
  shard.bytes += bytes;
}

// Lets entries go until the others take no more than `most_bytes`.
void ItemCache::make_room(Shard& shard, std::size_t most_bytes) {
  while (shard.bytes > most_bytes) {
    const std::string_view oldest = shard.entries.front().key();
    if (std::exchange(shard.by_key.find(oldest)->second.found_lately, false)) {
      shard.entries.splice(shard.entries.end(), shard.entries, shard.entries.begin());
    } else {
      erase(shard, oldest);
    }
  }
}

void ItemCache::erase(Shard& shard, std::string_view key) {
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return;
  const Entries::iterator entry = found->second.entry;
  shard.by_key.erase(found);  // first: its views are into the entry
  shard.bytes -= memory_of(entry->bytes.size());
  shard.entries.erase(entry);
}

void ItemCache::begin(Shard& shard) const {
  ++shard.changes;
  ++shard.under_way;
}

void ItemCache::end(Shard& shard) const {
  ++shard.changes;
  --shard.under_way;
}

void ItemCache::begin_change(std::string_view key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  begin(shard);
  erase(shard, key);
}

void ItemCache::end_change(std::string_view key, std::optional<std::string_view> value, std::uint64_t since) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  end(shard);
  if (value) {
    insert(shard, key, *value, since);
  } else {
    erase(shard, key);
  }
}

void ItemCache::begin_change_of_all() {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    begin(*shard);
    shard->by_key.clear();
    shard->entries.clear();
    shard->bytes = 0;
  }
}

void ItemCache::end_change_of_all() {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    end(*shard);
  }
}

std::size_t ItemCache::memory_bytes() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    sum += shard->bytes;
  }
  return sum;
}

}  // namespace mrgc::engine
