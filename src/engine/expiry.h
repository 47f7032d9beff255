#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/kv.h"
#include "engine/table.h"

namespace mrgc::engine {

/// The queue's resolution: items are deleted up to this long after they have expired.
inline constexpr std::int64_t kExpiryStep_s = 60;

/// When the item expires, in Unix seconds; nothing when its table has no TTL or the attribute is not a number.
std::optional<std::int64_t> expires_at_s(const Table& table, const item::Item& item);

/// Whether an item that expires at `at_s` is to be deleted. Times more than five years back are taken for mistakes and
/// left alone, as on AWS (Developer Guide, "Using time to live").
bool is_expired(std::int64_t at_s, std::int64_t now_s);

/// The queue of items that will expire, as it is in the store. An item with a time to live has at least one entry at or
/// before the step in which it expires; entries may also be early or left over, and whoever takes one looks at the
/// item. So a longer time to live, which is what every sign of life brings, writes nothing here. Thread-safe.
class ExpiryQueue {
 public:
  /// Adds to `batch` the entry that the change of an item calls for, if any.
  void record(KvBatch& batch, const Table& table, std::string_view key, const std::optional<item::Item>& before,
              const std::optional<item::Item>& after, std::int64_t now_s) const;

  /// Adds to `batch` an entry for the item of this key, which expires at `at_s`.
  void put(KvBatch& batch, std::int64_t at_s, std::string_view key, std::int64_t now_s) const;

  /// From here on, entries up to `time_s` are taken. Those that are put from now on come behind them, as long as the
  /// clock is not set back. Returns whether it was since the last call: then some may be among those taken before.
  bool begin_taking(std::int64_t time_s) {
    const bool is_disordered =
        disordered_.exchange(false);  // first: what is put among them from now on is for the next
    return taken_until_s_.exchange(time_s) > time_s || is_disordered;
  }

  /// All entries up to `time_s` come before this key.
  static std::string bound(std::int64_t time_s);

  /// The items key of an entry.
  static std::string_view item_key(std::string_view entry) { return entry.substr(8); }

 private:
  std::atomic<std::int64_t> taken_until_s_{0};
  mutable std::atomic<bool> disordered_{false};
};

}  // namespace mrgc::engine
