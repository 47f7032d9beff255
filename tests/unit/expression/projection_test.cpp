#include "expression/projection.h"

#include <gtest/gtest.h>

#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Item;
using item::Value;

const Value::Map kItem = {
    {"a", Value(1)},
    {"l", Value(Value::List{Value(1), Value(2), Value(Value::Map{{"x", Value("X")}, {"y", Value("Y")}})})},
    {"m", Value(Value::Map{{"x", Value(1)}, {"y", Value(Value::List{Value("q")})}})},
};

Value::Map choose(std::string_view text) {
  const auto projection = Request{.names = {{"#m", "m"}, {"#y", "y"}}}.projection(text);
  EXPECT_TRUE(projection) << text << ": " << message_of(projection);
  return projection ? projection->apply(Item::from_map(kItem)).to_map() : Value::Map();
}

TEST(Projection, ChoosesAttributes) {
  EXPECT_EQ(choose("a"), (Value::Map{{"a", Value(1)}}));
  EXPECT_EQ(choose("m, zz, a"), (Value::Map{{"a", Value(1)}, {"m", kItem.at("m")}}));
  EXPECT_EQ(choose("zz"), Value::Map());
}

TEST(Projection, KeepsTheStructureAroundNestedParts) {
  EXPECT_EQ(choose("m.x"), (Value::Map{{"m", Value(Value::Map{{"x", Value(1)}})}}));
  EXPECT_EQ(choose("#m.#y[0], m.x"), (Value::Map{{"m", kItem.at("m")}}));
}

TEST(Projection, ListElementsMoveTogetherInTheOrderOfTheirIndexes) {
  EXPECT_EQ(choose("l[2].y, l[0]"),
            (Value::Map{{"l", Value(Value::List{Value(1), Value(Value::Map{{"y", Value("Y")}})})}}));
}

TEST(Projection, PathsThatLeadNowhereLeaveNothing) {
  for (const char* text : {"l[9]", "m.y[3]", "a.b", "a[0]", "l.x", "m[0]", "l[0].x", "m.zz.y"}) {
    EXPECT_EQ(choose(text), Value::Map()) << text;
  }
}

TEST(Projection, Errors) {
  const auto check = [](std::string_view text) { return message_of(Request().projection(text)); };
  const std::string prefix = "Invalid ProjectionExpression: ";
  EXPECT_EQ(check(""), prefix + "The expression can not be empty;");
  EXPECT_EQ(check("a" + std::string(4095, ' ')), "ok");
  EXPECT_EQ(check("a" + std::string(4096, ' ')), prefix + "Expression size has exceeded the maximum allowed size;");
  EXPECT_EQ(check("a,"), prefix + "Syntax error; token: \"<EOF>\", near: \",\"");
  EXPECT_EQ(check("a b"), prefix + "Syntax error; token: \"b\", near: \"a b\"");
  EXPECT_EQ(check("(a)"), prefix + "Syntax error; token: \"(\", near: \"(a\"");
  EXPECT_EQ(check(":a"), prefix + "Syntax error; token: \":a\", near: \":a\"");
  EXPECT_EQ(check("ttl"), prefix + "Attribute name is a reserved keyword; reserved keyword: ttl");
  EXPECT_EQ(check("#a"), prefix +
                             "An expression attribute name used in the document path is not defined; attribute "
                             "name: #a");
  EXPECT_EQ(check("b, a.c, a"), prefix +
                                    "Two document paths overlap with each other; must remove or rewrite one of "
                                    "these paths; path one: [a, c], path two: [a]");
  EXPECT_EQ(check("m[0], m.x"), prefix +
                                    "Two document paths conflict with each other; must remove or rewrite one of "
                                    "these paths; path one: [m, [0]], path two: [m, x]");
  EXPECT_EQ(check("a.b, a.c, a.d[1], a.d[2], ab"), "ok");
}

}  // namespace
}  // namespace mrgc::expression
