#include "expression/condition.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Item;
using item::Value;

const Item kItem = Item::from_map({
    {"a", Value(1)},
    {"word", Value("hello")},
    {"wide", Value("a\xC3\xA9\xF0\x9F\x98\x80")},
    {"bytes", Value(Value::Binary{"\x01\x80\xFF"})},
    {"nums", Value(Value::List{Value(1), Value("q"), Value(Value::List{Value(7)})})},
    {"box", Value(Value::Map{{"x", Value(1)}, {"a.b", Value(2)}})},
    {"hues", Value::string_set({"red", "blue"})},
    {"nothing", Value(Value::Null{})},
    {"flag", Value(true)},
});

const Request kRequest = {
    .names = {{"#s", "state"}, {"#dot", "a.b"}},
    .values = {{":1", Value(1)},
               {":2", Value(number("2.0"))},
               {":3", Value(3)},
               {":4", Value(4)},
               {":text", Value("hello")},
               {":he", Value("he")},
               {":h", Value("h")},
               {":N", Value("N")},
               {":empty", Value("")},
               {":red", Value("red")},
               {":b", Value(Value::Binary{"\x80"})},
               {":set", Value::string_set({"blue", "red", "blue"})},
               {":list", Value(Value::List{Value(7)})},
               {":null", Value(Value::Null{})},
               {":true", Value(true)}},
};

bool holds(std::string_view text) {
  const Result<Condition> condition = kRequest.condition(text);
  EXPECT_TRUE(condition) << text << ": " << message_of(condition);
  return condition && condition->matches(kItem.attributes());
}

TEST(Condition, ComparesAnyTwoValuesForEquality) {
  EXPECT_TRUE(holds("a = :1"));
  EXPECT_TRUE(holds("box.#dot = :2"));
  EXPECT_TRUE(holds("hues = :set"));
  EXPECT_TRUE(holds("nums[2] = :list"));
  EXPECT_TRUE(holds("nothing = :null and flag = :true"));
  EXPECT_FALSE(holds("a = :text"));
  EXPECT_TRUE(holds("a <> :text"));
  EXPECT_FALSE(holds("a <> :1"));
}

TEST(Condition, MissingOperandMakesOnlyUnequalTrue) {
  EXPECT_TRUE(holds("absent <> :1"));
  EXPECT_TRUE(holds("absent <> lost"));
  EXPECT_TRUE(holds("size(a) <> :1"));
  for (const char* text :
       {"absent = :1", "absent = lost", "absent < :1", "absent >= :1", "absent BETWEEN :1 AND :2",
        "absent IN (:1, lost)", "begins_with(absent, :h)", "contains(absent, :h)", "attribute_type(absent, :N)",
        "size(absent) >= :1", "a = nums[9]", "a = a.b", "a = box[0]"}) {
    EXPECT_FALSE(holds(text)) << text;
    EXPECT_TRUE(holds("NOT " + std::string(text))) << text;
  }
}

TEST(Condition, OrdersOnlyValuesOfOneOrderedType) {
  EXPECT_TRUE(holds("a < :2 AND a <= :1 AND :2 > a AND :1 >= a"));
  EXPECT_FALSE(holds("a < :text OR a > :text OR a <= :text OR a >= :text"));
  EXPECT_TRUE(holds("bytes < :b"));
  EXPECT_TRUE(holds("word > :h AND word BETWEEN :h AND :red"));
  EXPECT_FALSE(holds("flag > nothing OR nums >= box"));
}

TEST(Condition, BetweenIncludesBothBounds) {
  EXPECT_TRUE(holds("a BETWEEN :1 AND :2 AND box.#dot between :1 and :2"));
  EXPECT_FALSE(holds("a BETWEEN :2 AND :3"));
}

TEST(Condition, InComparesWithEachOperand) {
  EXPECT_TRUE(holds("a IN (:text, nums[0])"));
  EXPECT_TRUE(holds("size(nums) IN (:2, :3)"));
  EXPECT_FALSE(holds("a IN (:text, :2)"));
}

TEST(Condition, SizeCountsUtf16UnitsBytesAndElements) {
  EXPECT_TRUE(holds("size(wide) = :4"));  // the last character takes two units
  EXPECT_TRUE(holds("size(bytes) = :3 AND size(nums) = :3 AND size(box) = :2 AND size(hues) = :2 AND size(:he) = :2"));
  EXPECT_FALSE(holds("size(flag) >= :1 OR size(nothing) >= :1 OR size(a) >= :1"));
}

TEST(Condition, Functions) {
  EXPECT_TRUE(holds("attribute_exists(box.x) AND attribute_not_exists(box.y) AND attribute_exists (nothing)"));
  EXPECT_TRUE(holds("attribute_type(a, :N) AND NOT attribute_type(word, :N)"));
  EXPECT_TRUE(holds("begins_with(word, :he) AND NOT begins_with(word, :red) AND NOT begins_with(bytes, :he)"));
  EXPECT_TRUE(holds("contains(word, :he) AND contains(bytes, :b) AND contains(word, :empty)"));
  EXPECT_TRUE(holds("contains(hues, :red) AND NOT contains(hues, :h) AND NOT contains(hues, :1)"));
  EXPECT_TRUE(holds("contains(nums, :1) AND contains(nums, :list) AND NOT contains(nums, :red)"));
  EXPECT_FALSE(holds("contains(box, :h)"));
}

// Texts made to be compared over and over again cost no more than others.
TEST(Condition, ContainsTakesTimeOfTheSizesAndNotOfTheirProduct) {
  const std::string part = std::string(180'000, 'a') + "b";
  const Request request{.values = {{":part", part}}};
  const auto condition = request.condition("contains(x, :part) OR contains(x, :part) OR contains(x, :part)").value();
  const item::Item item = item::Item::from_map({{"x", std::string(400'000, 'a')}});
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(condition.matches(item.attributes()));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));  // otherwise minutes
  EXPECT_TRUE(condition.matches(item::Item::from_map({{"x", "a" + part + "c"}}).attributes()));
}

TEST(Condition, NotBindsTighterThanAndThanOr) {
  EXPECT_TRUE(holds("a = :1 OR a = :2 AND a = :3"));
  EXPECT_FALSE(holds("(a = :1 OR a = :2) AND a = :3"));
  EXPECT_TRUE(holds("NOT a = :2 AND a = :1"));
  EXPECT_FALSE(holds("NOT (a = :2 OR a = :1)"));
  EXPECT_TRUE(holds("nOt NoT a = :1"));
  EXPECT_TRUE(holds("(a) = (:1) aNd\t(attribute_exists((a)))\r\n"));
}

TEST(Condition, AbsentItemHasNoAttributes) {
  const auto condition = kRequest.condition("attribute_not_exists(a)");
  ASSERT_TRUE(condition);
  EXPECT_TRUE(condition->matches(Item().attributes()));
}

TEST(Condition, NamesItsTopLevelAttributesOnce) {
  const auto condition = kRequest.condition("b.x = :1 AND a[3] > b OR size(#s) IN (c, a)");
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->top_level_attributes(), (std::vector<std::string_view>{"a", "b", "c", "state"}));
}

TEST(Condition, OutlivesTheRequest) {
  std::optional<Condition> kept;
  {
    const Request request{.names = {{"#long", std::string(100, 'n')}},
                          .values = {{":v", Value(std::string(100, 'v'))}}};
    kept = *request.condition("#long = :v");
  }
  EXPECT_TRUE(kept->matches(Item::from_map({{std::string(100, 'n'), Value(std::string(100, 'v'))}}).attributes()));
}

TEST(Condition, MatchesFromManyThreads) {
  const auto condition = kRequest.condition("contains(hues, :red) AND size(nums) = :3");
  ASSERT_TRUE(condition);
  std::vector<std::jthread> threads;
  std::array<int, 4> counts = {};
  for (int& count : counts) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) count += condition->matches(kItem.attributes()) ? 1 : 0;
    });
  }
  threads.clear();
  for (const int count : counts) EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace mrgc::expression
