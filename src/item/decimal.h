#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "mrgc/item/number.h"

/// Helpers over the digits of a coefficient.
namespace mrgc::item {

/// 10^0 to 10^38, the largest power of ten that 128 bits hold.
inline constexpr auto kPowersOfTen = [] {
  std::array<uint128, 39> powers{1};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

/// How many decimal digits `value` has; 0 for zero.
inline int count_digits(uint128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto low = static_cast<std::uint64_t>(value);
  const auto bits = static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(low));
  // 1233 / 4096 is just below log10(2): the estimate is the number of digits or one less.
  const int estimate = bits * 1233 / 4096;
  return estimate + (value >= kPowersOfTen[static_cast<std::size_t>(estimate)] ? 1 : 0);
}

/// Moves trailing zeros from the coefficient to the exponent. Zero stays as it is.
inline void strip_trailing_zeros(uint128& coefficient, int& exponent) {
  if (coefficient == 0) return;
  while (coefficient > UINT64_MAX && coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  if (coefficient > UINT64_MAX) return;
  // 64-bit division is several times faster, and most numbers are small.
  auto small = static_cast<std::uint64_t>(coefficient);
  while (small % 10 == 0) {
    small /= 10;
    ++exponent;
  }
  coefficient = small;
}

}  // namespace mrgc::item
