#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mrgc::engine {

/// Values of keys that were read, or written, lately, in memory: what is in the store, never more and never less. Each
/// is known to have been there since some write; writes are numbered in their order.
///
/// Whoever changes the store says so before the change can be seen there (`begin_change`) and after it
/// (`end_change`). In between a key has no value here, so that all readers ask the store, where the change shows to
/// all of them at one moment. Whoever reads the store because a key has no value here may offer what it read; it is
/// not kept when anything near that key has changed since it looked.
///
/// When there is no more room, values go in turn, but those found since their last turn stay. Thread-safe.
class ItemCache {
 public:
  /// What is taken up: what readers offer, and with `kWritten` whatever is written, too. With `kRead` a write only
  /// renews what is here.
  enum class Takes { kWritten, kRead };

  /// `capacity_bytes` is what values, keys and an estimate of the memory around them take. `seed` keeps those who
  /// choose keys from choosing where they are kept.
  ItemCache(std::size_t capacity_bytes, Takes takes, std::uint64_t seed);

  /// What `find` saw, to be handed to `offer`.
  class Look {
    friend class ItemCache;
    std::uint64_t changes = 0;
  };

  /// The value, if it has been the key's at least since write `at` ended.
  std::optional<std::string> find(std::string_view key, std::uint64_t at, Look& look) const;
  /// `value` was read after `look`, from a state of the store that all writes up to `at` are in.
  void offer(std::string_view key, std::string_view value, std::uint64_t at, const Look& look);

  void begin_change(std::string_view key);
  /// `value` is what the store has for the key now, since write `since`; nothing when it has none, or when that is not
  /// known.
  void end_change(std::string_view key, std::optional<std::string_view> value, std::uint64_t since);

  /// As for each key that there can be.
  void begin_change_of_all();
  void end_change_of_all(std::uint64_t since);

  std::size_t memory_bytes() const;

 private:
  struct Entry;
  struct Free {
    void operator()(Entry* entry) const;
  };
  using EntryPtr = std::unique_ptr<Entry, Free>;
  /// A key and what the store has for it, in one block: to find a value costs three visits of memory, and with many of
  /// them each is a miss of the processor's caches. A value that changes is written where the last one was.
  struct Entry {
    static EntryPtr make(std::string_view key, std::size_t room);

    std::uint64_t since;
    std::uint32_t key_size;
    std::uint32_t value_size;
    std::uint32_t room;   // for values
    std::uint32_t place;  // in `Shard::entries`
    bool known;           // else it is changing, and the value is none
    bool found_lately;

    std::string_view key() const { return {text(), key_size}; }
    std::string_view value() const { return {text() + key_size, value_size}; }
    bool fits(std::string_view value) const { return value.size() <= room && value.size() >= room / 2; }
    void assign(std::string_view value, std::uint64_t write);
    std::size_t block_bytes() const { return sizeof(Entry) + key_size + room; }
    std::size_t memory_bytes() const;

   private:
    const char* text() const { return reinterpret_cast<const char*>(this + 1); }
    char* text() { return reinterpret_cast<char*>(this + 1); }
  };
  struct Hash {
    using is_avalanching = void;  // all its bits are good, so the table need not mix them again
    using is_transparent = void;

    std::uint64_t seed;
    std::size_t operator()(std::string_view key) const;
    std::size_t operator()(const Entry* entry) const { return (*this)(entry->key()); }
  };
  struct Equal {
    using is_transparent = void;

    bool operator()(const Entry* a, const Entry* b) const { return a == b; }
    bool operator()(std::string_view key, const Entry* entry) const { return key == entry->key(); }
    bool operator()(const Entry* entry, std::string_view key) const { return key == entry->key(); }
  };
  struct alignas(64) Shard {
    explicit Shard(std::uint64_t seed) : by_key(0, Hash{seed}) {}
    Entry* find(std::string_view key) const;

    mutable std::mutex mutex;
    std::vector<EntryPtr> entries;
    boost::unordered_flat_set<Entry*, Hash, Equal> by_key;
    std::size_t hand = 0;  // in `entries`: where to look next for one to let go
    std::size_t bytes = 0;
    std::uint64_t changes = 0;     // begun and ended
    std::uint64_t under_way = 0;   // begun, not ended
    std::uint64_t last_write = 0;  // that changed anything here
  };

  Shard& shard_of(std::string_view key) const;
  void put(Shard& shard, Entry* entry, std::string_view key, std::string_view value, std::uint64_t since) const;
  static void begin(Shard& shard);
  static void end(Shard& shard, std::uint64_t write);
  static void erase(Shard& shard, Entry& entry);
  static void make_room(Shard& shard, std::size_t most_bytes);

  const std::size_t shard_capacity_;
  const Takes takes_;
  const Hash hash_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace mrgc::engine
