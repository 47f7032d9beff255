#include "mrgc/item/number.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "generators.h"
#include "item/ordered_number.h"

namespace mrgc::item {
namespace {

using testing::any_decimal;
using testing::Decimal;
using testing::Integer;
using testing::kScale;
using testing::power_of_ten;

constexpr const char* kTooManyDigits = "Attempting to store more than 38 significant digits in a Number";
constexpr const char* kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr const char* kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

std::string text_of(std::string_view text) {
  const Result<Number> number = Number::parse(text);
  return number ? number->to_string() : number.error().message;
}

// The value times 10^kScale, read from the canonical text.
Integer scaled(const Number& number) {
  std::string digits = number.to_string();
  const bool negative = digits.front() == '-';
  if (negative) digits.erase(0, 1);
  const std::size_t point = digits.find('.');
  std::size_t fraction = 0;
  if (point != std::string::npos) {
    fraction = digits.size() - point - 1;
    digits.erase(point, 1);
  }
  // A leading zero would make it octal.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  const Integer magnitude = Integer(digits) * power_of_ten(kScale - static_cast<int>(fraction));
  return negative ? Integer(-magnitude) : magnitude;
}

// What a sum must be: a number, or the message of DynamoDB.
std::string expected_text(const Integer& exact) {
  if (exact == 0) return "0";
  Integer magnitude = abs(exact);
  int exponent = -kScale;
  while (magnitude % 10 == 0) {
    magnitude /= 10;
    ++exponent;
  }
  const std::string digits = magnitude.str();
  const int first_digit_exponent = exponent + static_cast<int>(digits.size()) - 1;
  if (digits.size() > 38) return kTooManyDigits;
  if (first_digit_exponent > 125) return kOverflow;
  if (first_digit_exponent < -130) return kUnderflow;
  return text_of((exact < 0 ? "-" : "") + digits + "E" + std::to_string(exponent));
}

std::string text_or_message(const Result<Number>& result) {
  return result ? result->to_string() : result.error().message;
}

TEST(NumberTest, CanonicalText) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0.000", "0"},
      {"0e125", "0"},
      {"0.00E-128", "0"},
      {"1", "1"},
      {"+1", "1"},
      {"1.0", "1"},
      {"10E-1", "1"},
      {"-1.5", "-1.5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"00012.3400", "12.34"},
      {"1e3", "1000"},
      {"1E+3", "1000"},
      {"1.25E-3", "0.00125"},
      {"6.02e2", "602"},
      {"-0.05", "-0.05"},
      {"100e-2", "1"},
      {"123E-2", "1.23"},
  };
  for (const auto& [text, canonical] : cases) EXPECT_EQ(text_of(text), canonical) << text;
  EXPECT_EQ(text_of("1E125"), "1" + std::string(125, '0'));
  EXPECT_EQ(text_of("-1E-130"), "-0." + std::string(129, '0') + "1");
  EXPECT_EQ(text_of("9.9999999999999999999999999999999999999E+125"), std::string(38, '9') + std::string(88, '0'));
}

TEST(NumberTest, RefusesWhatIsNotANumber) {
  EXPECT_EQ(text_of(""), "The parameter cannot be converted to a numeric value: ");
  for (const char* text : {"a",
                           "-",
                           "+",
                           ".",
                           "-.",
                           "1a",
                           "1 ",
                           " 1",
                           "1.2.3",
                           "1E",
                           "1E+",
                           "E1",
                           "1E1.5",
                           "--1",
                           "1e1e1",
                           "0x10",
                           "1,5",
                           "NaN",
                           "Infinity",
                           "1E1 ",
                           ".",
                           "1E9223372036854775808",
                           "0E-99999999999999999999",
                           "1E+-1"}) {
    EXPECT_EQ(text_of(text), std::string("The parameter cannot be converted to a numeric value: ") + text);
  }
  EXPECT_EQ(Number::parse("x").error().code, ErrorCode::kValidation);
}

TEST(NumberTest, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(text_of("1E126"), kOverflow);
  EXPECT_EQ(text_of("-10E125"), kOverflow);
  EXPECT_EQ(text_of("1E9223372036854775807"), kOverflow);
  EXPECT_EQ(text_of("0e126"), kOverflow);
  EXPECT_EQ(text_of("0.0E-130"), kUnderflow);
  EXPECT_EQ(text_of("9E-131"), kUnderflow);
  EXPECT_EQ(text_of("1E-9223372036854775807"), kUnderflow);
  EXPECT_EQ(text_of("1" + std::string(36, '0') + "11"), kTooManyDigits);
  EXPECT_EQ(text_of("1." + std::string(37, '0') + "1"), kTooManyDigits);
}

TEST(NumberTest, LongTextsAreReadExactly) {
  const std::string zeros(1'000'000, '0');
  EXPECT_EQ(text_of(zeros + "1"), "1");
  EXPECT_EQ(text_of("1." + zeros), "1");
  EXPECT_EQ(text_of("1" + zeros + "E-1000000"), "1");
  EXPECT_EQ(text_of("0." + zeros + "12E1000002"), "12");
  EXPECT_EQ(text_of("1" + zeros), kOverflow);
  EXPECT_EQ(text_of("1E" + zeros + "5"), "100000");
  EXPECT_EQ(text_of(std::string(1'000'000, '7')), kTooManyDigits);
}

RC_GTEST_PROP(NumberTest, ReadsEverySpellingOfAValue, ()) {
  const auto decimal = *any_decimal();
  const auto zeros = *rc::gen::inRange(0, 50);
  const auto point = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(decimal.digits.size()) + 1));
  const std::string sign = decimal.negative ? "-" : *rc::gen::element<std::string>("", "+");
  const std::string padding(static_cast<std::size_t>(zeros), '0');
  const int exponent = decimal.exponent + static_cast<int>(decimal.digits.size() - point);
  const std::string text = sign + padding + decimal.digits.substr(0, point) + "." + decimal.digits.substr(point) +
                           padding + *rc::gen::element<std::string>("E", "e") + std::to_string(exponent);
  RC_ASSERT(Number::parse(text).value() == decimal.number());
}

RC_GTEST_PROP(NumberTest, CanonicalTextKeepsTheValue, ()) {
  const auto decimal = *any_decimal();
  const Number number = decimal.number();
  const std::string text = number.to_string();
  RC_ASSERT(scaled(number) == decimal.scaled());
  RC_ASSERT(Number::parse(text).value() == number);
  RC_ASSERT(text.find_first_not_of("-.0123456789") == std::string::npos);
  RC_ASSERT(text.find('.') == std::string::npos || text.back() != '0');
}

RC_GTEST_PROP(NumberTest, OrdersByValue, ()) {
  const auto a = *any_decimal();
  const auto b = *any_decimal();
  const Integer left = a.scaled();
  const Integer right = b.scaled();
  RC_ASSERT((a.number() < b.number()) == (left < right));
  RC_ASSERT((a.number() > b.number()) == (left > right));
  RC_ASSERT((a.number() == b.number()) == (left == right));
  RC_ASSERT((a.number() <=> Number()) == (left < 0 ? std::strong_ordering::less : std::strong_ordering::greater));
}

RC_GTEST_PROP(NumberTest, AddsAndSubtractsExactly, ()) {
  const auto a = *any_decimal();
  const auto b = *any_decimal();
  RC_ASSERT(text_or_message(a.number().plus(b.number())) == expected_text(a.scaled() + b.scaled()));
  RC_ASSERT(text_or_message(a.number().minus(b.number())) == expected_text(a.scaled() - b.scaled()));
}

TEST(NumberTest, AddsAtTheLimits) {
  const auto sum = [](const char* a, const char* b) {
    return text_or_message(Number::parse(a).value().plus(Number::parse(b).value()));
  };
  const std::string nines(38, '9');
  EXPECT_EQ(sum(nines.c_str(), "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(sum(nines.c_str(), "0.1"), kTooManyDigits);
  EXPECT_EQ(sum("1E38", "-1"), nines);
  EXPECT_EQ(sum("1E38", "1"), kTooManyDigits);
  EXPECT_EQ(sum("1E39", "-1"), kTooManyDigits);
  EXPECT_EQ(sum("2E38", ("-" + nines).c_str()), kTooManyDigits);
  EXPECT_EQ(sum("15E37", ("-" + nines).c_str()), "50000000000000000000000000000000000001");
  EXPECT_EQ(sum("1E37", ("-" + nines.substr(1)).c_str()), "1");
  EXPECT_EQ(sum("-1E37", nines.substr(1).c_str()), "-1");
  EXPECT_EQ(sum("7", "-6"), "1");
  EXPECT_EQ(sum("1E125", "-1E-130"), kTooManyDigits);
  EXPECT_EQ(sum("9E125", "1E125"), kOverflow);
  EXPECT_EQ(sum("1.1E-130", "-1E-130"), kUnderflow);
  EXPECT_EQ(sum("0", "-7"), "-7");
  EXPECT_EQ(sum("-7", "7"), "0");
  EXPECT_EQ(text_or_message(Number().minus(Number::from_int64(7))), "-7");
  EXPECT_EQ(text_or_message(Number::from_int64(7).minus(Number())), "7");
}

RC_GTEST_PROP(NumberTest, KeepsEveryInt64, ()) {
  const auto value = *rc::gen::arbitrary<std::int64_t>();
  const Number number = Number::from_int64(value);
  RC_ASSERT(number.to_string() == std::to_string(value));
  RC_ASSERT(number == Number::parse(std::to_string(value)).value());
  RC_ASSERT(number.to_int64() == value);
}

TEST(NumberTest, Int64AtTheLimits) {
  const auto to_int64 = [](std::string_view text) { return Number::parse(text).value().to_int64(); };
  for (const auto value : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                           std::int64_t{0}, std::int64_t{1'000'000'000'000'000'000}}) {
    EXPECT_EQ(Number::from_int64(value).to_int64(), value);
    EXPECT_EQ(Number::from_int64(value).to_string(), std::to_string(value));
  }
  EXPECT_EQ(to_int64("9223372036854775808"), std::nullopt);
  EXPECT_EQ(to_int64("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(to_int64("1E19"), std::nullopt);
  EXPECT_EQ(to_int64("1E125"), std::nullopt);
  EXPECT_EQ(to_int64(std::string(38, '9')), std::nullopt);
  EXPECT_EQ(to_int64("0.5"), std::nullopt);
}

RC_GTEST_PROP(NumberTest, KeepsEveryDoubleInRange, ()) {
  const auto mantissa = *rc::gen::arbitrary<std::int64_t>();
  const auto exponent = *rc::gen::inRange(-430, 350);
  const double value = std::ldexp(static_cast<double>(mantissa), exponent);
  RC_PRE(value == 0 || (std::abs(value) >= 1e-130 && std::abs(value) < 1e126));
  RC_ASSERT(Number::from_double(value).value().to_double() == value);
}

TEST(NumberTest, DoublesThatAreNoNumbers) {
  EXPECT_EQ(Number::from_double(85.5).value().to_string(), "85.5");
  EXPECT_EQ(Number::from_double(0.1).value().to_string(), "0.1");
  EXPECT_EQ(Number::from_double(-0.0).value(), Number());
  EXPECT_EQ(text_or_message(Number::from_double(1e126)), kOverflow);
  EXPECT_EQ(text_or_message(Number::from_double(std::numeric_limits<double>::denorm_min())), kUnderflow);
  for (const double value : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const Result<Number> number = Number::from_double(value);
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error().code, ErrorCode::kValidation);
  }
}

RC_GTEST_PROP(NumberTest, ConvertsToTheNearestDouble, ()) {
  const Number number = (*any_decimal()).number();
  RC_ASSERT(number.to_double() == std::strtod(number.to_string().c_str(), nullptr));
}

TEST(NumberTest, Size) {
  const std::pair<const char*, std::size_t> cases[] = {
      {"0", 1},     {"1", 2},   {"-1", 3},   {"12", 2},    {"123", 3},    {"1000", 2},  {"1010", 3},    {"0.001", 2},
      {"1e125", 2}, {"1.5", 3}, {"0.15", 2}, {"1.234", 4}, {"123456", 4}, {"100.5", 4}, {"3.14159", 5}, {"-12.345", 5},
  };
  for (const auto& [text, size] : cases) EXPECT_EQ(Number::parse(text).value().size_bytes(), size) << text;
  EXPECT_EQ(Number::parse(std::string(38, '9')).value().size_bytes(), 20U);
  EXPECT_EQ(Number::parse("-1.0000000000000000000000000000000000001").value().size_bytes(), 21U);
  EXPECT_EQ(Number::parse("0.015").value().size_bytes(), 3U);
  EXPECT_EQ(Number::parse("110").value().size_bytes(), 3U);
}

std::string ordered(const Number& number) {
  std::string bytes;
  number.append_ordered(bytes);
  return bytes;
}

TEST(OrderedNumberTest, KnownBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(ordered(Number()), "\x80\x00"s);
  EXPECT_EQ(ordered(Number::from_int64(1)), "\xC1\x02"s);
  EXPECT_EQ(ordered(Number::from_int64(100)), "\xC2\x02"s);
  EXPECT_EQ(ordered(Number::from_int64(123)), "\xC2\x03\x2E"s);
  EXPECT_EQ(ordered(Number::from_int64(-123)), "\x3D\xFC\xD1"s);
  EXPECT_EQ(ordered(Number::parse("1E-130").value()), "\x80\x02"s);
  EXPECT_EQ(ordered(Number::parse("99E124").value()), "\xFF\xC6"s);
}

RC_GTEST_PROP(OrderedNumberTest, BytesOrderLikeValues, ()) {
  const auto a = *testing::any_number();
  const auto b = *testing::any_number();
  RC_ASSERT((ordered(a) <=> ordered(b)) == (a <=> b));
}

RC_GTEST_PROP(OrderedNumberTest, ReadsBackWhatFollowsIsKept, ()) {
  const auto number = *testing::any_number();
  const auto following = *testing::any_bytes();
  const std::string bytes = ordered(number);
  RC_ASSERT(bytes.size() >= 2U && bytes.size() <= 21U);
  const std::string with_more = bytes + following;
  std::string_view in = with_more;
  RC_ASSERT(Number::read_ordered(in) == number);
  RC_ASSERT(in == following);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    RC_ASSERT(!Number::read_ordered(cut));
    RC_ASSERT(cut.size() == size);
  }
}

RC_GTEST_PROP(OrderedNumberTest, TellsTheSizeThatIsCharged, ()) {
  const auto number = *testing::any_number();
  RC_ASSERT(ordered_number_charge(ordered(number)) == number.size_bytes());
}

TEST(OrderedNumberTest, TellsTheSizeOfZeroAndOfNumbersAtTheEnds) {
  for (const std::string_view text :
       {"0", "1E-130", "-1E-130", "9.9999999999999999999999999999999999999E+125",
        "-9.9999999999999999999999999999999999999E+125", "-1.0000000000000000000000000000000000001"}) {
    const Number number = Number::parse(text).value();
    EXPECT_EQ(ordered_number_charge(ordered(number)), number.size_bytes()) << text;
  }
}

RC_GTEST_PROP(OrderedNumberTest, ReadsOnlyCanonicalBytes, ()) {
  std::string bytes = ordered(*testing::any_number()) + *testing::any_bytes();
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  std::string_view in = bytes;
  if (const auto number = Number::read_ordered(in)) {
    RC_ASSERT(ordered(*number) + std::string(in) == bytes);
  } else {
    RC_ASSERT(in == bytes);
  }
}

TEST(OrderedNumberTest, RefusesMalformedBytes) {
  using namespace std::string_literals;
  const std::string too_many_pairs = "\xC1" + std::string(20, '\x03') + "\x02";
  const std::string too_many_digits = "\xC1"s + "\x15" + std::string(18, '\x03') + "\x02";
  for (const std::string& bytes : {""s, "\x80"s, "\xC1\x00"s, "\xC1\x01\x02"s, "\xC1\x03\x00"s, "\xC1\xC8"s,
                                   "\xC1\xC9\x02"s, "\x7F\xFF"s, "\xC1\x03"s, too_many_pairs, too_many_digits}) {
    std::string_view in = bytes;
    EXPECT_FALSE(Number::read_ordered(in)) << ::testing::PrintToString(bytes);
    EXPECT_EQ(in, bytes);
  }
}

}  // namespace
}  // namespace mrgc::item
