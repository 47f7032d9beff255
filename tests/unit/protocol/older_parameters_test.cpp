#include "protocol/older_parameters.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

// The expression with the placeholders' contents in their place.
std::string inlined(std::string expression, const OlderParameters& older) {
  store::Names names;
  item::Item values;
  older.add_placeholders(names, values);
  const auto replace_all = [&](std::string_view placeholder, const std::string& content) {
    for (std::size_t at = 0; (at = expression.find(placeholder, at)) != std::string::npos; at += content.size()) {
      expression.replace(at, placeholder.size(), content);
    }
  };
  for (const auto& [placeholder, name] : names) replace_all(placeholder, name);
  for (const auto& [placeholder, value] : values.attributes()) {
    replace_all(placeholder, value.type() == item::Type::kNumber ? value.as_number().to_string() : "VALUE");
  }
  return expression;
}

std::string expected(std::string_view text) {
  const Parsed parsed(text);
  OlderParameters older;
  auto expression = older.expected(RequestReader(parsed.root()));
  return expression ? inlined(*expression, older) : expression.error().message;
}

std::string updates(std::string_view text) {
  const Parsed parsed(text);
  OlderParameters older;
  auto expression = older.updates(RequestReader(parsed.root()));
  return expression ? inlined(*expression, older) : expression.error().message;
}

std::string filter(std::string_view text) {
  const Parsed parsed(text);
  OlderParameters older;
  auto expression = older.filter(RequestReader(parsed.root()), "ScanFilter");
  return expression ? inlined(*expression, older) : expression.error().message;
}

TEST(OlderParameters, BecomeExpressions) {
  EXPECT_EQ(expected(R"({"Expected":{"a":{"Exists":false},"b":{"Value":{"N":"1"}}}})"),
            "attribute_not_exists(a) AND b = 1");
  EXPECT_EQ(filter(R"({"ScanFilter":{"a":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"2"}]},
                       "b":{"ComparisonOperator":"NOT_NULL"}},"ConditionalOperator":"OR"})"),
            "a BETWEEN 1 AND 2 OR attribute_exists(b)");
  EXPECT_EQ(filter(R"({"ScanFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"N":"2"}]}}})"),
            "a IN (1, 2)");
  EXPECT_EQ(updates(R"({"AttributeUpdates":{"a":{"Value":{"N":"1"}},"b":{"Action":"DELETE"},
                        "c":{"Action":"ADD","Value":{"N":"2"}},"d":{"Action":"DELETE","Value":{"SS":["x"]}}}})"),
            "SET a = 1 REMOVE b ADD c 2 DELETE d VALUE");
}

// The values once were read from an item that was gone already.
TEST(OlderParameters, KeepManyValues) {
  std::string request = R"({"AttributeUpdates":{)";
  for (int i = 0; i < 30; ++i) {
    request +=
        (i > 0 ? "," : "") + ("\"a" + std::to_string(i)) + R"(":{"Value":{"S":")" + std::string(100, 'x') + R"("}})";
  }
  const Parsed parsed(request + "}}");
  OlderParameters older;
  ASSERT_TRUE(older.updates(RequestReader(parsed.root())));
  store::Names names;
  item::Item values = item::Item::from_map({{":own", item::Value(1)}});
  older.add_placeholders(names, values);
  EXPECT_EQ(values.attributes().size(), 31u);
  for (const auto& [placeholder, value] : values.attributes()) {
    if (placeholder != ":own") {
      EXPECT_EQ(value.as_string(), std::string(100, 'x'));
    }
  }
}

TEST(OlderParameters, SayWhatIsWrongAsDynamoDbDoes) {
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(expected(R"({"Expected":{"a":{"Exists":true}}})"),
            parameters + "Value must be provided when Exists is true for Attribute: a");
  EXPECT_EQ(expected(R"({"Expected":{"a":{"Exists":false,"Value":{"S":"x"}}}})"),
            parameters + "Value cannot be used when Exists is false for Attribute: a");
  EXPECT_EQ(expected(R"({"Expected":{"a":{"ComparisonOperator":"EQ"}}})"),
            parameters + "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a");
  EXPECT_EQ(expected(R"({"Expected":{"a":{"AttributeValueList":[{"S":"x"}]}}})"),
            parameters + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a");
  EXPECT_EQ(expected(R"({"Expected":{"a":{"ComparisonOperator":"EQ","Exists":true}}})"),
            parameters + "Exists and ComparisonOperator cannot be used together for Attribute: a");
  EXPECT_EQ(
      expected(R"({"Expected":{"a":{"ComparisonOperator":"EQ","Value":{"S":"x"},"AttributeValueList":[{"S":"x"}]}}})"),
      parameters + "Value and AttributeValueList cannot be used together for Attribute: a");
  EXPECT_EQ(expected(R"({"ConditionalOperator":"AND","Expected":{}})"),
            "ConditionalOperator cannot be used without Filter or Expected");
  EXPECT_EQ(expected(R"({"ConditionalOperator":"AND","Expected":{"a":{"Exists":false}}})"),
            "ConditionalOperator can only be used when Filter or Expected has two or more elements");
  EXPECT_EQ(filter(R"({"ScanFilter":{"a":{"ComparisonOperator":"LT","AttributeValueList":[{"BOOL":true}]}}})"),
            parameters + "ComparisonOperator LT is not valid for BOOL AttributeValue type");
  EXPECT_EQ(filter(R"({"ScanFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"S":"x"}]}}})"),
            parameters + "AttributeValues inside AttributeValueList must be of same type");
  EXPECT_EQ(
      filter(R"({"ScanFilter":{"a":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"2"},{"N":"1"}]}}})"),
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
  EXPECT_EQ(updates(R"({"AttributeUpdates":{"a":{"Action":"PUT"}}})"),
            parameters + "Only DELETE action is allowed when no attribute value is specified");
  EXPECT_EQ(updates(R"({"AttributeUpdates":{"a":{"Action":"ADD","Value":{"S":"x"}}}})"),
            parameters + "ADD action is not supported for the type S");
  EXPECT_EQ(updates(R"({"AttributeUpdates":{"a":{"Action":"DELETE","Value":{"S":"x"}}}})"),
            parameters + "DELETE action with value is not supported for the type S");
}

// "Type mismatch for attribute to update": API Reference, TransactWriteItems, of updates; AWS says it of these only.
TEST(OlderParameters, WhatIsWrongWithThemIsToldInTheirWords) {
  EXPECT_EQ(in_older_words({.code = ErrorCode::kValidation,
                            .message = "Filter Expression can only contain non-primary key attributes: Primary key "
                                       "attribute: a"})
                .message,
            "QueryFilter can only contain non-primary key attributes: Primary key attribute: a");
  EXPECT_EQ(in_older_words({.code = ErrorCode::kValidation,
                            .message = "An operand in the update expression has an incorrect data type"})
                .message,
            "Type mismatch for attribute to update");
  EXPECT_EQ(in_older_words({.code = ErrorCode::kStorage, .message = "another"}).message, "another");
}

TEST(OlderParameters, OfSeveralWrongOperandsTheFirstIsTold) {
  const auto in = [](std::string_view operands) {
    return filter(
        fmt::format(R"({{"ScanFilter":{{"a":{{"ComparisonOperator":"IN","AttributeValueList":[{}]}}}}}})", operands));
  };
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(in(R"({"S":"x"},{"M":{}})"), parameters + "ComparisonOperator IN is not valid for M AttributeValue type");
  EXPECT_EQ(in(R"({"S":"x"},{"N":"1"},{"M":{}})"),
            parameters + "AttributeValues inside AttributeValueList must be of same type");
}

// Far more than an expression may have; they are made into one before that is told.
TEST(OlderParameters, ManyTakeTimeOfTheirNumberAndNotOfItsSquare) {
  std::string text = R"({"AttributeUpdates":{"a":{"Value":{"N":"1"}})";
  for (int i = 0; i < 200'000; ++i) text += fmt::format(R"(,"a{}":{{"Value":{{"N":"1"}}}})", i);
  const Parsed parsed(text + "}}");
  OlderParameters older;
  const auto expression = older.updates(RequestReader(parsed.root()));
  ASSERT_TRUE(expression);
  store::Names names;
  item::Item values;
  older.add_placeholders(names, values);
  EXPECT_EQ(names.size(), 200'001U);
  EXPECT_EQ(values.attributes().size(), 200'001U);
}

}  // namespace
}  // namespace mrgc::protocol
