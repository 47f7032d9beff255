#pragma once

#include <rapidcheck.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <string>

#include "mrgc/item/item.h"

/// Random numbers and values for property tests, and an exact reference for numbers.
namespace mrgc::item::testing {

using Integer = boost::multiprecision::cpp_int;

/// The smallest exponent that a digit of a number in range can have: 38 digits, the first of which counts 1E-130.
inline constexpr int kScale = 167;

inline Integer power_of_ten(int exponent) {
  return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

/// A decimal as the pieces a text is made of, and as an exact integer: its value times 10^kScale.
struct Decimal {
  bool negative = false;
  std::string digits = "0";  ///< 1 to 38; the first is not zero unless it is the only one
  int exponent = 0;          ///< of the last digit

  std::string text() const { return (negative ? "-" : "") + digits + "E" + std::to_string(exponent); }
  Integer scaled() const {
    const Integer magnitude = Integer(digits) * power_of_ten(exponent + kScale);
    return negative ? Integer(-magnitude) : magnitude;
  }
  Number number() const { return Number::parse(text()).value(); }
};

inline std::ostream& operator<<(std::ostream& out, const Decimal& decimal) { return out << decimal.text(); }

/// Any decimal in range; many are small, many are close to one another, many have all 38 digits.
inline rc::Gen<Decimal> any_decimal() {
  const auto digit_count = rc::gen::weightedOneOf<int>(
      {{3, rc::gen::inRange(1, 4)}, {2, rc::gen::inRange(1, Number::kMaxDigits + 1)}, {1, rc::gen::just(38)}});
  return rc::gen::mapcat(digit_count, [](int count) {
    const auto first = rc::gen::inRange('1', static_cast<char>('9' + 1));
    const auto further = rc::gen::container<std::string>(
        static_cast<std::size_t>(count - 1),
        rc::gen::weightedElement<char>({{4, '0'}, {4, '9'}, {1, '1'}, {1, '2'}, {1, '5'}, {1, '7'}}));
    // The first digit counts 1E-130 to 1E+125.
    const int lowest = -130 - (count - 1);
    const int highest = 125 - (count - 1);
    const auto exponent = rc::gen::weightedOneOf<int>({{3, rc::gen::inRange(-4, 5)},
                                                       {2, rc::gen::inRange(lowest, highest + 1)},
                                                       {1, rc::gen::element(lowest, highest)}});
    return rc::gen::apply(
        [](bool negative, char head, const std::string& tail, int at) { return Decimal{negative, head + tail, at}; },
        rc::gen::arbitrary<bool>(), first, further, exponent);
  });
}

inline rc::Gen<Number> any_number() {
  return rc::gen::weightedOneOf<Number>(
      {{1, rc::gen::just(Number())}, {9, rc::gen::map(any_decimal(), [](const Decimal& d) { return d.number(); })}});
}

/// Bytes in which 0x00, 0x01 and 0xFF are frequent.
inline rc::Gen<std::string> any_bytes() {
  return rc::gen::container<std::string>(
      rc::gen::weightedOneOf<char>({{1, rc::gen::element('\x00', '\x01', '\xFF')}, {1, rc::gen::arbitrary<char>()}}));
}

/// Short valid UTF-8 of characters of all sizes.
inline rc::Gen<std::string> any_text() {
  const auto character = rc::gen::elementOf(std::vector<std::string>{"a", "b", "z", "0", " ", std::string(1, '\0'),
                                                                     "\x7F", "\u0080", "é", "\u07FF", "\u0800", "€",
                                                                     "\uD7FF", "\uFFFF", "\U00010000", "\U0010FFFF"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(character), [](const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& one : all) text += one;
    return text;
  });
}

/// Up to six.
template <typename T>
rc::Gen<std::vector<T>> few(const rc::Gen<T>& element) {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 7),
                         [element](std::size_t count) { return rc::gen::container<std::vector<T>>(count, element); });
}

rc::Gen<Value> any_value(int levels);

inline rc::Gen<Value::Map> any_map(int levels) {
  const auto entry = rc::gen::pair(rc::gen::resize(8, any_text()), any_value(levels));
  return rc::gen::map(few(entry), [](const std::vector<std::pair<std::string, Value>>& all) {
    return Value::Map(all.begin(), all.end());
  });
}

/// Any value that nests at most `levels` deep. Sets may be empty, as values in the making may be.
inline rc::Gen<Value> any_value(int levels) {
  const auto text = rc::gen::resize(16, any_text());
  const auto binary =
      rc::gen::map(rc::gen::resize(16, any_bytes()), [](std::string bytes) { return Value::Binary{std::move(bytes)}; });
  const auto scalar = rc::gen::oneOf(
      rc::gen::map(text, [](std::string content) { return Value(std::move(content)); }),
      rc::gen::map(any_number(), [](Number number) { return Value(number); }),
      rc::gen::map(binary, [](Value::Binary bytes) { return Value(std::move(bytes)); }),
      rc::gen::map(few(text), &Value::string_set), rc::gen::map(few(any_number()), &Value::number_set),
      rc::gen::map(few(binary), &Value::binary_set),
      rc::gen::map(rc::gen::arbitrary<bool>(), [](bool flag) { return Value(flag); }), rc::gen::just(Value()));
  if (levels <= 1) return scalar;
  // Nested generators are made when they are needed: a tree of them grows with every level.
  return rc::gen::mapcat(rc::gen::inRange(0, 4), [levels, scalar](int kind) -> rc::Gen<Value> {
    if (kind == 0) return rc::gen::map(any_map(levels - 1), [](Value::Map map) { return Value(std::move(map)); });
    if (kind == 1) {
      return rc::gen::map(few(any_value(levels - 1)), [](Value::List elements) { return Value(std::move(elements)); });
    }
    return scalar;
  });
}

}  // namespace mrgc::item::testing

namespace mrgc::item {

inline std::ostream& operator<<(std::ostream& out, const Number& number) { return out << number.to_string(); }

}  // namespace mrgc::item
