#include <gtest/gtest.h>

#include <string>

#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Value;

const Request kRequest = {
    .values = {{":1", Value(1)},
               {":s", Value("x")},
               {":b", Value(Value::Binary{"x"})},
               {":ss", Value::string_set({"a"})},
               {":m", Value(Value::Map{})},
               {":l", Value(Value::List{})},
               {":true", Value(true)},
               {":null", Value(Value::Null{})}},
};

std::string check(std::string_view text) { return message_of(kRequest.update(text)); }

void check_all(const std::vector<std::pair<std::string, std::string>>& cases) {
  for (const auto& [text, message] : cases) EXPECT_EQ(check(text), "Invalid UpdateExpression: " + message) << text;
}

TEST(UpdateErrors, Syntax) {
  const auto syntax = [](std::string_view text, std::string_view token, std::string_view near) {
    EXPECT_EQ(check(text), "Invalid UpdateExpression: Syntax error; token: \"" + std::string(token) + "\", near: \"" +
                               std::string(near) + "\"")
        << text;
  };
  syntax("  ", "<EOF>", "  ");
  syntax("SET", "<EOF>", "SET");
  syntax("SET a = :1,", "<EOF>", ",");
  syntax("SET a = :1 b = :1", "b", ":1 b =");
  syntax("SET a = :1, REMOVE b", "REMOVE", ", REMOVE b");
  syntax("REMOVE a b", "b", "a b");
  syntax("ADD a = :1", "=", "a = :1");
  syntax("ADD a b", "b", "a b");
  syntax("ADD a :1 + :1", "+", ":1 + :1");
  syntax("DELETE a", "<EOF>", "a");
  syntax("a = :1", "a", "a =");
  syntax("FOO a", "FOO", "FOO a");
  syntax("SET SET a = :1", "SET", "SET SET a");
  syntax("SET (a) = :1", "(", "SET (a");
  syntax("SET set = :1", "set", "SET set =");
  syntax("SET a = remove", "remove", "= remove");
  syntax("SET a = 1", "1", "= 1");
  syntax("SET a = -:1", "-", "= -:1");
  syntax("SET a = :1 * :1", "*", ":1 * :1");
  syntax("SET a = :1 + :1 + :1", "+", ":1 + :1");
  syntax("SET a = (b + :1) + :1", "+", ") + :1");
  syntax("SET a = :1 + (b + :1)", "+", "b + :1");
  syntax("SET a = if_not_exists(b, c + :1)", "+", "c + :1");
  syntax("SET a = list_append(b, :l", "<EOF>", ":l");
  syntax("SET a = in(b)", "in", "= in(");
  syntax("SET if_not_exists(a, :1) = :1", "(", "if_not_exists(a");
}

TEST(UpdateErrors, Vocabulary) {
  const std::string misplaced =
      "The function is not allowed to be used this way in an expression; function: list_append";
  check_all({
      {"", "The expression can not be empty;"},
      {"SET a = :1 SET b = :1", "The \"SET\" section can only be used once in an update expression;"},
      {"REMOVE a SET b = :1 remove c", "The \"REMOVE\" section can only be used once in an update expression;"},
      {"ADD a :1 ADD b :1", "The \"ADD\" section can only be used once in an update expression;"},
      {"DELETE a :ss DELETE b :ss", "The \"DELETE\" section can only be used once in an update expression;"},
      {"SET state = :1", "Attribute name is a reserved keyword; reserved keyword: state"},
      {"SET a = :x, b = ttl", "Attribute name is a reserved keyword; reserved keyword: ttl"},
      {"SET a = foo(a)", "Invalid function name; function: foo"},
      {"SET a = IF_NOT_EXISTS(a, :1)", "Invalid function name; function: IF_NOT_EXISTS"},
      {"SET a = size(a)", "The function is not allowed in an update expression; function: size"},
      {"SET a = begins_with(a, :s)", "The function is not allowed in an update expression; function: begins_with"},
      {"SET a = list_append(list_append(b, b), b)", misplaced},
      {"SET a = if_not_exists(b, list_append(b, b))", misplaced},
      {"SET a = (list_append(b, b)) + :1", misplaced},
      {"SET a = ((:1))", "The expression has redundant parentheses;"},
      {"SET a = ((:1 + b))", "The expression has redundant parentheses;"},
  });
  EXPECT_EQ(check("SET a = if_not_exists"), "ok");
  EXPECT_EQ(check("SET a = (list_append(b, b))"), "ok");
}

TEST(UpdateErrors, Operands) {
  const std::string count = "Incorrect number of operands for operator or function; operator or function: ";
  const std::string type = "Incorrect operand type for operator or function; operator or function: ";
  const std::string clause_type = "Incorrect operand type for operator or function; operator: ";
  const std::string no_delta = ", typeSet: ALLOWED_FOR_ADD_OPERAND";
  check_all({
      {"SET a = if_not_exists(b)", count + "if_not_exists, number of operands: 1"},
      {"SET a = list_append(b, b, b)", count + "list_append, number of operands: 3"},
      {"SET a = if_not_exists(:1, b)",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"SET a = if_not_exists(b.c, b.c)",
       "The first operand must be distinct from the remaining operands for this operator or function; operator: "
       "if_not_exists, first operand: [b, c]"},
      {"SET a = b + :s", type + "+, operand type: S"},
      {"SET a = :true - b", type + "-, operand type: BOOL"},
      {"SET a = list_append(b, :1)", type + "list_append, operand type: N"},
      {"ADD a :s", clause_type + "ADD, operand type: STRING" + no_delta},
      {"ADD a :b", clause_type + "ADD, operand type: BINARY" + no_delta},
      {"ADD a :m", clause_type + "ADD, operand type: MAP" + no_delta},
      {"ADD a :l", clause_type + "ADD, operand type: LIST" + no_delta},
      {"ADD a :true", clause_type + "ADD, operand type: BOOL" + no_delta},
      {"ADD a :null", clause_type + "ADD, operand type: NULL" + no_delta},
      {"DELETE a :1", clause_type + "DELETE, operand type: NUMBER" + no_delta},
      {"SET a = :x", "An expression attribute value used in expression is not defined; attribute value: :x"},
      {"ADD #x :1", "An expression attribute name used in the document path is not defined; attribute name: #x"},
  });
}

// Of conditions and filters AWS tells the size, of others not.
TEST(UpdateErrors, Size) {
  EXPECT_EQ(check("SET a = :1" + std::string(4086, ' ')), "ok");
  check_all({{"SET a = :1" + std::string(4087, ' '), "Expression size has exceeded the maximum allowed size;"}});
}

TEST(UpdateErrors, TargetsInEachOthersWay) {
  const std::string overlap =
      "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ";
  const std::string conflict =
      "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: ";
  check_all({
      {"SET a = :1 REMOVE a", overlap + "[a], path two: [a]"},
      {"SET m.x = :1, m = :1", overlap + "[m, x], path two: [m]"},
      {"SET l[0] = :1, b = :1 REMOVE l[0].x", overlap + "[l, [0]], path two: [l, [0], x]"},
      {"SET m.x = :1, m[0] = :1", conflict + "[m, x], path two: [m, [0]]"},
      {"SET m.y[0].z = :1, m.y.q = :1", conflict + "[m, y, [0], z], path two: [m, y, q]"},
  });
  EXPECT_EQ(check("SET m.x = :1, m.y[0] = :1 REMOVE m.y[1], mx ADD m.xx :1"), "ok");
}

TEST(UpdateErrors, OnlyOperatorsAndFunctionsCountAgainstTheLimit) {
  const auto actions = [](std::string_view verb, std::size_t count, std::string_view right) {
    std::string text(verb);
    for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? ",a" : " a") + std::to_string(i) + std::string(right);
    return text;
  };
  EXPECT_EQ(check(actions("SET", 400, "=:1")), "ok");
  EXPECT_EQ(check(actions("REMOVE", 500, "")), "ok");
  EXPECT_EQ(check(actions("SET", 300, "=:1+:1")), "ok");
  EXPECT_EQ(check(actions("SET", 301, "=:1+:1")),
            "Invalid UpdateExpression: The expression contains too many operators; operator count: 301");
}

TEST(UpdateErrors, DeepNestingEndsEarly) {
  EXPECT_EQ(check("SET a = " + std::string(4000, '(')),
            "Invalid UpdateExpression: The expression has too many nesting levels; nesting levels: 303");
  std::string nested = ":1";
  for (int i = 0; i < 240; ++i) nested = "if_not_exists(z," + nested + ")";
  const auto update = kRequest.update("SET a=" + nested);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->apply({})->find_int64("a"), 1);
}

// Hundreds of copies of a large list fit an expression. They must not be made to see that they are too large.
TEST(UpdateErrors, WhatIsTooLargeForAnyItemIsRefusedBeforeItIsMade) {
  const std::string too_large = "Item size to update has exceeded the maximum allowed size";
  const auto apply = [](const std::string& text, const item::Value::Map& values, const item::Value::Map& before) {
    const auto update = Request{.values = values}.update(text);
    EXPECT_TRUE(update) << message_of(update);
    return message_of(update->apply(item::Item::from_map(before)));
  };
  const item::Value::Map nulls{{"x", item::Value::List(200'000)}};
  std::string copies = "SET y = x";
  for (char name = 'a'; name < 'x'; ++name) copies += std::string(", ") + name + " = list_append(x, x)";
  EXPECT_EQ(apply(copies, {}, nulls), too_large);
  EXPECT_EQ(apply("SET a = list_append(if_not_exists(y, x), x)", {}, nulls), too_large);
  EXPECT_EQ(apply("SET a = :v, b = :v", {{":v", std::string(300'000, 'v')}}, {}), too_large);
  item::Value::StringSet many;
  for (int i = 0; i < 60'000; ++i) many.push_back("text-" + std::to_string(i));
  const item::Value::Map two_sets{{"s", item::Value::string_set({"a"})}, {"t", item::Value::string_set({"b"})}};
  EXPECT_EQ(apply("ADD s :v", {{":v", item::Value::string_set(many)}}, two_sets), too_large);
  many.resize(30'000);
  EXPECT_EQ(apply("ADD s :v", {{":v", item::Value::string_set(many)}}, two_sets), "ok");
  EXPECT_EQ(apply("ADD s :v, t :v", {{":v", item::Value::string_set(many)}}, two_sets), too_large);
  // What is as large as it may be is made, and what is only looked at does not count.
  EXPECT_EQ(apply("SET x = x", {}, {{"x", item::Value::List(204'798)}}), "ok");
  EXPECT_EQ(apply("SET x = x", {}, {{"x", item::Value::List(204'799)}}), too_large);
  EXPECT_EQ(apply("SET y = if_not_exists(y, :v)", {{":v", std::string(500'000, 'v')}}, {{"y", 1}}), "ok");
  EXPECT_EQ(apply("DELETE s :v", {{":v", item::Value::string_set(many)}}, two_sets), "ok");
}

}  // namespace
}  // namespace mrgc::expression
