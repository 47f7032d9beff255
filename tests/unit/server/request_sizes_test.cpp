#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "server_test.h"
#include "support/sanitizers.h"

// Requests of megabytes that hold very many of what others have few of. What is done with them must take time of their
// size, not of its square: then each takes a second or two, where the client waits for 20, and otherwise minutes.
namespace mrgc::server::testing {
namespace {

// Also with a sanitizer enough for what must not fit into an item.
constexpr int kMany = mrgc::testing::kSanitized ? 120'000 : 150'000;

/// A request of `operation` that repeats something: with a number in the place of each `{}`.
struct Large {
  std::string name;
  std::string operation;
  std::string answer;  ///< a part of it
  std::string before;
  std::string element;
  std::string after;
  std::string separator = ",";

  std::string body(int count) const {
    constexpr std::int64_t kStride = 7919;  // a prime, so that each number comes, in an order unlike that of the texts
    std::string text = before;
    for (int i = 0; i < count; ++i) {
      if (i > 0) text += separator;
      const std::string number = std::to_string(i * kStride % count);
      std::size_t from = 0;
      for (std::size_t at = element.find("{}"); at != std::string::npos; at = element.find("{}", from)) {
        text.append(element, from, at - from).append(number);
        from = at + 2;
      }
      text.append(element, from);
    }
    return text + after;
  }
};

std::vector<Large> kinds() {
  const std::string item = R"({"TableName":"things","Item":{"id":{"S":"k"},)";
  const std::string key = R"({"TableName":"things","Key":{"id":{"S":"k"}},)";
  return {
      {"Attributes", "PutItem", R"(Item size has exceeded the maximum allowed size)", item, R"("a{}":{"N":"{}"})",
       R"(}})"},
      {"EntriesOfAMap", "PutItem", R"(Item size has exceeded the maximum allowed size)", item + R"("m":{"M":{)",
       R"("a{}":{"NULL":true})", R"(}}}})"},
      {"ElementsOfAList", "PutItem", R"(Item size has exceeded the maximum allowed size)", item + R"("l":{"L":[)",
       R"({"N":"{}"})", R"(]}}})"},
      {"TextsOfASet", "PutItem", R"(Item size has exceeded the maximum allowed size)", item + R"("s":{"SS":[)",
       R"("t{}")", R"(]}}})"},
      {"NumbersOfASet", "PutItem", R"(Item size has exceeded the maximum allowed size)", item + R"("s":{"NS":[)",
       R"("{}")", R"(]}}})"},
      {"EqualElementsOfASet", "PutItem", R"(Input collection [)", item + R"("s":{"SS":[)", R"("t")", R"(]}}})"},
      {"EqualNames", "PutItem", R"(200 OK)", item, R"("a":{"N":"{}"})", R"(}})"},
      {"Digits", "PutItem", R"(more than 38 significant digits)", item + R"("n":{"N":")", R"(7777777777)", R"("}}})",
       ""},
      {"Escapes", "PutItem", R"(200 OK)", item + R"("s":{"S":")", R"(\u00e9)", R"("}}})", ""},
      {"Levels", "PutItem", R"(SerializationException)", item + R"("l":)", R"({"L":[)", "", ""},
      {"UnknownMembers", "PutItem", R"(200 OK)", R"({"TableName":"things","Item":{"id":{"S":"k"}},)",
       R"("unknown{}":0)", R"(})"},
      {"Values", "UpdateItem", R"(unused in expressions)",
       key + R"("UpdateExpression":"SET a = :v0","ExpressionAttributeValues":{)", R"(":v{}":{"N":"{}"})", R"(}})"},
      {"Names", "UpdateItem", R"(unused in expressions)",
       key + R"("UpdateExpression":"REMOVE #n0","ExpressionAttributeNames":{)", R"("#n{}":"a{}")", R"(}})"},
      {"Clauses", "UpdateItem", R"(Expression size has exceeded)", key + R"("UpdateExpression":"REMOVE )", R"(a{})",
       R"("})"},
      {"Operands", "DeleteItem", R"(Expression size has exceeded)", key + R"("ConditionExpression":"id IN ()", R"(a{})",
       R"_()"})_"},
      {"Parentheses", "DeleteItem", R"(Expression size has exceeded)", key + R"("ConditionExpression":")", R"(()",
       R"("})", ""},
      {"Projected", "GetItem", R"(Expression size has exceeded)", key + R"("ProjectionExpression":")", R"(a{})",
       R"("})"},
      {"AttributesToGet", "GetItem", R"(at 'attributesToGet' failed to satisfy constraint)",
       key + R"("AttributesToGet":[)", R"("a{}")", R"(]})"},
      {"AttributeUpdates", "UpdateItem", R"(Item size to update has exceeded)", key + R"("AttributeUpdates":{)",
       R"("a{}":{"Value":{"N":"{}"}})", R"(}})"},
      {"Expected", "DeleteItem", R"(ConditionalCheckFailedException)", key + R"("Expected":{)",
       R"("a{}":{"Value":{"N":"{}"}})", R"(}})"},
      {"ExpectedOfAny", "DeleteItem", R"(ConditionalCheckFailedException)",
       key + R"("ConditionalOperator":"OR","Expected":{)", R"("x{}":{"ComparisonOperator":"NOT_NULL"})", R"(}})"},
      {"Additions", "UpdateItem", R"(Type mismatch for attribute to update)", key + R"("AttributeUpdates":{)",
       R"("a{}":{"Action":"ADD","Value":{"N":"1"}})", R"(}})"},
      {"Removals", "UpdateItem", R"({"Attributes":{"a0":)",
       key + R"("ReturnValues":"UPDATED_OLD","AttributeUpdates":{)", R"("a{}":{"Action":"DELETE"})", R"(}})"},
      {"ScanFilterOfAny", "Scan", R"({"Count":0,"ScannedCount":101})",
       R"({"TableName":"things","Select":"COUNT","ConditionalOperator":"OR","ScanFilter":{)",
       R"("x{}":{"ComparisonOperator":"NOT_NULL"})", R"(}})"},
      {"ScanFilter", "Scan", R"("Count":100,"ScannedCount":101)", R"({"TableName":"things","ScanFilter":{)",
       R"("a{}":{"ComparisonOperator":"NULL"})", R"(}})"},
      {"ComparedWith", "Scan", R"("Count":0,"ScannedCount":101)",
       R"({"TableName":"things","ScanFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[)", R"({"N":"{}"})",
       R"(]}}})"},
      {"KeyConditions", "Query", R"(Conditions can be of length 1 or 2 only)",
       R"({"TableName":"things","KeyConditions":{)",
       R"("a{}":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]})", R"(}})"},
      {"Keys", "BatchGetItem", R"(less than or equal to 100)", R"({"RequestItems":{"things":{"Keys":[)",
       R"({"id":{"S":"{}"}})", R"(]}}})"},
      {"TablesRead", "BatchGetItem", R"(less than or equal to 100)", R"({"RequestItems":{)",
       R"("things{}":{"Keys":[{"id":{"S":"k"}}]})", R"(}})"},
      {"Writes", "BatchWriteItem", R"(at 'requestItems' failed to satisfy constraint)",
       R"({"RequestItems":{"things":[)", R"({"DeleteRequest":{"Key":{"id":{"S":"{}"}}}})", R"(]}})"},
      {"TablesWritten", "BatchWriteItem", R"(less than or equal to 25)", R"({"RequestItems":{)",
       R"("things{}":[{"DeleteRequest":{"Key":{"id":{"S":"k"}}}}])", R"(}})"},
      {"Actions", "TransactWriteItems", R"(at 'transactItems' failed to satisfy constraint)", R"({"TransactItems":[)",
       R"({"Delete":{"TableName":"things","Key":{"id":{"S":"{}"}}}})", R"(]})"},
      {"Gets", "TransactGetItems", R"(at 'transactItems' failed to satisfy constraint)", R"({"TransactItems":[)",
       R"({"Get":{"TableName":"things","Key":{"id":{"S":"{}"}}}})", R"(]})"},
      {"Definitions", "UpdateTable", R"(At least one of)", R"({"TableName":"things","AttributeDefinitions":[)",
       R"({"AttributeName":"a{}","AttributeType":"S"})", R"(]})"},
      {"Changes", "UpdateTable",
       R"(Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table)",
       R"({"TableName":"things","GlobalSecondaryIndexUpdates":[)", R"({"Delete":{"IndexName":"index{}"}})", R"(]})"},
      {"Indexes", "CreateTable", R"(validation errors detected)",
       R"({"TableName":"more","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[)",
       R"({"IndexName":"i{}","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"a":0}})", R"(]})"},
      {"Tags", "TagResource", R"(Too many tags)",
       R"({"ResourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/things","Tags":[)",
       R"({"Key":"k{}","Value":"v"})", R"(]})"},
      {"TagKeys", "UntagResource", R"(200 OK)",
       R"({"ResourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/things","TagKeys":[)", R"("k{}")", R"(]})"},
  };
}

class RequestSizes : public ServerTest, public ::testing::WithParamInterface<Large> {
 protected:
  // A table with an item of very many attributes, and with some others.
  void SetUp() override {
    call("CreateTable", kTable);
    const std::string item = R"({"TableName":"things","Item":{"id":{"S":"k"},)";
    const Large large{"", "PutItem", "", item, R"("a{}":{"NULL":true})", "}}"};
    ASSERT_EQ(body_of(call("PutItem", large.body(std::min(kMany, 40'000)))), "{}");
    for (int i = 0; i < 100; ++i) {
      call("PutItem", fmt::format(R"({{"TableName":"things","Item":{{"id":{{"S":"{}"}}}}}})", i));
    }
  }
};

TEST_P(RequestSizes, AreAnsweredInTheirTime) {
  const std::string response = call(GetParam().operation, GetParam().body(kMany));
  EXPECT_NE(response.find(GetParam().answer), std::string::npos) << response.substr(0, 1000);
  Client another(server_->port(0));
  EXPECT_TRUE(another.exchange(api_request("ListTables", "{}")).starts_with("HTTP/1.1 200"));
}

INSTANTIATE_TEST_SUITE_P(Many, RequestSizes, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace mrgc::server::testing
