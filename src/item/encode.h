#pragma once

#include <string>

#include "mrgc/item/value.h"

namespace mrgc::item {

/// An encoded value starts with a byte: its type in the low four bits, and this one for a BOOL that is true.
inline constexpr unsigned kTrueBit = 0x10;

/// Appends the number of attributes and the attributes: the content of an encoded map, and all of an encoded item.
/// Throws `std::length_error` for values nested deeper than anybody may build them.
void append_attributes(std::string& out, const Value::Map& attributes);

}  // namespace mrgc::item
