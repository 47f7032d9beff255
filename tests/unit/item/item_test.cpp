#include "mrgc/item/item.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <stdexcept>

#include "generators.h"

namespace mrgc::item {
namespace {

using namespace std::string_literals;
using testing::any_map;
using testing::any_value;

constexpr int kLevels = 4;

std::string encoded(const Value& value) {
  std::string bytes;
  append_encoded(bytes, value);
  return bytes;
}

// `value` inside `wraps` lists or maps.
Value wrapped(Value value, int wraps, bool in_maps) {
  for (; wraps > 0; --wraps) {
    value = in_maps ? Value(Value::Map{{"n", std::move(value)}}) : Value(Value::List{std::move(value)});
  }
  return value;
}

Item with_value(Value value) { return Item::from_map({{"a", std::move(value)}}); }

Value sample() {
  return Value::Map{
      {"binary", Value::Binary{"\x00\xFF"s}},
      {"empty", Value::List{}},
      {"list", Value::List{1, "two", Value::List{Value()}}},
      {"numbers", Value::number_set({Number::from_int64(2), Number::from_int64(-1), Number::from_int64(2)})},
      {"yes", true},
  };
}

TEST(ValueTest, TypesAndNames) {
  const std::pair<Value, const char*> cases[] = {
      {Value("s"), "S"},
      {Value(1), "N"},
      {Value(Value::Binary{"b"}), "B"},
      {Value::string_set({"a"}), "SS"},
      {Value::number_set({Number()}), "NS"},
      {Value::binary_set({{"a"}}), "BS"},
      {Value(Value::Map{}), "M"},
      {Value(Value::List{}), "L"},
      {Value(false), "BOOL"},
      {Value(), "NULL"},
  };
  for (const auto& [value, name] : cases) {
    EXPECT_EQ(to_string(value.type()), name);
    EXPECT_EQ(ValueView(encoded(value)).type(), value.type());
  }
}

TEST(ValueTest, SetsAreSortedAndMerged) {
  EXPECT_EQ(*Value::string_set({"b", "a", "b"}).as<Value::StringSet>(), (Value::StringSet{"a", "b"}));
  EXPECT_EQ(Value::number_set({Number::from_int64(1), Number::from_int64(-1), Number::parse("1.0").value()}),
            Value::number_set({Number::from_int64(-1), Number::from_int64(1)}));
}

TEST(ItemTest, KnownBytes) {
  EXPECT_EQ(Item::from_map({}).encoded(), "");
  EXPECT_EQ(Item::from_map({{"id", "i-1"}, {"n", 1}, {"up", true}}).encoded(),
            "\x03"s + "\x02id" + "\x00\x03i-1"s + "\x01n" + "\x01\xC1\x02" + "\x02up" + "\x18");
  EXPECT_EQ(encoded(Value::List{"x", Value()}), "\x07\x05\x02\x00\x01x\x09"s);
  EXPECT_EQ(encoded(Value::Map{{"k", false}}), "\x06\x04\x01\x01k\x08"s);
  EXPECT_EQ(encoded(Value::string_set({"b", "a"})), "\x03\x05\x02\x01\x61\x01\x62"s);
  EXPECT_EQ(encoded(Value::number_set({Number::from_int64(5)})), "\x04\x04\x01\x02\xC1\x0A"s);
}

RC_GTEST_PROP(ItemTest, ValuesSurviveEncoding, ()) {
  const auto value = *any_value(kLevels);
  const std::string bytes = encoded(value);
  RC_ASSERT(ValueView(bytes).to_value() == value);
  RC_ASSERT(encoded(ValueView(bytes).to_value()) == bytes);
}

RC_GTEST_PROP(ItemTest, ItemsSurviveEncoding, ()) {
  const auto map = *any_map(kLevels);
  const Item item = Item::from_map(map);
  RC_ASSERT(item.to_map() == map);
  RC_ASSERT(Item::from_bytes(std::string(item.encoded())) == item);
  RC_ASSERT(item.attributes().size() == map.size());
  RC_ASSERT(item.empty() == map.empty());
}

RC_GTEST_PROP(ItemTest, FindsEveryAttributeAndNoOther, ()) {
  const auto map = *any_map(kLevels);
  const auto other = *testing::any_text();
  const Item item = Item::from_map(map);
  for (const auto& [name, value] : map) {
    const auto found = item.find(name);
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->to_value() == value);
  }
  RC_ASSERT(item.find(other).has_value() == map.contains(other));
}

RC_GTEST_PROP(ItemTest, ReadsOnlyCanonicalBytes, ()) {
  std::string bytes(Item::from_map(*any_map(kLevels)).encoded());
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes && !bytes.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    const auto byte = *rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::inRange<char>(0, 16));
    switch (*rc::gen::inRange(0, 3)) {
      case 0: bytes[at] = byte; break;
      case 1: bytes.insert(at, 1, byte); break;
      default: bytes.erase(at, 1);
    }
  }
  if (const auto item = Item::from_bytes(bytes)) RC_ASSERT(Item::from_map(item->to_map()).encoded() == bytes);
}

TEST(ItemTest, RefusesEveryCutAndEveryExcess) {
  const std::string bytes(with_value(sample()).encoded());
  ASSERT_TRUE(Item::from_bytes(bytes));
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(Item::from_bytes(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(Item::from_bytes(bytes + '\0'));
}

TEST(ItemTest, RefusesBytesThatAreNotCanonical) {
  const std::string attribute = "\x01\x01k"s;  // one attribute named k; its value follows
  ASSERT_TRUE(Item::from_bytes(attribute + "\x09"));
  const std::pair<const char*, std::string> cases[] = {
      {"no attributes, but bytes", "\x00"s},
      {"count in a longer form", "\x81\x00\x01k\x09"s},
      {"count beyond 64 bits", std::string(9, '\xFF') + "\x02"},
      {"count that never ends", std::string(11, '\xFF')},
      {"more attributes than counted", "\x01\x01k\x09\x01l\x09"s},
      {"fewer attributes than counted", "\x02\x01k\x09"s},
      {"names out of order", "\x02\x01l\x09\x01k\x09"s},
      {"name twice", "\x02\x01k\x09\x01k\x09"s},
      {"name that is not UTF-8", "\x01\x01\xFF\x09"s},
      {"unknown type", attribute + "\x0A"},
      {"unknown flag", attribute + "\x19"},
      {"bit beside the flag", attribute + "\x28"},
      {"string that is not UTF-8", attribute + "\x00\x01\x80"s},
      {"string longer than the rest", attribute + "\x00\x02z"s},
      {"string longer than memory", attribute + "\x00"s + std::string(8, '\xFF') + "\x7F"},
      {"number that is not canonical", attribute + "\x01\xC1\x03\x00"s},
      {"string set out of order", attribute + "\x03\x05\x02\x01\x62\x01\x61"},
      {"string set with a duplicate", attribute + "\x03\x05\x02\x01\x61\x01\x61"},
      {"string set element that is not UTF-8", attribute + "\x03\x03\x01\x01\xFF"},
      {"number set element with excess bytes", attribute + "\x04\x05\x01\x03\xC1\x0A\x0A"},
      {"number set element that is not one", attribute + "\x04\x03\x01\x01\xC1"},
      {"list with bytes behind its elements", attribute + "\x07\x03\x01\x09\x09"},
      {"list longer than its elements", attribute + "\x07\x02\x02\x09"},
      {"list without count", attribute + "\x07\x00"s},
      {"list count beyond all bytes", attribute + "\x07\x0A" + std::string(9, '\xFF') + "\x01"},
      {"map names out of order", attribute + "\x06\x07\x02\x01z\x09\x01y\x09"},
  };
  for (const auto& [what, bytes] : cases) EXPECT_FALSE(Item::from_bytes(bytes)) << what;
}

TEST(ItemTest, RefusesEveryKindOfMalformedText) {
  for (const auto& text : {"\xC3"s, "\xC0\x80"s, "\xC1\xBF"s, "\xE0\x9F\xBF"s, "\xED\xA0\x80"s, "\xF0\x8F\xBF\xBF"s,
                           "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xE2\x82"s, "\xE2\x28\xA1"s, "12345678\x80"s}) {
    EXPECT_FALSE(Item::from_bytes(std::string(with_value(text).encoded()))) << ::testing::PrintToString(text);
  }
}

TEST(ItemTest, BoundsNestingOfUnknownBytes) {
  for (const bool in_maps : {false, true}) {
    const Item deepest = with_value(wrapped("leaf", kMaxNestingLevels - 1, in_maps));
    const Item deeper = with_value(wrapped("leaf", kMaxNestingLevels, in_maps));
    EXPECT_TRUE(Item::from_bytes(std::string(deepest.encoded())));
    EXPECT_FALSE(Item::from_bytes(std::string(deeper.encoded())));
  }
  // A hundred thousand lists inside one another, each claiming the rest.
  std::string hostile = "\x01\x01k"s;
  for (int i = 0; i < 100'000; ++i) hostile += "\x07\xFF\xFF\xFF\x00\x01"s;
  EXPECT_FALSE(Item::from_bytes(hostile));
}

TEST(ItemTest, BoundsNestingOfBuiltValues) {
  EXPECT_EQ(ValueView(encoded(wrapped(7, 63, true))).to_value(), wrapped(7, 63, true));
  EXPECT_THROW(encoded(wrapped(7, 64, true)), std::length_error);
  EXPECT_THROW(with_value(wrapped(7, 1'000, false)), std::length_error);
}

TEST(ItemTest, ReadsNestedParts) {
  const Item item = with_value(sample());
  const MapView map = item.find("a")->as_map();
  EXPECT_EQ(map.size(), 5U);
  EXPECT_EQ(map.find("binary")->as_binary(), "\x00\xFF"s);
  EXPECT_TRUE(map.find("yes")->as_bool());
  EXPECT_FALSE(map.find("no"));
  const ListView list = map.find("list")->as_list();
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.at(0)->as_number(), Number::from_int64(1));
  EXPECT_EQ(list.at(1)->as_string(), "two");
  EXPECT_EQ(list.at(2)->as_list().at(0)->type(), Type::kNull);
  EXPECT_FALSE(list.at(3));
  const SetView numbers = map.find("numbers")->as_set();
  EXPECT_EQ(numbers.type(), Type::kNumberSet);
  EXPECT_EQ(numbers.size(), 2U);
  EXPECT_TRUE(numbers.contains(ValueView(encoded(2)).ordered_number()));
  EXPECT_FALSE(numbers.contains(ValueView(encoded(3)).ordered_number()));
}

TEST(ItemTest, ReadingTheWrongTypeIsABrokenInvariant) {
  const std::string text = encoded("text");
  const std::string flag = encoded(true);
  EXPECT_THROW(ValueView(text).as_number(), std::logic_error);
  EXPECT_THROW(ValueView(text).as_binary(), std::logic_error);
  EXPECT_THROW(ValueView(text).as_bool(), std::logic_error);
  EXPECT_THROW(ValueView(text).as_list(), std::logic_error);
  EXPECT_THROW(ValueView(text).as_map(), std::logic_error);
  EXPECT_THROW(ValueView(text).as_set(), std::logic_error);
  EXPECT_THROW(ValueView(flag).as_string(), std::logic_error);
}

TEST(ItemTest, ConvenientReadersTakeOnlyTheirType) {
  const Item item = Item::from_map({{"b", true}, {"d", Number::parse("1.5").value()}, {"n", 7}, {"s", "text"}});
  EXPECT_EQ(item.find_string("s"), "text");
  EXPECT_EQ(item.find_int64("n"), 7);
  EXPECT_EQ(item.find_double("d"), 1.5);
  EXPECT_EQ(item.find_bool("b"), true);
  EXPECT_EQ(item.find_int64("d"), std::nullopt);
  for (const char* name : {"b", "n", "absent"}) EXPECT_EQ(item.find_string(name), std::nullopt);
  for (const char* name : {"b", "s", "absent"}) {
    EXPECT_EQ(item.find_int64(name), std::nullopt);
    EXPECT_EQ(item.find_double(name), std::nullopt);
  }
  for (const char* name : {"n", "s", "absent"}) EXPECT_EQ(item.find_bool(name), std::nullopt);
}

RC_GTEST_PROP(ItemTest, BuilderActsLikeAMap, ()) {
  Value::Map model = *any_map(2);
  ItemBuilder builder(Item::from_map(model));
  const auto name = rc::gen::element<std::string>("", "a", "b", "c", "long name", "é");
  const auto steps = *rc::gen::inRange(0, 20);
  for (int i = 0; i < steps; ++i) {
    const std::string changed = *name;
    if (*rc::gen::arbitrary<bool>()) {
      builder.remove(changed);
      model.erase(changed);
      continue;
    }
    const Value value = *any_value(2);
    if (*rc::gen::arbitrary<bool>()) {
      builder.set(changed, value);
    } else {
      builder.set(changed, ValueView(encoded(value)));
    }
    model[changed] = value;
  }
  RC_ASSERT(builder.build() == Item::from_map(model));
  RC_ASSERT(ItemBuilder(builder.build()).build() == builder.build());
}

TEST(ItemTest, SizesAreCountedAsDynamoDbCounts) {
  const std::pair<Value, std::size_t> cases[] = {
      {"é€", 5},
      {"", 0},
      {1000, 2},
      {-123, 4},
      {Value::Binary{"abc"}, 3},
      {true, 1},
      {Value(), 1},
      {Value::string_set({"ab", "c"}), 3},
      {Value::number_set({Number::from_int64(1), Number::from_int64(-123)}), 6},
      {Value::binary_set({{"ab"}, {"cde"}}), 5},
      {Value::List{}, 3},
      {Value::List{"ab", 1}, 3 + 1 + 2 + 1 + 2},
      {Value::Map{}, 3},
      {Value::Map{{"key", "ab"}}, 3 + 1 + 3 + 2},
      {Value::List{Value::List{Value()}}, 3 + 1 + 3 + 1 + 1},
  };
  for (const auto& [value, size] : cases) {
    EXPECT_EQ(ValueView(encoded(value)).size_bytes(), size);
    EXPECT_EQ(Item::from_map({{"name", value}}).size_bytes(), 4 + size);
  }
  EXPECT_EQ(Item().size_bytes(), 0U);
}

std::string storable(const Item& item) {
  const Result<void> checked = check_storable(item);
  if (checked) return "yes";
  EXPECT_EQ(checked.error().code, ErrorCode::kValidation);
  return checked.error().message;
}

TEST(ItemTest, RefusesToStoreEmptySets) {
  const std::string prefix = "One or more parameter values were invalid: ";
  for (const int wraps : {0, 1, 5}) {
    for (const bool in_maps : {false, true}) {
      const auto check = [&](Value set) { return storable(with_value(wrapped(std::move(set), wraps, in_maps))); };
      EXPECT_EQ(check(Value::string_set({})), prefix + "An string set  may not be empty");
      EXPECT_EQ(check(Value::number_set({})), prefix + "An number set  may not be empty");
      EXPECT_EQ(check(Value::binary_set({})), prefix + "Binary sets should not be empty");
      EXPECT_EQ(check(Value::string_set({""})), "yes");
    }
  }
}

TEST(ItemTest, RefusesToStoreTooDeepNesting) {
  for (const bool in_maps : {false, true}) {
    EXPECT_EQ(storable(with_value(wrapped("leaf", 31, in_maps))), "yes");
    EXPECT_EQ(storable(with_value(wrapped("leaf", 32, in_maps))),
              "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
              "supported limit");
  }
}

TEST(ItemTest, RefusesToStoreEmptyAndLongNames) {
  const std::string longest(65'535, 'n');
  EXPECT_EQ(storable(Item::from_map({{"", 1}})), "Empty attribute name");
  EXPECT_EQ(storable(with_value(Value::Map{{"", 1}})), "Empty attribute name");
  EXPECT_EQ(storable(Item::from_map({{longest, 1}})), "yes");
  EXPECT_EQ(storable(Item::from_map({{longest + "n", 1}})),
            "Attribute name is too large, must be less than 65536 bytes");
  EXPECT_EQ(storable(Item()), "yes");
}

// A request can have as many, in an order of its own: putting each in its place would take minutes.
TEST(Builder, TakesManyAttributesInAnyOrder) {
  constexpr int kMany = 300'000;
  ItemBuilder builder;
  for (int i = kMany; i > 0; --i) builder.set("a" + std::to_string(1'000'000 + i), Value(i));
  builder.set("a1000001", Value("last"));
  const Item item = builder.build();
  EXPECT_EQ(item.attributes().size(), static_cast<std::size_t>(kMany));
  EXPECT_EQ(item.find("a1000001")->as_string(), "last");
}

}  // namespace
}  // namespace mrgc::item
