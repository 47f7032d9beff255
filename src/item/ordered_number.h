#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mrgc/item/number.h"

namespace mrgc::item {

/// Where the ordered number at the front of `in` ends, as a count of bytes; 0 when its end is not in `in`. Looks for
/// the end only: the bytes may still be malformed.
inline std::size_t ordered_number_size(std::string_view in) {
  if (in.empty()) return 0;
  // The last digit has a clear low bit; a negative number has all its bits flipped.
  const unsigned last_bit = static_cast<std::uint8_t>(in.front()) < 0x80 ? 1 : 0;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if ((static_cast<std::uint8_t>(in[i]) & 1) == last_bit) return i + 1;
  }
  return 0;
}

/// `Number::size_bytes` of a well-formed ordered number, which has its digits in the same pairs.
inline std::size_t ordered_number_charge(std::string_view number) {
  if (number[1] == 0) return 1;  // zero: the only one with a digit of zero in front
  const bool is_negative = static_cast<std::uint8_t>(number.front()) < 0x80;
  return std::min(Number::kMaxSizeBytes, number.size() + (is_negative ? 1 : 0));
}

}  // namespace mrgc::item
