#include "protocol/attribute_value.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

std::string decode_error(std::string_view text) { return message_of(decode_value(Parsed(text).root())); }
std::string type_error(std::string_view text) { return message_of(check_attribute_value_types(Parsed(text).root())); }

std::string read_back(std::string_view text) {
  const Parsed parsed(text);
  std::string written;
  append_item(written, decode_item(parsed.root()).value());
  return written;
}

TEST(AttributeValue, ReadsBackEveryType) {
  const std::string item =
      R"({"a":{"S":""},"b":{"N":"1.5"},"c":{"B":"AP8="},"d":{"BOOL":false},"e":{"NULL":true},"f":{"SS":["","x"]},)"
      R"("g":{"NS":["-1","2"]},"h":{"BS":["AA==","YQ=="]},"i":{"M":{"n":{"L":[{"S":"ü"},{"M":{}}]}}},"j":{"L":[]}})";
  EXPECT_EQ(read_back(item), item);
}

TEST(AttributeValue, WritesNumbersPlainly) {
  EXPECT_EQ(read_back(R"({"a":{"N":"+01.50e2"}})"), R"({"a":{"N":"150"}})");
  EXPECT_EQ(read_back(R"({"a":{"N":"-0"}})"), R"({"a":{"N":"0"}})");
  EXPECT_EQ(read_back(R"({"a":{"NS":["1e1","-2.5E-2"]}})"), R"({"a":{"NS":["-0.025","10"]}})");
}

// Read as an empty element it would be stored as one.
TEST(AttributeValue, NoElementOfASetIsNull) {
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(decode_error(R"({"SS":["a",null]})"), parameters + "An string set may not have a null string as a member");
  EXPECT_EQ(decode_error(R"({"NS":[null,"1"]})"), parameters + "An number set may not have a null number as a member");
  EXPECT_EQ(decode_error(R"({"M":{"a":{"BS":[null]}}})"), parameters + "Binary sets may not contain null values");
}

TEST(AttributeValue, OlderWordsAreThoseOfBatches) {
  const auto older = [](std::string_view value) {
    return message_of(decode_item(Parsed(fmt::format(R"({{"a":{{"L":[{}]}}}})", value)).root(), ValueWords::kOlder));
  };
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(older(R"({"N":""})"), "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(older(R"({"NS":["1","x"]})"), "The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(older(R"({"N":"1e126"})"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
  for (const char* number : {"1e2147483647", "12E+2147483646", "-1.5e2147483647"}) {
    EXPECT_EQ(older(fmt::format(R"({{"N":"{}"}})", number)),
              "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  }
  EXPECT_EQ(older(R"({"SS":["b","a","b"]})"), parameters + "Input collection [b, a, b] contains duplicates.");
  EXPECT_EQ(older(R"({"BS":["/w==","AA==","AA=="]})"),
            parameters + "Input collection [/w==, AA==, AA==]of type BS contains duplicates.");
  EXPECT_EQ(older(R"({"NS":["2","1","2"]})"), "Input collection contains duplicates");
}

TEST(AttributeValue, SaysWhatIsWrongAsDynamoDbDoes) {
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(decode_error("{}"),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(decode_error(R"({"S":"a","N":"1"})"),
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes");
  EXPECT_EQ(decode_error(R"({"NULL":false})"),
            "One or more parameter values were invalid: Null attribute value types must have the value of true");
  EXPECT_EQ(decode_error(R"({"SS":[]})"), parameters + "An string set  may not be empty");
  EXPECT_EQ(decode_error(R"({"NS":[]})"), parameters + "An number set  may not be empty");
  EXPECT_EQ(decode_error(R"({"BS":[]})"), parameters + "Binary sets should not be empty");
  EXPECT_EQ(decode_error(R"({"SS":["a","b","a"]})"),
            parameters + "Input collection [\"a\", \"b\", \"a\"] contains duplicates.");
  EXPECT_EQ(decode_error(R"({"NS":["1","1.0"]})"), parameters + "Input collection contains duplicates.");
  EXPECT_EQ(
      decode_error(R"({"BS":["YQ==","YQ=="]})"),
      "One or more parameter values were invalid: Input collection [\"YQ==\",\"YQ==\"]of type BS contains duplicates.");
  EXPECT_EQ(decode_error(R"({"N":"one"})"), "The parameter cannot be converted to a numeric value: one");
  EXPECT_EQ(decode_error(R"({"N":""})"), "The parameter cannot be converted to a numeric value: ");
  EXPECT_EQ(decode_error(R"({"L":[{"M":{"n":{"N":"1e126"}}}]})"),
            "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

TEST(AttributeValue, ChecksJsonTypesBeforeAnythingElse) {
  EXPECT_EQ(type_error(R"({"S":1})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(type_error(R"({"N":1.5})"), "DECIMAL_VALUE cannot be converted to String");
  EXPECT_EQ(type_error(R"({"BOOL":"maybe"})"), "Unexpected token received from parser");
  EXPECT_EQ(type_error(R"({"M":{"n":{"S":true}}})"), "TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(type_error(R"({"Unknown":1,"S":"a"})"), "no error");
}

TEST(AttributeValue, TellsWhatIsNoBase64) {
  EXPECT_EQ(type_error(R"({"B":true})"), "only base-64-encoded strings are convertible to bytes");
  EXPECT_EQ(type_error(R"({"B":[]})"), "Unrecognized collection type class java.nio.ByteBuffer");
  EXPECT_EQ(type_error(R"({"B":{}})"), "Start of structure or map found where not expected");
  EXPECT_EQ(type_error(R"({"B":"YQ="})"), "Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  EXPECT_EQ(type_error(R"({"B":"YR=="})"), "Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(type_error(R"({"B":"YQ=="})"), "no error");
}

// AWS takes the text of a boolean for one: https://github.com/scylladb/scylladb/issues/9432.
TEST(AttributeValue, TakesTheTextOfABoolean) {
  for (const char* text : {R"("true")", R"("TRUE")", R"("yes")", R"("1")"}) {
    EXPECT_EQ(type_error(fmt::format(R"({{"BOOL":{}}})", text)), "no error");
    EXPECT_EQ(read_back(fmt::format(R"({{"a":{{"BOOL":{0}}},"b":{{"NULL":{0}}}}})", text)),
              R"({"a":{"BOOL":true},"b":{"NULL":true}})");
  }
  for (const char* text : {R"("false")", R"("No")", R"("0")"}) {
    EXPECT_EQ(read_back(fmt::format(R"({{"a":{{"BOOL":{}}}}})", text)), R"({"a":{"BOOL":false}})");
  }
  for (const char* text : {R"("")", R"("tru")", R"("truee")", R"("23")", R"("\u0130")"}) {
    EXPECT_EQ(type_error(fmt::format(R"({{"BOOL":{}}})", text)), "Unexpected token received from parser") << text;
  }
}

}  // namespace
}  // namespace mrgc::protocol
