#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mrgc::engine {

/// Values of keys that were read or written lately, in memory: what is in the store, never more and never less. Each is
/// known to have been there since some write; writes are numbered in their order.
///
/// Whoever changes the store says so before the change can be seen there (`begin_change`) and after it
/// (`end_change`). In between a key has no value here, so that all readers ask the store, where the change shows to
/// all of them at one moment. Whoever reads the store because a key has no value here may offer what it read; it is
/// not kept when anything near that key has changed since it looked.
///
/// When there is no more room, values that were not found since it was last short of room go first. Thread-safe.
class ItemCache {
 public:
  /// `capacity_bytes` is what values, keys and an estimate of the memory around them take. `seed` keeps those who
  /// choose keys from choosing where they are kept.
  ItemCache(std::size_t capacity_bytes, std::uint64_t seed);

  /// What `find` saw, to be handed to `offer`.
  class Look {
    friend class ItemCache;
    std::uint64_t changes = 0;
  };

  /// The value, if it has been the key's at least since write `at` ended.
  std::optional<std::string> find(std::string_view key, std::uint64_t at, Look& look) const;
  /// `value` was read after `look`, and write `since` was the last that can have changed it.
  void offer(std::string_view key, std::string_view value, std::uint64_t since, const Look& look);

  void begin_change(std::string_view key);
  /// `value` is what the store has for the key now, since write `since`; nothing when it has none, or when that is not
  /// known.
  void end_change(std::string_view key, std::optional<std::string_view> value, std::uint64_t since);

  /// As for each key that there can be.
  void begin_change_of_all();
  void end_change_of_all();

  std::size_t memory_bytes() const;

 private:
  // A key and its value in one block: to find a value costs three visits of memory, and with many of them each is a
  // miss of the processor's caches.
  struct Entry {
    std::string bytes;
    std::size_t key_size = 0;

    std::string_view key() const { return std::string_view(bytes).substr(0, key_size); }
    std::string_view value() const { return std::string_view(bytes).substr(key_size); }
  };
  using Entries = std::list<Entry>;  // those that go first in front
  struct Place {
    std::string_view value;
    std::uint64_t since = 0;
    mutable bool found_lately = false;
    Entries::iterator entry;
  };
  struct Hash {
    using is_avalanching = void;  // all its bits are good, so the table need not mix them again

    std::uint64_t seed;
    std::size_t operator()(std::string_view key) const;
  };
  struct alignas(64) Shard {
    explicit Shard(std::uint64_t seed) : by_key(0, Hash{seed}) {}
    mutable std::mutex mutex;
    Entries entries;
    boost::unordered_flat_map<std::string_view, Place, Hash> by_key;  // views into `entries`
    std::size_t bytes = 0;
    std::uint64_t changes = 0;    // begun and ended
    std::uint64_t under_way = 0;  // begun, not ended
  };

  Shard& shard_of(std::string_view key) const;
  void insert(Shard& shard, std::string_view key, std::string_view value, std::uint64_t since) const;
  void begin(Shard& shard) const;
  void end(Shard& shard) const;
  static void erase(Shard& shard, std::string_view key);
  static void make_room(Shard& shard, std::size_t most_bytes);

  const std::size_t shard_capacity_;
  const Hash hash_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace mrgc::engine
