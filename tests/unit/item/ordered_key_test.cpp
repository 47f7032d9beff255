#include "mrgc/item/ordered_key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdexcept>

#include "generators.h"

namespace mrgc::item {
namespace {

using namespace std::string_literals;

std::string key(const Value& value) {
  std::string encoded;
  append_encoded(encoded, value);
  std::string bytes;
  append_ordered_key(bytes, ValueView(encoded));
  return bytes;
}

rc::Gen<Value> any_key_value() {
  return rc::gen::oneOf(
      rc::gen::map(testing::any_text(), [](std::string text) { return Value(std::move(text)); }),
      rc::gen::map(testing::any_bytes(), [](std::string bytes) { return Value(Value::Binary{std::move(bytes)}); }),
      rc::gen::map(testing::any_number(), [](Number number) { return Value(number); }));
}

TEST(OrderedKeyTest, KnownBytes) {
  EXPECT_EQ(key("ab"), "Sab\x00\x01"s);
  EXPECT_EQ(key(""), "S\x00\x01"s);
  EXPECT_EQ(key(Value::Binary{"\x00z\x00"s}), "B\x00\xFFz\x00\xFF\x00\x01"s);
  EXPECT_EQ(key(123), "N\xC2\x03\x2E"s);
}

RC_GTEST_PROP(OrderedKeyTest, OrdersText, ()) {
  const auto a = *testing::any_text();
  const auto b = *rc::gen::oneOf(testing::any_text(), rc::gen::just(a + *testing::any_text()));
  RC_ASSERT((key(a) <=> key(b)) == (a <=> b));
}

RC_GTEST_PROP(OrderedKeyTest, OrdersBinaries, ()) {
  const auto a = *testing::any_bytes();
  const auto b = *rc::gen::oneOf(testing::any_bytes(), rc::gen::just(a + *testing::any_bytes()));
  RC_ASSERT((key(Value::Binary{a}) <=> key(Value::Binary{b})) == (a <=> b));
}

RC_GTEST_PROP(OrderedKeyTest, OrdersNumbers, ()) {
  const auto a = *testing::any_number();
  const auto b = *testing::any_number();
  RC_ASSERT((key(a) <=> key(b)) == (a <=> b));
}

RC_GTEST_PROP(OrderedKeyTest, OrdersCompositeKeysPartByPart, ()) {
  const auto a = *testing::any_bytes();
  const auto b = *testing::any_bytes();
  const auto m = *testing::any_number();
  const auto n = *testing::any_number();
  const std::string left = key(Value::Binary{a}) + key(m);
  const std::string right = key(Value::Binary{b}) + key(n);
  RC_ASSERT((left <=> right) == (a != b ? a <=> b : m <=> n));
}

RC_GTEST_PROP(OrderedKeyTest, ReadsAndSkipsPartByPart, ()) {
  const auto values = *rc::gen::container<std::vector<Value>>(any_key_value());
  std::string bytes;
  for (const Value& value : values) bytes += key(value);
  std::string_view skipping = bytes;
  std::string_view reading = bytes;
  for (const Value& value : values) {
    RC_ASSERT(skip_ordered_key(skipping) == key(value));
    RC_ASSERT(read_ordered_key(reading, value.type()) == value);
    RC_ASSERT(skipping == reading);
  }
  RC_ASSERT(skipping.empty());
}

RC_GTEST_PROP(OrderedKeyTest, ReadsOnlyWhatCouldBeWritten, ()) {
  std::string bytes = key(*any_key_value());
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::oneOf(rc::gen::element('\x00', '\x01', '\xFF'), rc::gen::arbitrary<char>());
  for (const Type type : {Type::kString, Type::kNumber, Type::kBinary}) {
    std::string_view in = bytes;
    if (const auto value = read_ordered_key(in, type)) {
      RC_ASSERT(key(*value) + std::string(in) == bytes);
    } else {
      RC_ASSERT(in == bytes);
    }
  }
}

RC_GTEST_PROP(OrderedKeyTest, NoKeyIsThePrefixOfAnother, ()) {
  const std::string bytes = key(*any_key_value());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  std::string_view cut = std::string_view(bytes).substr(0, size);
  RC_ASSERT(!skip_ordered_key(cut));
  RC_ASSERT(cut.size() == size);
}

TEST(OrderedKeyTest, RefusesMalformedBytesAndOtherTypes) {
  for (const std::string& bytes : {""s, "X\x00\x01"s, "Sab"s, "S\x00"s, "S\x00\x02\x00\x01"s, "N"s, "N\xC1\x00"s}) {
    std::string_view in = bytes;
    EXPECT_FALSE(skip_ordered_key(in)) << ::testing::PrintToString(bytes);
    EXPECT_EQ(in, bytes);
  }
  const std::string bytes = key("text");
  for (const Type type : {Type::kNumber, Type::kBinary}) {
    std::string_view in = bytes;
    EXPECT_FALSE(read_ordered_key(in, type));
    EXPECT_EQ(in, bytes);
  }
  EXPECT_THROW(key(true), std::logic_error);
}

}  // namespace
}  // namespace mrgc::item
