#include <array>

#include "item/decimal.h"
#include "item/ordered_number.h"
#include "mrgc/item/number.h"

// A number as bytes whose order is the numbers' order.
//
// With its digits in pairs, a number is 0.D1 D2 ... Dn * 100^X, where D1 and Dn are not zero and X is -64 to 63.
// Written are the byte 0x80 + X + 64 and for each pair 2 * D, with the low bit set in all but the last: that finds the
// end, and puts a number before all that go on with further digits. A negative number has all its bits flipped, which
// turns the order around. Zero is 0x80 0x00, the digit 0 where the smallest positive numbers have theirs.

namespace mrgc::item {
namespace {

constexpr int kExponentBias = 0x80 + 64;
constexpr std::size_t kMaxPairs = Number::kMaxDigits / 2 + 1;

}  // namespace

void Number::append_ordered(std::string& out) const {
  if (is_zero()) {
    out.append("\x80\0", 2);
    return;
  }
  std::array<std::uint8_t, 1 + kMaxPairs> bytes;
  std::size_t at = bytes.size();
  uint128 rest = coefficient_;
  int exponent = exponent_;
  if (exponent % 2 != 0) {
    // Pairs start at even places: the last digit is the tens of a pair.
    bytes[--at] = static_cast<std::uint8_t>(rest % 10 * 20);
    rest /= 10;
    --exponent;
  }
  while (rest > UINT64_MAX) {
    bytes[--at] = static_cast<std::uint8_t>(rest % 100 * 2);
    rest /= 100;
  }
  for (auto small = static_cast<std::uint64_t>(rest); small != 0; small /= 100) {
    bytes[--at] = static_cast<std::uint8_t>(small % 100 * 2);
  }
  const auto pairs = static_cast<int>(bytes.size() - at);
  for (std::size_t i = at; i + 1 < bytes.size(); ++i) bytes[i] |= 1;
  bytes[--at] = static_cast<std::uint8_t>(kExponentBias + exponent / 2 + pairs);
  const std::uint8_t flip = negative_ ? 0xFF : 0x00;
  for (; at < bytes.size(); ++at) out.push_back(static_cast<char>(bytes[at] ^ flip));
}

std::optional<Number> Number::read_ordered(std::string_view& in) {
  const std::size_t size = ordered_number_size(in);
  if (size == 0 || size > 1 + kMaxPairs) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(in.front());
  const bool negative = first < 0x80;
  const std::uint8_t flip = negative ? 0xFF : 0x00;
  const auto pair = [&](std::size_t i) { return (static_cast<std::uint8_t>(in[i]) ^ flip) >> 1; };

  const int last = pair(size - 1);
  if (size == 2 && last == 0 && first == 0x80) {
    in.remove_prefix(size);
    return Number();
  }
  const auto pairs = static_cast<int>(size) - 1;
  const bool last_is_tens = last % 10 == 0;
  const int digits = 2 * pairs - (pair(1) < 10 ? 1 : 0) - (last_is_tens ? 1 : 0);
  if (pair(1) == 0 || last == 0 || last > 99 || digits > kMaxDigits) return std::nullopt;

  uint128 coefficient = 0;
  for (std::size_t i = 1; i + 1 < size; ++i) {
    if (pair(i) > 99) return std::nullopt;
    coefficient = coefficient * 100 + static_cast<unsigned>(pair(i));
  }
  coefficient = last_is_tens ? coefficient * 10 + static_cast<unsigned>(last / 10)
                             : coefficient * 100 + static_cast<unsigned>(last);
  const int exponent = 2 * ((first ^ flip) - kExponentBias - pairs) + (last_is_tens ? 1 : 0);
  in.remove_prefix(size);
  return Number(negative, coefficient, exponent);
}

}  // namespace mrgc::item
