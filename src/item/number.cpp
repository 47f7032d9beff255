#include "mrgc/item/number.h"

#include <algorithm>

#include "item/decimal.h"

namespace mrgc::item {
namespace {

// The exponent of the first digit, as in d.ddd * 10^n.
constexpr int kMinFirstDigitExponent = -130;
constexpr int kMaxFirstDigitExponent = 125;

}  // namespace

Result<Number> Number::normalized(bool negative, uint128 coefficient, int exponent) {
  if (coefficient == 0) return Number();
  strip_trailing_zeros(coefficient, exponent);
  const int digits = count_digits(coefficient);
  if (digits > kMaxDigits) {
    return base::invalid("Attempting to store more than 38 significant digits in a Number");
  }
  const int first_digit_exponent = exponent + digits - 1;
  if (first_digit_exponent > kMaxFirstDigitExponent) {
    return base::invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  }
  if (first_digit_exponent < kMinFirstDigitExponent) {
    return base::invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range");
  }
  return Number(negative, coefficient, exponent);
}

Number Number::from_int64(std::int64_t value) {
  const bool negative = value < 0;
  const auto bits = static_cast<std::uint64_t>(value);
  uint128 coefficient = negative ? 0 - bits : bits;
  int exponent = 0;
  strip_trailing_zeros(coefficient, exponent);
  return Number(negative, coefficient, exponent);
}

std::optional<std::int64_t> Number::to_int64() const {
  constexpr int kMaxInt64Digits = 19;
  if (exponent_ < 0 || count_digits(coefficient_) + exponent_ > kMaxInt64Digits) return std::nullopt;
  const uint128 magnitude = coefficient_ * kPowersOfTen[static_cast<std::size_t>(exponent_)];
  const uint128 limit = (uint128{1} << 63) - (negative_ ? 0 : 1);
  if (magnitude > limit) return std::nullopt;
  const auto bits = static_cast<std::uint64_t>(magnitude);
  return static_cast<std::int64_t>(negative_ ? 0 - bits : bits);
}

Result<Number> Number::plus(const Number& other) const {
  if (is_zero()) return other;
  if (other.is_zero()) return *this;
  const Number& coarse = exponent_ >= other.exponent_ ? *this : other;
  const Number& fine = exponent_ >= other.exponent_ ? other : *this;

  // Both are brought to the finer exponent. The exact result keeps the finer number's last digit, so it cannot be had
  // in 38 digits when the coarse coefficient grows beyond 2 * 10^38: the fine one takes less than 10^38 away. Below
  // that bound nothing overflows 128 bits.
  const int shift = coarse.exponent_ - fine.exponent_;
  const bool too_far = shift > kMaxDigits;
  const uint128 factor = kPowersOfTen[static_cast<std::size_t>(std::min(shift, kMaxDigits))];
  if (too_far || coarse.coefficient_ > 2 * kPowersOfTen[kMaxDigits] / factor) {
    return base::invalid("Attempting to store more than 38 significant digits in a Number");
  }
  const uint128 scaled = coarse.coefficient_ * factor;
  if (coarse.negative_ == fine.negative_) {
    return normalized(coarse.negative_, scaled + fine.coefficient_, fine.exponent_);
  }
  if (scaled >= fine.coefficient_) return normalized(coarse.negative_, scaled - fine.coefficient_, fine.exponent_);
  return normalized(fine.negative_, fine.coefficient_ - scaled, fine.exponent_);
}

Result<Number> Number::minus(const Number& other) const {
  if (other.is_zero()) return *this;
  return plus(Number(!other.negative_, other.coefficient_, other.exponent_));
}

std::size_t Number::size_bytes() const {
  // Pairs of digits from the point on, to both sides: rounded away from the digits at both ends.
  const auto pairs_below = [](int position) { return position >> 1; };
  const int pairs = pairs_below(count_digits(coefficient_) + exponent_ + 1) - pairs_below(exponent_);
  return std::min(kMaxSizeBytes, 1 + static_cast<std::size_t>(pairs) + (negative_ ? 1U : 0U));
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  if (negative_ != other.negative_) return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  if (negative_) return Number(false, other.coefficient_, other.exponent_) <=> Number(false, coefficient_, exponent_);
  if (is_zero() || other.is_zero()) return coefficient_ <=> other.coefficient_;

  const int digits = count_digits(coefficient_);
  const int other_digits = count_digits(other.coefficient_);
  if (const auto order = digits + exponent_ <=> other_digits + other.exponent_; order != 0) return order;
  // The first digits have the same weight: with as many digits on both sides, the coefficients compare.
  const int width = std::max(digits, other_digits);
  return coefficient_ * kPowersOfTen[static_cast<std::size_t>(width - digits)] <=>
         other.coefficient_ * kPowersOfTen[static_cast<std::size_t>(width - other_digits)];
}

}  // namespace mrgc::item
