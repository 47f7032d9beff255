#include <gtest/gtest.h>

#include <string>

#include "expression/limits.h"
#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Value;

const Request kRequest = {
    .names = {{"#size", "size"}},
    .values = {{":1", Value(1)},
               {":2", Value(2)},
               {":s", Value("x")},
               {":b", Value(Value::Binary{"xyz"})},
               {":list", Value(Value::List{})},
               {":set", Value::string_set({"a"})},
               {":true", Value(true)},
               {":null", Value(Value::Null{})}},
};

std::string check(std::string_view text, Role role = Role::kCondition) {
  return message_of(kRequest.condition(text, role));
}

struct Case {
  std::string text;
  std::string message;
};

void check_all(const std::vector<Case>& cases) {
  for (const auto& [text, message] : cases) EXPECT_EQ(check(text), "Invalid ConditionExpression: " + message) << text;
}

std::string repeat(std::string_view text, std::size_t times, std::string_view between = "") {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) {
    if (i > 0) result += between;
    result += text;
  }
  return result;
}

TEST(ConditionErrors, NameTheParameter) {
  EXPECT_EQ(check("", Role::kFilter), "Invalid FilterExpression: The expression can not be empty;");
  EXPECT_EQ(check("a", Role::kFilter), "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"a\"");
}

TEST(ConditionErrors, SyntaxErrorsShowTheTokenAndItsNeighbours) {
  const auto syntax = [](std::string_view text, std::string_view token, std::string_view near) {
    EXPECT_EQ(check(text), "Invalid ConditionExpression: Syntax error; token: \"" + std::string(token) +
                               "\", near: \"" + std::string(near) + "\"")
        << text;
  };
  syntax("   ", "<EOF>", "   ");
  syntax("a =", "<EOF>", "=");
  syntax("a = :1 AND ", "<EOF>", "AND ");
  syntax("(a = :1", "<EOF>", ":1");
  syntax("a = :1)", ")", ":1)");
  syntax("a == :1", "=", "== :1");
  syntax("a = 1", "1", "= 1");
  syntax("a = 12.5", "12", "= 12.");
  syntax("a = 'x'", "'x'", "= 'x'");
  syntax("a = \"x", "\"", "= \"x");
  syntax("a != :1", "!", "a !=");
  syntax("a = :1 AND AND a = :1", "AND", "AND AND a");
  syntax("a.=:1", "=", ".=:1");
  syntax("a..b = :1", ".", "..b");
  syntax("a[x] = :1", "x", "[x]");
  syntax("a[-1] = :1", "-", "[-1");
  syntax("a[01] = :1", "1", "01]");
  syntax("a[] = :1", "]", "[] =");
  syntax("_a = :1", "_", "_a");
  syntax("1a = :1", "1", "1a");
  syntax("# = :1", "#", "# =");
  syntax(": = a", ":", ": =");
  syntax("a-b = :1", "-", "a-b");
  syntax("\xC3\xA9 = :1", "\xC3\xA9", "\xC3\xA9 =");
  syntax("a => :1", ">", "=> :1");
  syntax("a IN ()", ")", "()");
  syntax("a IN :1", ":1", "IN :1");
  syntax("a IN (:1,)", ")", ",)");
  syntax("a BETWEEN :1", "<EOF>", ":1");
  syntax("a BETWEEN (b AND c)", "AND", "b AND c");
  syntax("a AND b", "AND", "a AND b");
  syntax("(a) AND a = :1", "AND", ") AND a");
  syntax("NOT a", "<EOF>", "a");
  syntax("a = :1 AND (b)", "<EOF>", ")");
  syntax(":nowhere", "<EOF>", ":nowhere");
  syntax("(a = :1) = :1", "=", ") = :1");
  syntax("a = (b = :1)", "=", "b = :1");
  syntax("size(a = :1)", "=", "a = :1");
  syntax("a = NOT b", "NOT", "= NOT b");
  syntax("and = :1", "and", "and =");
  syntax("a.in = :1", "in", ".in =");
  syntax("remove = :1", "remove", "remove =");
  syntax("not(a)", "<EOF>", ")");
  syntax("in(a)", "in", "in(");
  syntax("#size(a) = :1", "(", "#size(a");
  syntax(":1.b = a", ".", ":1.b");
  syntax("size() > :1", ")", "() >");
}

TEST(ConditionErrors, Vocabulary) {
  check_all({
      {"status = :1", "Attribute name is a reserved keyword; reserved keyword: status"},
      {"a.Region = :1", "Attribute name is a reserved keyword; reserved keyword: Region"},
      {"foo(a)", "Invalid function name; function: foo"},
      {"Size(a) > :1", "Invalid function name; function: Size"},
      {"if_not_exists(a, :1) = :1", "The function is not allowed in a condition expression; function: if_not_exists"},
      {"list_append(a, b)", "The function is not allowed in a condition expression; function: list_append"},
      {"size(a)", "The function is not allowed to be used this way in an expression; function: size"},
      {"NOT size(a)", "The function is not allowed to be used this way in an expression; function: size"},
      {"attribute_exists(a) = :1",
       "The function is not allowed to be used this way in an expression; function: attribute_exists"},
      {"a = contains(b, :1)", "The function is not allowed to be used this way in an expression; function: contains"},
      {"size(contains(a, b)) = :1",
       "The function is not allowed to be used this way in an expression; function: contains"},
      {"a[2147483648] = :1", "List index is not within the allowable range; index: [2147483648]"},
      {"a[99999999999999999999] = :1", "List index is not within the allowable range; index: [99999999999999999999]"},
      {"((a = :1))", "The expression has redundant parentheses;"},
      {"((a)) = :1", "The expression has redundant parentheses;"},
      {"NOT ((a = :1 AND b = :1))", "The expression has redundant parentheses;"},
  });
  EXPECT_EQ(check("a[2147483647] = :1"), "ok");
  EXPECT_EQ(check("a = :1 OR (b = :1 AND c = :1)"), "ok");
}

TEST(ConditionErrors, Placeholders) {
  check_all({
      {"#x = :1", "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"a.#x = :1", "An expression attribute name used in the document path is not defined; attribute name: #x"},
      {"a = :y", "An expression attribute value used in expression is not defined; attribute value: :y"},
  });
}

TEST(ConditionErrors, Operands) {
  const std::string count = "Incorrect number of operands for operator or function; operator or function: ";
  const std::string type = "Incorrect operand type for operator or function; operator or function: ";
  const std::string path = "Operator or function requires a document path; operator or function: ";
  const std::string distinct =
      "The first operand must be distinct from the remaining operands for this operator or function; operator: ";
  check_all({
      {"size(a, b) > :1", count + "size, number of operands: 2"},
      {"attribute_exists(a, b)", count + "attribute_exists, number of operands: 2"},
      {"attribute_type(a)", count + "attribute_type, number of operands: 1"},
      {"begins_with(a)", count + "begins_with, number of operands: 1"},
      {"contains(a, b, c)", count + "contains, number of operands: 3"},
      {"attribute_exists(:1)", path + "attribute_exists"},
      {"attribute_not_exists(size(a))", path + "attribute_not_exists"},
      {"a < :list", type + "<, operand type: L"},
      {":set >= a", type + ">=, operand type: SS"},
      {"a BETWEEN :true AND b", type + "BETWEEN, operand type: BOOL"},
      {"begins_with(a, :1)", type + "begins_with, operand type: N"},
      {"begins_with(size(a), :s)", type + "begins_with, operand type: N"},
      {"size(:1) = a", type + "size, operand type: N"},
      {"size(:null) = a", type + "size, operand type: NULL"},
      {"size(size(a)) = b", type + "size, operand type: N"},
      {"attribute_type(a, :1)", type + "attribute_type, operand type: N"},
      {"attribute_type(a, b)", type + "attribute_type, operand type: {B,NS,SS,BS,L,M,BOOL,N,NULL,S}"},
      {"attribute_type(a, :s)",
       "Invalid attribute type name found; type: x, valid types: {B,NS,SS,BS,L,M,BOOL,N,NULL,S}"},
      {"a = a", distinct + "=, first operand: [a]"},
      {"a.b[2] <> a.b[2]", distinct + "<>, first operand: [a, b, [2]]"},
      {"a BETWEEN :1 AND a", distinct + "BETWEEN, first operand: [a]"},
      {"a IN (b, a)", distinct + "IN, first operand: [a]"},
      {"contains(a, a)", distinct + "contains, first operand: [a]"},
      {"begins_with(a, a)", distinct + "begins_with, first operand: [a]"},
      {"attribute_type(a, a)", distinct + "attribute_type, first operand: [a]"},
  });
  EXPECT_EQ(check("size(a) = size(a) AND :1 = :1"), "ok");
}

TEST(ConditionErrors, BoundsOfBetween) {
  check_all({
      {"a BETWEEN :2 AND :1",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: "
       "AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
      {"a BETWEEN :s AND :b",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: "
       "{S:x}, upper bound operand: AttributeValue: {B:3 bytes}"},
  });
  EXPECT_EQ(check("a BETWEEN :1 AND :1 AND b BETWEEN c AND :1 AND d BETWEEN size(a) AND :1"), "ok");
}

TEST(ConditionErrors, SyntaxComesBeforeVocabularyBeforeMeaning) {
  const std::string prefix = "Invalid ConditionExpression: ";
  EXPECT_EQ(check("a = :y AND status = :1"), prefix + "Attribute name is a reserved keyword; reserved keyword: status");
  EXPECT_EQ(check("status = :1 AND"), prefix + "Syntax error; token: \"<EOF>\", near: \"AND\"");
  EXPECT_EQ(check("foo(a) AND #x = :1"), prefix + "Invalid function name; function: foo");
  EXPECT_EQ(check("((a = :1)) AND"), prefix + "The expression has redundant parentheses;");
}

TEST(ConditionErrors, Limits) {
  const std::string prefix = "Invalid ConditionExpression: ";
  const std::string operators = prefix + "The expression contains too many operators; operator count: 301";
  EXPECT_EQ(check("a = :1" + std::string(4090, ' ')), "ok");
  EXPECT_EQ(check("a = :1" + std::string(4091, ' ')),
            prefix + "Expression size has exceeded the maximum allowed size; expression size: 4097");
  EXPECT_EQ(check(repeat("a = :1", 150, " OR ")), "ok");
  EXPECT_EQ(check(repeat("a = :1", 151, " OR ")), operators);
  EXPECT_EQ(check(repeat("size(a) = :1", 100, " AND ")), "ok");
  EXPECT_EQ(check(repeat("size(a) = :1", 101, " AND ")), operators);
  EXPECT_EQ(check(repeat("NOT ", 299) + "a = :1"), "ok");
  EXPECT_EQ(check(repeat("NOT ", 300) + "a = :1"), operators);
  EXPECT_EQ(check("a IN (" + repeat(":1", 100, ",") + ")"), "ok");
  EXPECT_EQ(check("a IN (" + repeat(":1", 101, ",") + ")"),
            prefix + "The IN operator is provided with too many operands; number of operands: 101");
  EXPECT_EQ(check("a" + repeat(".b", 31) + " = :1"), "ok");
  EXPECT_EQ(check("a" + repeat("[0]", 32) + " = :1"),
            prefix + "The document path has too many nesting levels; nesting levels: 33");
}

TEST(ConditionErrors, DeepNestingEndsEarly) {
  const std::string prefix = "Invalid ConditionExpression: ";
  const std::string too_deep = prefix + "The expression has too many nesting levels; nesting levels: 303";
  EXPECT_EQ(check(repeat("(NOT ", 299) + "(a) = :1" + repeat(")", 299)), "ok");
  EXPECT_EQ(check(repeat("(", 4096)), too_deep);
  EXPECT_EQ(check("a = " + repeat("(", 2000) + ":1" + repeat(")", 2000)), too_deep);
  EXPECT_EQ(check(repeat("size(", 800) + "a"), too_deep);
}

TEST(ConditionErrors, DeepestConditionEvaluates) {
  const auto condition = kRequest.condition(repeat("(NOT ", 299) + "(a) = :1" + repeat(")", 299));
  ASSERT_TRUE(condition);
  EXPECT_FALSE(condition->matches(item::Item::from_map({{"a", Value(1)}}).attributes()));
}

}  // namespace
}  // namespace mrgc::expression
