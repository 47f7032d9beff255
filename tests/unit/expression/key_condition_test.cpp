#include "expression/key_condition.h"

#include <gtest/gtest.h>

#include "unit/expression/key_condition_model.h"
#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Type;
using item::Value;
using Op = KeyCondition::Op;

const Names kNames = {{"#region", "region"}};
const item::Item kValues = item::Item::from_map({{":p", Value("us-east-1")},
                                                 {":1", Value(1)},
                                                 {":5", Value(5)},
                                                 {":b", Value(Value::Binary{"x"})},
                                                 {":l", Value(Value::List{})}});
constexpr KeyNames kKeys{.partition = "region", .sort = "score", .sort_type = Type::kNumber};

Result<KeyCondition> parse(std::string_view text, const KeyNames& keys = kKeys) {
  Placeholders placeholders(kNames, kValues);
  return model::resolve(text, placeholders, keys);
}

TEST(KeyCondition, PartitionAlone) {
  const auto condition = parse("#region = :p");
  ASSERT_TRUE(condition);
  EXPECT_EQ(condition->partition.as_string(), "us-east-1");
  EXPECT_EQ(condition->op, Op::kNone);
  EXPECT_FALSE(condition->low || condition->high);
}

TEST(KeyCondition, SortKeyInEitherOrder) {
  for (const auto& [text, op] :
       std::vector<std::pair<const char*, Op>>{{"score = :5 AND #region = :p", Op::kEqual},
                                               {"#region = :p and (score < :5)", Op::kLess},
                                               {"(:p = #region) AND :5 > score", Op::kLess},
                                               {"#region = :p AND score <= :5", Op::kLessEqual},
                                               {"#region = :p AND :5 >= score", Op::kLessEqual},
                                               {"(#region = :p AND score > :5)", Op::kGreater},
                                               {"#region = :p AND :5 <= score", Op::kGreaterEqual},
                                               {":5 < score AND #region = :p", Op::kGreater}}) {
    const auto condition = parse(text);
    ASSERT_TRUE(condition) << text << ": " << message_of(condition);
    EXPECT_EQ(condition->op, op) << text;
    EXPECT_EQ(condition->low->as_number(), number("5")) << text;
    EXPECT_FALSE(condition->high);
  }
}

TEST(KeyCondition, BetweenAndBeginsWith) {
  const auto between = parse("#region = :p AND score BETWEEN :1 AND :5");
  ASSERT_TRUE(between);
  EXPECT_EQ(between->op, Op::kBetween);
  EXPECT_EQ(between->low->as_number(), number("1"));
  EXPECT_EQ(between->high->as_number(), number("5"));
  const auto begins = parse("begins_with(name_of, :p) AND #region = :p", {.partition = "region", .sort = "name_of"});
  ASSERT_TRUE(begins);
  EXPECT_EQ(begins->op, Op::kBeginsWith);
}

TEST(KeyCondition, OutlivesTheRequest) {
  std::optional<KeyCondition> kept;
  {
    Placeholders placeholders({}, item::Item::from_map({{":v", Value(std::string(100, 'v'))}}));
    kept = *model::resolve("p = :v", placeholders, {.partition = "p"});
  }
  EXPECT_EQ(kept->partition.as_string(), std::string(100, 'v'));
}

TEST(KeyCondition, Errors) {
  const std::string prefix = "Invalid KeyConditionExpression: ";
  const std::string bad_operator = "Invalid operator used in KeyConditionExpression: ";
  const std::string missed = "Query condition missed key schema element: ";
  const std::string bad_term = "Invalid condition in KeyConditionExpression: ";
  const std::string bad_type =
      "One or more parameter values were invalid: Condition parameter type does not match schema type";
  const std::string nested = "KeyConditionExpressions cannot have conditions on nested attributes";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", prefix + "The expression can not be empty;"},
      {"region = :p", prefix + "Attribute name is a reserved keyword; reserved keyword: region"},
      {"#region = :p AND", prefix + "Syntax error; token: \"<EOF>\", near: \"AND\""},
      {"((#region = :p))", prefix + "The expression has redundant parentheses;"},
      {"#region = :p AND score BETWEEN :5 AND :1",
       prefix + "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound "
                "operand: AttributeValue: {N:5}, upper bound operand: AttributeValue: {N:1}"},
      {"#region = :p OR score = :1", bad_operator + "OR"},
      {"NOT #region = :p", bad_operator + "NOT"},
      {"#region = :p AND score <> :1", bad_operator + "<>"},
      {"#region = :p AND score IN (:1)", bad_operator + "IN"},
      {"#region = :p AND contains(score, :1)", bad_operator + "contains"},
      {"attribute_exists(#region)", bad_operator + "attribute_exists"},
      {"#region = :p AND size(score) = :1", "KeyConditionExpressions cannot contain nested operations"},
      {"#region = score", bad_term + "Multiple attribute names used in one condition"},
      {"#region = :p AND :1 = :1", bad_term + "No key attribute specified"},
      {"#region = :p AND :1 BETWEEN score AND :5",
       bad_term + "BETWEEN operator must have the key attribute as its first operand"},
      {"#region = :p AND begins_with(:p, score)",
       bad_term + "begins_with operator must have the key attribute as its first operand"},
      {"#region = :p AND :1 BETWEEN score AND score",
       bad_term + "BETWEEN operator must have the key attribute as its first operand"},
      {"#region = :p AND score BETWEEN #region AND :5", bad_term + "Multiple attribute names used in one condition"},
      {"#region.x = :p", nested},
      {"#region.x = score", nested},
      {"#region = score OR size(#region) = :1", bad_operator + "OR"},
      {"#region = score AND (#region = :p OR score = :1)", bad_term + "Multiple attribute names used in one condition"},
      {":1 BETWEEN size(score) AND :5", bad_term + "BETWEEN operator must have the key attribute as its first operand"},
      {"size(score) BETWEEN :1 AND :5", "KeyConditionExpressions cannot contain nested operations"},
      {"#region = :p AND score[0] = :1", nested},
      {"#region = :p AND #region = :p", prefix + "KeyConditionExpressions must only contain one condition per key"},
      {"score > :1 AND #region = :p AND score < :5",
       prefix + "KeyConditionExpressions must only contain one condition per key"},
      {"#region = :p AND score = :1 AND another = :1",
       "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)"},
      {"score = :1", missed + "region"},
      {"score = :1 AND another = :1", missed + "region"},
      {"#region = :p AND another = :1", missed + "score"},
      {"#region > :p", "Query key condition not supported"},
      {"begins_with(#region, :p) AND score = :1", "Query key condition not supported"},
      {"#region > :1", bad_type},
      {"#region = :1", bad_type},
      {"#region = :l", bad_type},
      {"#region = :p AND score = :p", bad_type},
      {"#region = :p AND begins_with(score, :b)", bad_type},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(message_of(parse(text)), message) << text;
  for (const char* text : {"#region = :p AND score = :1", "score = :1 AND another = :1"}) {
    EXPECT_EQ(message_of(parse(text, {.partition = "region"})), "Query key condition not supported");
  }
}

TEST(KeyCondition, FormIsCheckedWithoutKeys) {
  const auto check = [](std::string_view text) {
    Placeholders placeholders(kNames, kValues);
    const auto expression = KeyExpression::parse(text, placeholders);
    return expression ? message_of(expression->check_form()) : "syntax: " + expression.error().message;
  };
  EXPECT_EQ(check("whatever > :b AND another = :1"), "ok");
  EXPECT_EQ(check("#region = :p OR score = :1"), "Invalid operator used in KeyConditionExpression: OR");
  EXPECT_EQ(check("a = :1 AND b = :1 AND c = :1"), "ok");  // how many there may be the keys tell
  EXPECT_EQ(check("a = :1 AND a = :1"),
            "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
  EXPECT_EQ(check("region = :p"),
            "syntax: Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: region");
}

}  // namespace
}  // namespace mrgc::expression
