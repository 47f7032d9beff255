#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"

namespace mrgc::item {

__extension__ using uint128 = unsigned __int128;

/// A DynamoDB number: an exact decimal of up to 38 significant digits whose magnitude is zero or between 1E-130 and
/// 9.9999999999999999999999999999999999999E+125 (Amazon DynamoDB Developer Guide, "Naming rules and data types:
/// Number"). A value type; equal numbers are equal however they were written (`1`, `1.0`, `10E-1`).
class Number {
 public:
  static constexpr int kMaxDigits = 38;
  static constexpr std::size_t kMaxSizeBytes = 21;

  /// Zero.
  constexpr Number() = default;

  /// Reads decimal text with optional sign, point and exponent (`-1.5`, `.5`, `6.02E+23`).
  /// Errors: `kValidation`, with DynamoDB's message, for other text, for more than 38 significant digits and for
  /// magnitudes out of range.
  static Result<Number> parse(std::string_view text);

  static Number from_int64(std::int64_t value);

  /// The shortest decimal that reads back as `value`. Errors: `kValidation` for infinities, NaN and out of range.
  static Result<Number> from_double(double value);

  /// DynamoDB's canonical text: plain digits without exponent, superfluous zeros or plus sign; `0` for zero.
  std::string to_string() const;

  /// The nearest double.
  double to_double() const;

  /// The value when it is an integer that fits.
  std::optional<std::int64_t> to_int64() const;

  /// Exact sum and difference. Errors: `kValidation` with DynamoDB's message when the exact result needs more than 38
  /// digits or is out of range.
  Result<Number> plus(const Number& other) const;
  Result<Number> minus(const Number& other) const;

  bool is_zero() const { return coefficient_ == 0; }

  /// How many bytes DynamoDB charges for the number: one for every pair of digits, counted from the point to both
  /// sides, from the first that is not zero to the last; one more, and another for a negative sign; at most 21. The
  /// Developer Guide, "Item sizes and formats", says approximately that. Measured at the limit of an item's size on
  /// AWS, and with DynamoDB Local's stream records: 15 has 2 bytes, 1.5 and 110 have 3.
  std::size_t size_bytes() const;

  /// Appends 2 to 21 bytes that order like the numbers under `memcmp`, whose end can be found when reading.
  void append_ordered(std::string& out) const;

  /// Reads what `append_ordered` wrote from the front of `in` and removes it. Returns nothing on malformed bytes, and
  /// then leaves `in` as it was.
  static std::optional<Number> read_ordered(std::string_view& in);

  friend bool operator==(const Number&, const Number&) = default;
  std::strong_ordering operator<=>(const Number& other) const;

 private:
  constexpr Number(bool negative, uint128 coefficient, int exponent)
      : coefficient_(coefficient), exponent_(exponent), negative_(negative) {}

  /// Strips trailing zeros and checks digits and range.
  static Result<Number> normalized(bool negative, uint128 coefficient, int exponent);

  // The value is coefficient * 10^exponent, without trailing zeros in the coefficient; zero is {0, 0, false}.
  uint128 coefficient_ = 0;
  int exponent_ = 0;
  bool negative_ = false;
};

}  // namespace mrgc::item
