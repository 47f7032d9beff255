#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mrgc/item/item.h"

namespace mrgc::engine {

/// Items as decided but not yet committed. A request that decides in a stripe looks here before it looks into the
/// store; readers never look here, so nobody sees what is not durable. Thread-safe.
class PendingItems {
 public:
  /// Identifies one version of one pending item, to be removed when that version is committed.
  struct Ticket {
    std::size_t stripe;
    std::string key;
    std::uint64_t version;
  };

  explicit PendingItems(std::size_t stripes) : shards_(stripes) {
    for (auto& shard : shards_) shard = std::make_unique<Shard>();
  }

  /// Records the item as it is after a decided write; nothing: it is removed.
  Ticket put(std::size_t stripe, const std::string& key, std::optional<item::Item> after) {
    Shard& shard = *shards_[stripe];
    const std::lock_guard lock(shard.mutex);
    const std::uint64_t version = ++shard.last_version;
    shard.items.insert_or_assign(key, Entry{std::move(after), version});
    return {.stripe = stripe, .key = key, .version = version};
  }

  /// The pending state of an item: nothing when none is pending; otherwise the item, or nothing inside when removed.
  std::optional<std::optional<item::Item>> find(std::size_t stripe, const std::string& key) const {
    const Shard& shard = *shards_[stripe];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.items.find(key);
    if (found == shard.items.end()) return std::nullopt;
    return found->second.after;
  }

  /// Calls `visit(key, item)` for each pending item that is not removed.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& shard : shards_) {
      const std::lock_guard lock(shard->mutex);
      for (const auto& [key, entry] : shard->items) {
        if (entry.after) visit(key, *entry.after);
      }
    }
  }

  /// Forgets that version; a later one of the same item stays.
  void remove(const Ticket& ticket) {
    Shard& shard = *shards_[ticket.stripe];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.items.find(ticket.key);
    if (found != shard.items.end() && found->second.version == ticket.version) shard.items.erase(found);
  }

 private:
  struct Entry {
    std::optional<item::Item> after;
    std::uint64_t version;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry> items;
    std::uint64_t last_version = 0;
  };

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace mrgc::engine
