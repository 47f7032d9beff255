#include "expression/placeholders.h"

#include <gtest/gtest.h>

#include "expression/limits.h"
#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

item::Item values_with(const std::string& key) { return item::Item::from_map({{key, item::Value(1)}}); }

std::string check_names(const Names& names) { return message_of(Placeholders(names, {}).check_syntax()); }
std::string check_values(const std::string& key) {
  return message_of(Placeholders({}, values_with(key)).check_syntax());
}

TEST(Placeholders, TakeLettersDigitsAndUnderscores) {
  EXPECT_EQ(check_names({{"#a", "x"}, {"#1", "y"}, {"#_Z9", "with space and \xC3\xA9"}}), "ok");
  EXPECT_EQ(check_values(":v_1"), "ok");
  EXPECT_EQ(check_names({{"#" + std::string(254, 'n'), "x"}}), "ok");
}

TEST(Placeholders, RefuseOtherKeys) {
  const std::string names = "ExpressionAttributeNames contains invalid key: ";
  EXPECT_EQ(check_names({{"foo", "x"}}), names + "Syntax error; key: \"foo\"");
  EXPECT_EQ(check_names({{"#", "x"}}), names + "Syntax error; key: \"#\"");
  EXPECT_EQ(check_names({{"#a b", "x"}}), names + "Syntax error; key: \"#a b\"");
  EXPECT_EQ(check_names({{" #a", "x"}}), names + "Syntax error; key: \" #a\"");
  EXPECT_EQ(check_names({{"#a:b", "x"}}), names + "Syntax error; key: \"#a:b\"");
  EXPECT_EQ(check_names({{":a", "x"}}), names + "Syntax error; key: \":a\"");
  EXPECT_EQ(check_names({{"", "x"}}), names + "The expression attribute map contains an empty key;");
  EXPECT_EQ(check_names({{"#" + std::string(255, 'n'), "x"}}),
            names + "The expression attribute map contains a key that is too long; size of key: 256");
  EXPECT_EQ(check_values(":" + std::string(255, 'v')),
            "ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too "
            "long;");
  EXPECT_EQ(check_values("v"), "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"");
  EXPECT_EQ(check_values(":x-y"), "ExpressionAttributeValues contains invalid key: Syntax error; key: \":x-y\"");
  EXPECT_EQ(check_values("#v"), "ExpressionAttributeValues contains invalid key: Syntax error; key: \"#v\"");
}

TEST(Placeholders, RefuseEmptyAndHugeNames) {
  EXPECT_EQ(check_names({{"#a", ""}}),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
  EXPECT_EQ(check_names({{"#a", std::string(65535, 'x')}}), "ok");
  EXPECT_EQ(
      check_names({{"#a", std::string(65536, 'x')}}),
      "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes "
      "for key #a");
}

TEST(Placeholders, RefuseValuesThatCannotBeStored) {
  const auto check = [](const item::Value& value) {
    return message_of(Placeholders({}, item::Item::from_map({{":a", item::Value(1)}, {":v", value}})).check_syntax());
  };
  item::Value deep("x");
  for (int level = 1; level < item::kMaxNestingLevels; ++level) deep = item::Value::List{std::move(deep)};
  EXPECT_EQ(check(deep), "ok");
  deep = item::Value::Map{{"a", std::move(deep)}};
  EXPECT_EQ(check(deep),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
            "limit");
  EXPECT_EQ(check(item::Value::number_set({})),
            "One or more parameter values were invalid: An number set  may not be empty");
  EXPECT_EQ(check(item::Value::Map{{"", 1}}), "Empty attribute name");
}

TEST(Placeholders, RefuseMoreThan2MBTogether) {
  const auto check = [](std::size_t name_bytes, std::size_t value_bytes) {
    const Names names = {{"#n", std::string(name_bytes, 'n')}};
    return message_of(
        Placeholders(names, item::Item::from_map({{":v", std::string(value_bytes, 'v')}, {":w", item::Value(true)}}))
            .check_syntax());
  };
  EXPECT_EQ(check(1000, kMaxSubstitutionBytes - 1001), "ok");
  EXPECT_EQ(check(1000, kMaxSubstitutionBytes - 1000),
            "The names and values of ExpressionAttributeNames and ExpressionAttributeValues have exceeded the maximum "
            "size of 2097152 bytes: 2097153");
}

TEST(Placeholders, MustAllBeUsedByOneOfTheExpressions) {
  const Names names = {{"#a", "x"}, {"#b", "y"}};
  Placeholders placeholders(names, item::Item::from_map({{":v", item::Value(1)}, {":w", item::Value(2)}}));
  const auto check = [&] { return message_of(placeholders.check_all_used()); };
  EXPECT_EQ(check(), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
  ASSERT_TRUE(Condition::parse("#b = :v", placeholders, Role::kCondition));
  EXPECT_EQ(check(), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}");
  ASSERT_TRUE(Projection::parse("#a.#b", placeholders));
  EXPECT_EQ(check(), "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}");
  ASSERT_TRUE(Update::parse("SET z = :w", placeholders));
  EXPECT_EQ(check(), "ok");
}

}  // namespace
}  // namespace mrgc::expression
