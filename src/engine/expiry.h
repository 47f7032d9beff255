#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/kv.h"
#include "engine/table.h"

/// The queue of items that will expire. An item with a time to live has at least one entry at or before the step in
/// which it expires; entries may also be early or left over, and whoever takes one looks at the item. So a longer time
/// to live, which is what every sign of life brings, writes nothing here.
namespace mrgc::engine {

/// The queue's resolution: items are deleted up to this long after they have expired.
inline constexpr std::int64_t kExpiryStep_s = 60;

/// When the item expires, in Unix seconds; nothing when its table has no TTL or the attribute is not a number.
std::optional<std::int64_t> expires_at_s(const Table& table, const item::Item& item);

/// Whether an item that expires at `at_s` is to be deleted. Times more than five years back are taken for mistakes and
/// left alone, as on AWS (Developer Guide, "Using time to live").
bool is_expired(std::int64_t at_s, std::int64_t now_s);

/// Adds to `batch` the queue entry that the change of an item calls for, if any.
void record_expiry(KvBatch& batch, const Table& table, std::string_view key, const std::optional<item::Item>& before,
                   const std::optional<item::Item>& after, std::int64_t now_s);

/// The entry for an item that expires at `at_s`, for a queue that stands at `now_s`.
std::string expiry_entry(std::int64_t at_s, std::int64_t now_s, std::string_view key);

/// All entries that are due at `now_s` come before this key.
std::string expiry_bound(std::int64_t now_s);

/// The items key of an entry.
inline std::string_view expiry_item_key(std::string_view entry) { return entry.substr(8); }

}  // namespace mrgc::engine
