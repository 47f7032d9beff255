#include <cstdint>
#include <vector>

#include "server_test.h"
#include "support/sanitizers.h"

// Requests of megabytes that hold very many of what others have few of. What is done with them must take time of their
// size, not of its square: then each takes a second or two, where the client waits for 20, and otherwise minutes.
namespace mrgc::server::testing {
namespace {

constexpr int kMany = mrgc::testing::kSanitized ? 30'000 : 150'000;

/// A request of `operation` that repeats something: with a number in the place of each `{}`.
struct Large {
  std::string name;
  std::string operation;
  std::string before;
  std::string element;
  std::string after;
  std::string separator = ",";

  std::string body() const {
    constexpr std::int64_t kStride = 7919;  // a prime, so that each number comes, in an order unlike that of the texts
    std::string text = before;
    for (int i = 0; i < kMany; ++i) {
      if (i > 0) text += separator;
      const std::string number = std::to_string(i * kStride % kMany);
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
      {"Attributes", "PutItem", item, R"("a{}":{"N":"{}"})", R"(}})"},
      {"EntriesOfAMap", "PutItem", item + R"("m":{"M":{)", R"("a{}":{"NULL":true})", R"(}}}})"},
      {"ElementsOfAList", "PutItem", item + R"("l":{"L":[)", R"({"N":"{}"})", R"(]}}})"},
      {"TextsOfASet", "PutItem", item + R"("s":{"SS":[)", R"("t{}")", R"(]}}})"},
      {"NumbersOfASet", "PutItem", item + R"("s":{"NS":[)", R"("{}")", R"(]}}})"},
      {"EqualElementsOfASet", "PutItem", item + R"("s":{"SS":[)", R"("t")", R"(]}}})"},
      {"EqualNames", "PutItem", item, R"("a":{"N":"{}"})", R"(}})"},
      {"Digits", "PutItem", item + R"("n":{"N":")", R"(7777777777)", R"("}}})", ""},
      {"Escapes", "PutItem", item + R"("s":{"S":")", R"(\u00e9)", R"("}}})", ""},
      {"Levels", "PutItem", item + R"("l":)", R"({"L":[)", "", ""},
      {"UnknownMembers", "PutItem", R"({"TableName":"things","Item":{"id":{"S":"k"}},)", R"("unknown{}":0)", R"(})"},
      {"Values", "UpdateItem", key + R"("UpdateExpression":"SET a = :v0","ExpressionAttributeValues":{)",
       R"(":v{}":{"N":"{}"})", R"(}})"},
      {"Names", "UpdateItem", key + R"("UpdateExpression":"REMOVE #n0","ExpressionAttributeNames":{)",
       R"("#n{}":"a{}")", R"(}})"},
      {"Clauses", "UpdateItem", key + R"("UpdateExpression":"REMOVE )", R"(a{})", R"("})"},
      {"Operands", "DeleteItem", key + R"("ConditionExpression":"id IN ()", R"(a{})", R"_()"})_"},
      {"Parentheses", "DeleteItem", key + R"("ConditionExpression":")", R"(()", R"("})", ""},
      {"Projected", "GetItem", key + R"("ProjectionExpression":")", R"(a{})", R"("})"},
      {"AttributesToGet", "GetItem", key + R"("AttributesToGet":[)", R"("a{}")", R"(]})"},
      {"AttributeUpdates", "UpdateItem", key + R"("AttributeUpdates":{)", R"("a{}":{"Value":{"N":"{}"}})", R"(}})"},
      {"Expected", "DeleteItem", key + R"("Expected":{)", R"("a{}":{"Value":{"N":"{}"}})", R"(}})"},
      {"ScanFilter", "Scan", R"({"TableName":"things","ScanFilter":{)", R"("a{}":{"ComparisonOperator":"NULL"})",
       R"(}})"},
      {"ComparedWith", "Scan",
       R"({"TableName":"things","ScanFilter":{"a":{"ComparisonOperator":"IN","AttributeValueList":[)", R"({"N":"{}"})",
       R"(]}}})"},
      {"KeyConditions", "Query", R"({"TableName":"things","KeyConditions":{)",
       R"("a{}":{"ComparisonOperator":"EQ","AttributeValueList":[{"N":"1"}]})", R"(}})"},
      {"Keys", "BatchGetItem", R"({"RequestItems":{"things":{"Keys":[)", R"({"id":{"S":"{}"}})", R"(]}}})"},
      {"TablesRead", "BatchGetItem", R"({"RequestItems":{)", R"("things{}":{"Keys":[{"id":{"S":"k"}}]})", R"(}})"},
      {"Writes", "BatchWriteItem", R"({"RequestItems":{"things":[)", R"({"DeleteRequest":{"Key":{"id":{"S":"{}"}}}})",
       R"(]}})"},
      {"TablesWritten", "BatchWriteItem", R"({"RequestItems":{)",
       R"("things{}":[{"DeleteRequest":{"Key":{"id":{"S":"k"}}}}])", R"(}})"},
      {"Actions", "TransactWriteItems", R"({"TransactItems":[)",
       R"({"Delete":{"TableName":"things","Key":{"id":{"S":"{}"}}}})", R"(]})"},
      {"Gets", "TransactGetItems", R"({"TransactItems":[)", R"({"Get":{"TableName":"things","Key":{"id":{"S":"{}"}}}})",
       R"(]})"},
      {"Definitions", "UpdateTable", R"({"TableName":"things","AttributeDefinitions":[)",
       R"({"AttributeName":"a{}","AttributeType":"S"})", R"(]})"},
      {"Changes", "UpdateTable", R"({"TableName":"things","GlobalSecondaryIndexUpdates":[)",
       R"({"Delete":{"IndexName":"index{}"}})", R"(]})"},
      {"Indexes", "CreateTable",
       R"({"TableName":"more","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[)",
       R"({"IndexName":"i{}","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}})",
       R"(]})"},
      {"Tags", "TagResource", R"({"ResourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/things","Tags":[)",
       R"({"Key":"k{}","Value":"v"})", R"(]})"},
      {"TagKeys", "UntagResource",
       R"({"ResourceArn":"arn:aws:dynamodb:eu-west-1:123456789012:table/things","TagKeys":[)", R"("k{}")", R"(]})"},
  };
}

class RequestSizes : public ServerTest, public ::testing::WithParamInterface<Large> {};

TEST_P(RequestSizes, AreAnsweredInTheirTime) {
  call("CreateTable", kTable);
  const std::string response = call(GetParam().operation, GetParam().body());
  EXPECT_TRUE(response.starts_with("HTTP/1.1 4") || response.starts_with("HTTP/1.1 200")) << response.substr(0, 1000);
  Client another(server_->port(0));
  EXPECT_TRUE(another.exchange(api_request("ListTables", "{}")).starts_with("HTTP/1.1 200"));
}

INSTANTIATE_TEST_SUITE_P(Many, RequestSizes, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace mrgc::server::testing
