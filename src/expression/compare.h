#pragma once

#include <compare>
#include <cstddef>
#include <optional>

#include "mrgc/item/item.h"

namespace mrgc::expression {

/// Whether values of `type` have an order: S, N and B.
bool is_ordered(item::Type type);

/// How two values are ordered, or nothing unless both are of the same ordered type.
std::optional<std::strong_ordering> compare(const item::ValueView& a, const item::ValueView& b);

/// Whether two strings or two binaries are such that `value` begins with `prefix`.
bool begins_with(const item::ValueView& value, const item::ValueView& prefix);

/// Whether `part` is a substring of a string, a part of a binary, an element of a set of its type, or an element of a
/// list.
bool contains(const item::ValueView& whole, const item::ValueView& part);

/// What the function `size` gives: UTF-16 units of a string, bytes of a binary, elements of a set, list or map.
/// Nothing for the other types.
std::optional<std::size_t> size_of(const item::ValueView& value);

}  // namespace mrgc::expression
