#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mrgc/item/item.h"

namespace mrgc::item {

/// Appends `value` (S, N or B; anything else is a broken invariant) so that, under `memcmp`, the appended bytes order
/// as DynamoDB orders keys: strings by their UTF-8 bytes, binaries by unsigned bytes, numbers by value. The end can
/// be found when reading, so parts can follow one another in a composite key, and no encoding is a prefix of another.
void append_ordered_key(std::string& out, const ValueView& value);

/// Removes one part that `append_ordered_key` wrote from the front of `in` and returns it without decoding it.
/// Returns nothing, and leaves `in` as it was, on malformed bytes.
std::optional<std::string_view> skip_ordered_key(std::string_view& in);

/// As `skip_ordered_key`, decoded. The part must have been written for a value of `type` (S, N or B).
std::optional<Value> read_ordered_key(std::string_view& in, Type type);

}  // namespace mrgc::item
