// The input is two texts with a line break between them, each read as a number, and as the ordered bytes of one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/must_hold.h"
#include "mrgc/item/number.h"

namespace mrgc::item {
namespace {

std::string ordered(const Number& number) {
  std::string bytes;
  number.append_ordered(bytes);
  return bytes;
}

void check_ordered_bytes(std::string_view input) {
  std::string_view rest = input;
  const std::optional<Number> number = Number::read_ordered(rest);
  if (!number) {
    MUST_HOLD(rest == input);
    return;
  }
  MUST_HOLD(ordered(*number) + std::string(rest) == input);
  MUST_HOLD(Number::parse(number->to_string()).value() == *number);
}

void check_one(const Number& number) {
  const std::string text = number.to_string();
  MUST_HOLD(Number::parse(text).value() == number);
  MUST_HOLD(number.to_double() == std::strtod(text.c_str(), nullptr));
  const std::string bytes = ordered(number);
  std::string_view in = bytes;
  MUST_HOLD(Number::read_ordered(in) == number && in.empty());
  MUST_HOLD(bytes.size() <= 21 && number.size_bytes() <= bytes.size() + 1);
  if (const auto integer = number.to_int64()) MUST_HOLD(Number::from_int64(*integer) == number);
  const Result<Number> rounded = Number::from_double(number.to_double());
  if (rounded) MUST_HOLD(rounded->to_double() == number.to_double());
}

void check_two(const Number& a, const Number& b) {
  MUST_HOLD((a <=> b) == (ordered(a) <=> ordered(b)));
  const Result<Number> sum = a.plus(b);
  const Result<Number> same_sum = b.plus(a);
  MUST_HOLD(sum.has_value() == same_sum.has_value());
  if (sum) {
    MUST_HOLD(*sum == *same_sum);
    MUST_HOLD(sum->minus(b).value() == a);
    MUST_HOLD((*sum <=> a) == (b <=> Number()));
  }
  if (const Result<Number> difference = a.minus(b)) {
    MUST_HOLD(difference->plus(b).value() == a);
    MUST_HOLD((*difference <=> Number()) == (a <=> b));
  }
}

}  // namespace
}  // namespace mrgc::item

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mrgc::item::Number;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  mrgc::item::check_ordered_bytes(input);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto first = Number::parse(input.substr(0, end));
  const auto second = Number::parse(input.substr(std::min(end + 1, input.size())));
  if (first) mrgc::item::check_one(*first);
  if (first && second) mrgc::item::check_two(*first, *second);
  return 0;
}
