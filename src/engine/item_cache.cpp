#include "engine/item_cache.h"

#include <xxhash.h>

#include <cstring>
#include <new>
#include <utility>

namespace mrgc::engine {
namespace {

constexpr std::size_t kShards = 64;
/// An entry's two places, in tables that are not full.
constexpr std::size_t kPlacesBytes = 32;
/// The allocator rounds up by this part of a block, on average.
constexpr std::size_t kRoundedUp = 8;
/// Larger values gain little, since most of the work is to copy them.
constexpr std::size_t kMaxValueBytes = std::size_t{16} << 10;

}  // namespace

ItemCache::EntryPtr ItemCache::Entry::make(std::string_view key, std::size_t room) {
  void* block = ::operator new(sizeof(Entry) + key.size() + room);
  EntryPtr entry(new (block) Entry{.since = 0,
                                   .key_size = static_cast<std::uint32_t>(key.size()),
                                   .value_size = 0,
                                   .room = static_cast<std::uint32_t>(room),
                                   .place = 0,
                                   .known = false,
                                   .found_lately = false});
  std::memcpy(entry->text(), key.data(), key.size());
  return entry;
}

void ItemCache::Free::operator()(Entry* entry) const { ::operator delete(entry, entry->block_bytes()); }

void ItemCache::Entry::assign(std::string_view value, std::uint64_t write) {
  std::memcpy(text() + key_size, value.data(), value.size());
  value_size = static_cast<std::uint32_t>(value.size());
  since = write;
  known = true;
}

std::size_t ItemCache::Entry::memory_bytes() const { return block_bytes() + block_bytes() / kRoundedUp + kPlacesBytes; }

std::size_t ItemCache::Hash::operator()(std::string_view key) const {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

ItemCache::ItemCache(std::size_t capacity_bytes, Takes takes, std::uint64_t seed)
    : shard_capacity_(capacity_bytes / kShards), takes_(takes), hash_{seed} {
  // Another seed inside a shard: there all keys have the same bits that chose it.
  for (std::size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>(~seed));
}

ItemCache::Shard& ItemCache::shard_of(std::string_view key) const { return *shards_[hash_(key) % kShards]; }

ItemCache::Entry* ItemCache::Shard::find(std::string_view key) const {
  const auto found = by_key.find(key);
  return found == by_key.end() ? nullptr : *found;
}

std::optional<std::string> ItemCache::find(std::string_view key, std::uint64_t at, Look& look) const {
  const Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  look.changes = shard.changes;
  Entry* entry = shard.find(key);
  if (entry == nullptr || !entry->known || entry->since > at) return std::nullopt;
  entry->found_lately = true;
  return std::string(entry->value());
}

// With no later change near it the value is what it is now, and has been since the last change.
void ItemCache::offer(std::string_view key, std::string_view value, std::uint64_t at, const Look& look) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (shard.under_way > 0 || shard.changes != look.changes || shard.last_write > at) return;
  put(shard, shard.find(key), key, value, shard.last_write);
}

void ItemCache::put(Shard& shard, Entry* entry, std::string_view key, std::string_view value,
                    std::uint64_t since) const {
  if (entry != nullptr && entry->fits(value)) {
    entry->assign(value, since);
    return;
  }
  if (entry != nullptr) erase(shard, *entry);
  if (value.size() > kMaxValueBytes) return;
  EntryPtr made = Entry::make(key, value.size());
  if (made->memory_bytes() > shard_capacity_) return;
  make_room(shard, shard_capacity_ - made->memory_bytes());
  made->assign(value, since);
  made->place = static_cast<std::uint32_t>(shard.entries.size());
  shard.bytes += made->memory_bytes();
  shard.entries.push_back(std::move(made));
  shard.by_key.insert(shard.entries.back().get());
}

// Lets entries go until the others take no more than `most_bytes`.
void ItemCache::make_room(Shard& shard, std::size_t most_bytes) {
  while (shard.bytes > most_bytes) {
    if (shard.hand >= shard.entries.size()) shard.hand = 0;
    Entry& entry = *shard.entries[shard.hand];
    if (!std::exchange(entry.found_lately, false)) erase(shard, entry);
    ++shard.hand;  // also over the newest, which takes the place of one that goes
  }
  if (shard.hand >= shard.entries.size()) shard.hand = 0;  // or the next to come would be the next to go
}

void ItemCache::erase(Shard& shard, Entry& entry) {
  shard.bytes -= entry.memory_bytes();
  shard.by_key.erase(&entry);
  EntryPtr& place = shard.entries[entry.place];
  shard.entries.back()->place = entry.place;
  std::swap(place, shard.entries.back());
  shard.entries.pop_back();
}

void ItemCache::begin(Shard& shard) {
  ++shard.changes;
  ++shard.under_way;
}

void ItemCache::end(Shard& shard, std::uint64_t write) {
  ++shard.changes;
  --shard.under_way;
  shard.last_write = write;
}

void ItemCache::begin_change(std::string_view key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  begin(shard);
  if (Entry* entry = shard.find(key)) entry->known = false;
}

void ItemCache::end_change(std::string_view key, std::optional<std::string_view> value, std::uint64_t since) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  end(shard, since);
  Entry* entry = shard.find(key);
  if (value && (entry != nullptr || takes_ == Takes::kWritten)) {
    put(shard, entry, key, *value, since);
  } else if (entry != nullptr) {
    erase(shard, *entry);
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

void ItemCache::end_change_of_all(std::uint64_t since) {
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    end(*shard, since);
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
