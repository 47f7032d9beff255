#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "item/decimal.h"
#include "mrgc/item/number.h"

namespace mrgc::item {
namespace {

// Beyond any exponent that digits in front of it could bring back into range: no text has as many digits.
constexpr std::int64_t kExponentLimit = 1'000'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Decimal text in parts: coefficient * 10^exponent.
struct Decimal {
  bool negative = false;
  bool too_many_digits = false;  // then the coefficient holds the first digits only
  uint128 coefficient = 0;
  std::int64_t exponent = 0;
};

// Takes one digit after another. Zeros wait until a further digit makes them significant, so that neither leading nor
// trailing ones count, and the time is linear in the text's length.
class DigitCollector {
 public:
  explicit DigitCollector(Decimal& decimal) : decimal_(decimal) {}

  void take(char c) {
    if (c == '0') {
      if (decimal_.coefficient != 0) ++waiting_zeros_;
      return;
    }
    const std::int64_t digits = digits_ + waiting_zeros_ + 1;
    if (digits > Number::kMaxDigits) {
      decimal_.too_many_digits = true;
      return;
    }
    const uint128 scale = kPowersOfTen[static_cast<std::size_t>(digits - digits_)];
    decimal_.coefficient = decimal_.coefficient * scale + static_cast<unsigned>(c - '0');
    digits_ = digits;
    waiting_zeros_ = 0;
  }

  std::int64_t waiting_zeros() const { return waiting_zeros_; }

 private:
  Decimal& decimal_;
  std::int64_t digits_ = 0;
  std::int64_t waiting_zeros_ = 0;
};

bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

// The exponent, cut to what can be reckoned with; nothing when there is none, or none of 64 bits as on AWS.
std::optional<std::int64_t> read_exponent(std::string_view text) {
  const bool negative = take_sign(text);
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  std::int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  exponent = std::min(exponent, kExponentLimit);
  return negative ? -exponent : exponent;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = take_sign(text);
  DigitCollector digits(decimal);
  std::int64_t digits_seen = 0;
  std::int64_t fraction_digits = 0;
  bool point_seen = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point_seen))) {
    if (text.front() == '.') {
      point_seen = true;
    } else {
      digits.take(text.front());
      ++digits_seen;
      if (point_seen) ++fraction_digits;
    }
    text.remove_prefix(1);
  }
  if (digits_seen == 0) return std::nullopt;
  decimal.exponent = digits.waiting_zeros() - fraction_digits;
  if (text.empty()) return decimal;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  const std::optional<std::int64_t> exponent = read_exponent(text.substr(1));
  if (!exponent) return std::nullopt;
  decimal.exponent += *exponent;
  return decimal;
}

std::string digits_of(uint128 value) {
  std::array<char, Number::kMaxDigits> buffer;
  std::size_t at = buffer.size();
  // Division of 128 bits is slow, and few numbers need it.
  for (; value > UINT64_MAX; value /= 10) buffer[--at] = static_cast<char>('0' + static_cast<int>(value % 10));
  for (auto small = static_cast<std::uint64_t>(value); small != 0; small /= 10) {
    buffer[--at] = static_cast<char>('0' + static_cast<int>(small % 10));
  }
  return std::string(buffer.data() + at, buffer.size() - at);
}

}  // namespace

Result<Number> Number::parse(std::string_view text) {
  const std::optional<Decimal> decimal = read_decimal(text);
  if (!decimal) {
    return base::invalid("The parameter cannot be converted to a numeric value: " + std::string(text));
  }
  if (decimal->too_many_digits) {
    return base::invalid("Attempting to store more than 38 significant digits in a Number");
  }
  // Any exponent beyond the limits below is out of range whatever the digits, and stays so when it is cut.
  constexpr std::int64_t kFarOutOfRange = 1'000;
  const auto exponent = static_cast<int>(std::clamp(decimal->exponent, -kFarOutOfRange, kFarOutOfRange));
  if (decimal->coefficient != 0) return normalized(decimal->negative, decimal->coefficient, exponent);
  // Zero has a magnitude, too: that of the exponent it is written with.
  const Result<Number> one = normalized(false, 1, exponent);
  return one ? Number() : one;
}

Result<Number> Number::from_double(double value) {
  std::array<char, 32> buffer;
  const auto written =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  return parse(std::string_view(buffer.data(), written.ptr));
}

std::string Number::to_string() const {
  if (is_zero()) return "0";
  std::string text = digits_of(coefficient_);
  const int point = static_cast<int>(text.size()) + exponent_;  // digits before the decimal point
  if (exponent_ >= 0) {
    text.append(static_cast<std::size_t>(exponent_), '0');
  } else if (point > 0) {
    text.insert(static_cast<std::size_t>(point), 1, '.');
  } else {
    text.insert(0, "0." + std::string(static_cast<std::size_t>(-point), '0'));
  }
  if (negative_) text.insert(0, 1, '-');
  return text;
}

double Number::to_double() const {
  // Up to here integers, and powers of ten, are exact in a double, so one division or product rounds once.
  constexpr uint128 kMaxExactInteger = uint128{1} << 53;
  constexpr int kMaxExactPower = 22;
  if (coefficient_ <= kMaxExactInteger && exponent_ >= -kMaxExactPower && exponent_ <= kMaxExactPower) {
    const auto integer = static_cast<double>(static_cast<std::uint64_t>(coefficient_));
    const auto power =
        static_cast<double>(kPowersOfTen[static_cast<std::size_t>(exponent_ < 0 ? -exponent_ : exponent_)]);
    const double magnitude = exponent_ < 0 ? integer / power : integer * power;
    return negative_ ? -magnitude : magnitude;
  }
  const std::string text = (negative_ ? "-" : "") + digits_of(coefficient_) + "e" + std::to_string(exponent_);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace mrgc::item
