#include "server_test.h"

#include <fmt/format.h>

#include <optional>
#include <regex>
#include <stdexcept>

#include "server/content_coding.h"
#include "support/intercepted_store.h"

namespace mrgc::server::testing {
namespace {

TEST_F(ServerTest, AnItemComesBackAsItWent) {
  EXPECT_NE(call("CreateTable", kTable).find(R"("TableStatus":"CREATING")"), std::string::npos);
  const std::string item =
      R"({"all":{"M":{"b":{"B":"AP8="},"n":{"N":"-1.5"},"s":{"SS":["a","b"]}}},"id":{"S":"é\n\"x"},)"
      R"("l":{"L":[{"NULL":true},{"BOOL":false}]}})";
  EXPECT_EQ(body_of(call("PutItem", R"({"TableName":"things","Item":)" + item + "}")), "{}");
  EXPECT_EQ(body_of(call("GetItem", R"({"TableName":"things","Key":{"id":{"S":"é\n\"x"}},"ConsistentRead":true})")),
            R"({"Item":)" + item + "}");
}

TEST_F(ServerTest, EveryAnswerHasItsHeaders) {
  const std::string response = call("ListTables", "{}");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(response.find("Content-Type: application/x-amz-json-1.0\r\n"), std::string::npos);
  EXPECT_NE(response.find("x-amz-crc32: " + std::to_string(crc32_of(body_of(response)))), std::string::npos);
  const std::size_t id = response.find("x-amzn-RequestId: ");
  ASSERT_NE(id, std::string::npos);
  EXPECT_EQ(response.find("\r\n", id) - id, 18 + 52);
}

TEST_F(ServerTest, WrongRequestsAreToldWhatIsWrong) {
  const auto refusal = [&](std::string_view request) {
    const std::string response = client_->exchange(request);
    EXPECT_TRUE(response.starts_with("HTTP/1.1 4")) << response;
    return body_of(response);
  };
  EXPECT_EQ(refusal(api_request("ListTables", "{bad")),
            R"({"__type":"com.amazon.coral.service#SerializationException"})");
  EXPECT_EQ(refusal(api_request("Nothing", "{}")),
            R"({"__type":"com.amazon.coral.service#UnknownOperationException"})");
  EXPECT_EQ(
      refusal(api_request("GetItem", R"({"TableName":1})")),
      R"({"__type":"com.amazon.coral.service#SerializationException","Message":"NUMBER_VALUE cannot be converted to String"})");
  EXPECT_EQ(refusal("POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
            "<UnknownOperationException/>\n");
  EXPECT_NE(
      client_->exchange("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").find("Content-Type: application/json\r\n"),
      std::string::npos);
  EXPECT_NE(refusal(api_request("GetItem", R"({"TableName":"none","Key":{"id":{"S":"a"}}})")).find("ResourceNotFound"),
            std::string::npos);
}

TEST_F(ServerTest, ATablesArnMayStandForItsName) {
  call("CreateTable", kTable);
  const std::string arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/things";
  // A request with `@` where the ARN goes.
  const auto by_arn = [&](std::string_view operation, std::string request) {
    for (std::size_t at = request.find('@'); at != std::string::npos; at = request.find('@'))
      request.replace(at, 1, arn);
    return body_of(call(operation, request));
  };
  const std::string a = R"({"id":{"S":"a"}})";
  const std::string capacity = R"("ConsumedCapacity":{"TableName":")" + arn + R"(","CapacityUnits":)";
  EXPECT_EQ(by_arn("PutItem", R"({"TableName":"@","ReturnConsumedCapacity":"TOTAL","Item":)" + a + "}"),
            "{" + capacity + "1.0}}");
  EXPECT_EQ(by_arn("GetItem", R"({"TableName":"@","ReturnConsumedCapacity":"TOTAL","Key":)" + a + "}"),
            R"({"Item":)" + a + "," + capacity + "0.5}}");
  EXPECT_EQ(by_arn("Scan", R"({"TableName":"@","Select":"COUNT"})"), R"({"Count":1,"ScannedCount":1})");
  EXPECT_EQ(by_arn("BatchGetItem", R"({"RequestItems":{"@":{"Keys":[)" + a + "]}}}"),
            R"({"Responses":{")" + arn + R"(":[)" + a + R"(]},"UnprocessedKeys":{}})");
  EXPECT_EQ(by_arn("BatchWriteItem", R"({"RequestItems":{"@":[{"DeleteRequest":{"Key":)" + a + "}}]}}"),
            R"({"UnprocessedItems":{}})");
  EXPECT_EQ(by_arn("TransactWriteItems", R"({"TransactItems":[{"Put":{"TableName":"@","Item":)" + a + "}}]}"), "{}");
  EXPECT_EQ(by_arn("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"@","Key":)" + a + "}}]}"),
            R"({"Responses":[{"Item":)" + a + "}]}");
  EXPECT_NE(by_arn("DescribeTable", R"({"TableName":"@"})").find(R"("TableName":"things")"), std::string::npos);
  EXPECT_NE(by_arn("DeleteTable", R"({"TableName":"@"})").find(R"("TableName":"things")"), std::string::npos);
  EXPECT_NE(by_arn("DescribeTable", R"({"TableName":"@"})").find("Table: things not found"), std::string::npos);
}

// As a transaction that reads an item of which the projection leaves nothing: DynamoDB answers as if there were none.
TEST_F(ServerTest, ATransactionGivesNoEmptyItem) {
  call("CreateTable", kTable);
  call("PutItem", R"({"TableName":"things","Item":{"id":{"S":"a"}}})");
  EXPECT_EQ(body_of(call("TransactGetItems", R"({"TransactItems":[{"Get":{"TableName":"things","Key":{"id":{"S":"a"}},)"
                                             R"("ProjectionExpression":"absent"}}]})")),
            R"({"Responses":[{}]})");
  EXPECT_NE(body_of(call("TransactWriteItems", R"({"TransactItems":[{}]})"))
                .find("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"),
            std::string::npos);
}

// Some errors have it as `Message`, others as `message`: clients read one of them (the service's model; of conditions,
// as measured).
TEST_F(ServerTest, MessagesAreNamedAsClientsReadThem) {
  call("CreateTable", kTable);
  call("PutItem", R"({"TableName":"things","Item":{"id":{"S":"a"}}})");
  const auto refusal = [&](std::string_view operation, std::string_view members) {
    return body_of(call(operation, fmt::format("{{{}}}", members)));
  };
  const std::string again = R"("TableName":"things","Item":{"id":{"S":"a"}},"ConditionExpression":"id = :v",)"
                            R"("ExpressionAttributeValues":{":v":{"S":"b"}})";
  const std::string failed = R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)";
  EXPECT_EQ(refusal("PutItem", again), failed + R"("message":"The conditional request failed"})");
  EXPECT_EQ(refusal("PutItem", again + R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")"),
            failed + R"("Message":"The conditional request failed","Item":{"id":{"S":"a"}}})");
  const auto with_token = [&](std::string_view id) {
    return refusal("TransactWriteItems",
                   fmt::format(R"("ClientRequestToken":"t","TransactItems":[{{"Put":{{"TableName":"things",)"
                               R"("Item":{{"id":{{"S":"{}"}}}}}}}}])",
                               id));
  };
  EXPECT_EQ(with_token("b"), "{}");
  EXPECT_TRUE(with_token("c").starts_with(
      R"({"__type":"com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException","Message":"The provided)"));
}

// Requests on single items are refused then.
TEST_F(ServerTest, TransactionsDoNotMindNamesWithoutAnExpression) {
  call("CreateTable", kTable);
  const std::string names = R"(,"ExpressionAttributeNames":{"#n":"foo"})";
  const std::string item = R"({"TableName":"things","Item":{"id":{"S":"a"}})";
  EXPECT_NE(body_of(call("PutItem", item + names + "}")).find("can only be specified when using expressions"),
            std::string::npos);
  EXPECT_EQ(body_of(call("TransactWriteItems", R"({"TransactItems":[{"Put":)" + item + names +
                                                   R"(,"ExpressionAttributeValues":{":v":{"N":"1"}}}}]})")),
            "{}");
  EXPECT_EQ(body_of(call("TransactGetItems",
                         R"({"TransactItems":[{"Get":{"TableName":"things","Key":{"id":{"S":"a"}})" + names + "}}]}")),
            R"({"Responses":[{"Item":{"id":{"S":"a"}}}]})");
}

// What older parameters say is no expression to AWS: it may be longer than any, and may compare with more values.
TEST_F(ServerTest, OlderParametersMayBeMany) {
  call("CreateTable", kTable);
  const std::string key = R"({"TableName":"things","Key":{"id":{"S":"k"}},)";
  // Of the attributes a0 to a`count - 1`, each with its number; the last one with another where that is given.
  const auto each = [](int count, std::string_view format, std::string_view last = {}) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string number = i == count - 1 && !last.empty() ? std::string(last) : std::to_string(i);
      text += fmt::format(fmt::runtime(format), i == 0 ? "" : ",", i, number);
    }
    return text;
  };
  const std::string_view update = R"({}"a{}":{{"Value":{{"N":"{}"}}}})";
  const std::string_view compared = R"({}"a{}":{{"ComparisonOperator":"GE","AttributeValueList":[{{"N":"{}"}}]}})";
  const std::string_view contained =
      R"({}"a{}":{{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{{"N":"{}"}}]}})";
  EXPECT_EQ(body_of(call("UpdateItem", key + R"("AttributeUpdates":{)" + each(1000, update) + "}}")), "{}");
  // Whether it was done; nothing when it was refused for anything but a condition.
  const auto done = [&](std::string_view operation, const std::string& members) -> std::optional<bool> {
    const std::string response = call(operation, key + members + "}");
    if (response.starts_with("HTTP/1.1 200")) return true;
    return response.find("#ConditionalCheckFailedException") != std::string::npos ? std::optional(false) : std::nullopt;
  };
  for (const int count : {1, 2, 3, 4, 5, 7, 9, 17, 1000}) {
    const std::string any = count > 1 ? R"("ConditionalOperator":"OR",)" : "";
    EXPECT_EQ(done("UpdateItem", R"("Expected":{)" + each(count, compared) + "}"), true) << count;
    EXPECT_EQ(done("DeleteItem", R"("Expected":{)" + each(count, compared, "1000") + "}"), false) << count;
    EXPECT_EQ(done("UpdateItem", any + R"("Expected":{)" + each(count, compared, "1000") + "}"), count > 1) << count;
    EXPECT_EQ(done("UpdateItem", R"("Expected":{)" + each(count, contained) + "}"), true) << count;
    const std::string filtered = R"({"TableName":"things","Select":"COUNT","ScanFilter":{)";
    EXPECT_EQ(body_of(call("Scan", filtered + each(count, compared) + "}}")), R"({"Count":1,"ScannedCount":1})");
    EXPECT_EQ(body_of(call("Scan", filtered + each(count, compared, "1000") + "}}")),
              R"({"Count":0,"ScannedCount":1})");
    const std::string in = R"("a999":{"ComparisonOperator":"IN","AttributeValueList":[)";
    EXPECT_EQ(body_of(call("Scan", filtered + in + each(count, R"({0}{{"N":"{2}"}})") + "]}}}")),
              fmt::format(R"({{"Count":{},"ScannedCount":1}})", count == 1000 ? 1 : 0));
  }
  EXPECT_EQ(done("UpdateItem", R"("AttributeUpdates":{)" + each(1000, R"({}"a{}":{{"Action":"DELETE"}})") + "}"), true);
  EXPECT_EQ(body_of(call("GetItem", R"({"TableName":"things","Key":{"id":{"S":"k"}}})")),
            R"({"Item":{"id":{"S":"k"}}})");
  EXPECT_NE(body_of(call("UpdateItem",
                         key + R"("AttributeUpdates":{")" + std::string(65'536, 'a') + R"(":{"Value":{"N":"1"}}}})"))
                .find("Attribute name is too large, must be less than 65536 bytes\""),
            std::string::npos);
}

TEST_F(ServerTest, ATableInTheMakingSaysSoOfItsIndexes) {
  const std::string made = body_of(
      call("CreateTable",
           R"({"TableName":"more","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
           R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",)"
           R"("GlobalSecondaryIndexes":[{"IndexName":"i-1","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],)"
           R"("Projection":{"ProjectionType":"ALL"}}]})"));
  EXPECT_NE(made.find(R"("IndexStatus":"CREATING","ProvisionedThroughput")"), std::string::npos) << made;
  EXPECT_TRUE(std::regex_search(
      made, std::regex(R"("TableId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")")))
      << made;
  const std::string described = body_of(call("DescribeTable", R"({"TableName":"more"})"));
  EXPECT_NE(described.find(R"("IndexStatus":"ACTIVE")"), std::string::npos) << described;
}

// `AttributeUpdates` is limited by the item alone, `UpdateExpression` by what it says, too.
TEST_F(ServerTest, TheLargestItemComesOfAnOlderUpdate) {
  call("CreateTable", kTable);
  const std::string value(400 * 1024 - 4, 'x');  // of an item with the key `id` of one letter and the attribute `a`
  const std::string key = R"({"TableName":"things","Key":{"id":{"S":"k"}},)";
  EXPECT_EQ(body_of(call("UpdateItem", key + R"("AttributeUpdates":{"a":{"Value":{"S":")" + value + R"("}}}})")), "{}");
  EXPECT_NE(
      body_of(call("UpdateItem", key + R"("UpdateExpression":"SET a = :a","ExpressionAttributeValues":{":a":{"S":")" +
                                     value + R"("}}})"))
          .find("Item size to update has exceeded the maximum allowed size"),
      std::string::npos);
}

// What is asked of a table by its name and by its ARN in one batch is asked of one table, and all of it is done.
TEST_F(ServerTest, ABatchMayNameATableBothWays) {
  call("CreateTable", kTable);
  const std::string arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/things";
  const auto put = [](std::string_view id) {
    return fmt::format(R"([{{"PutRequest":{{"Item":{{"id":{{"S":"{}"}}}}}}}}])", id);
  };
  const auto keys = [](std::string_view id) {
    return fmt::format(R"({{"Keys":[{{"id":{{"S":"{}"}}}},{{"id":{{"S":"both"}}}}]}})", id);
  };
  EXPECT_EQ(body_of(call("BatchWriteItem",
                         fmt::format(R"({{"RequestItems":{{"{}":{},"things":{}}}}})", arn, put("a"), put("b")))),
            R"({"UnprocessedItems":{}})");
  call("PutItem", R"({"TableName":"things","Item":{"id":{"S":"both"}}})");
  EXPECT_EQ(body_of(call("BatchGetItem",
                         fmt::format(R"({{"RequestItems":{{"{}":{},"things":{}}}}})", arn, keys("a"), keys("b")))),
            fmt::format(R"({{"Responses":{{"{}":[{{"id":{{"S":"a"}}}},{{"id":{{"S":"both"}}}},{{"id":{{"S":"b"}}}}]}},)"
                        R"("UnprocessedKeys":{{}}}})",
                        arn));
  // As every name's, its last member counts.
  EXPECT_EQ(body_of(call("BatchGetItem",
                         fmt::format(R"({{"RequestItems":{{"things":{},"things":{}}}}})", keys("a"), keys("none")))),
            R"({"Responses":{"things":[{"id":{"S":"both"}}]},"UnprocessedKeys":{}})");
  const std::string other = R"({"Keys":[{"id":{"S":"a"}}],"ConsistentRead":true})";
  EXPECT_NE(
      body_of(call("BatchGetItem", fmt::format(R"({{"RequestItems":{{"things":{},"{}":{}}}}})", keys("a"), arn, other)))
          .find("What is read of a table that is named by its name and by its ARN must not differ"),
      std::string::npos);
}

// Members that an operation does not have can be anything, and mean nothing.
TEST_F(ServerTest, TablesAreOnlyWhereAnOperationNamesThem) {
  call("CreateTable", kTable);
  call("PutItem", R"({"TableName":"things","Item":{"id":{"S":"a"}}})");
  std::string many = "[1";
  for (int i = 0; i < 100; ++i) many += ",1";
  many += "]";
  const std::string text = '"' + std::string(1 << 20, 'a') + '"';
  const std::string arn = R"("arn:aws:dynamodb:us-east-1:123456789012:table/things")";
  for (const std::string& value : {many, text, arn, std::string("1"), std::string("null"), std::string("{}")}) {
    for (const char* member : {"TableName", "RequestItems", "TransactItems"}) {
      const std::string added = fmt::format(R"("{}":{})", member, value);
      EXPECT_EQ(body_of(call("ListTables", "{" + added + "}")), R"({"TableNames":["things"]})");
    }
    EXPECT_EQ(body_of(call("GetItem", R"({"TableName":"things","Key":{"id":{"S":"a"}},"RequestItems":)" + value +
                                          R"(,"TransactItems":)" + value + "}")),
              R"({"Item":{"id":{"S":"a"}}})");
    EXPECT_EQ(body_of(call("BatchGetItem", R"({"RequestItems":{"things":{"Keys":[{"id":{"S":"a"}}],"TableName":)" +
                                               value + R"(}},"TableName":)" + value + "}")),
              R"({"Responses":{"things":[{"id":{"S":"a"}}]},"UnprocessedKeys":{}})");
    EXPECT_EQ(body_of(call("TransactWriteItems",
                           R"({"TransactItems":[{"Put":{"TableName":"things","Item":{"id":{"S":"b"}}},"Delete":null,)"
                           R"("Foo":)" +
                               value + R"(,"Bar":{"TableName":)" + value + R"(}}]})")),
              "{}");
    EXPECT_EQ(
        body_of(call("TransactGetItems",
                     R"({"TransactItems":[{"Get":{"TableName":"things","Key":{"id":{"S":"a"}}},"Foo":{"TableName":)" +
                         value + R"(}}],"TableName":)" + value + "}")),
        R"({"Responses":[{"Item":{"id":{"S":"a"}}}]})");
  }
}

TEST_F(ServerTest, OtherArnsAreNoTablesOfThisPlace) {
  call("CreateTable", kTable);
  const auto refusal = [&](std::string_view arn) {
    return body_of(call("GetItem", fmt::format(R"({{"TableName":"{}","Key":{{"id":{{"S":"a"}}}}}})", arn)));
  };
  for (const std::string& arn : std::vector<std::string>{
           "arn:aws:dynamodb:eu-west-1:123456789012:table/things/index/i", "arn:aws:dynamodb:eu-west-1:0:stream/things",
           "arn:aws:dynamodb:us-east-1:123456789012:table/things", "arn:aws:s3:eu-west-1:123456789012:table/things",
           "arn:aws:dynamodb:eu-west-1:" + std::string(1 << 20, '1') + ":table/things",
           "arn:", "arn:aws:dynamodb:", "arn:aws:dynamodb:eu-west-1:123456789012:table/"}) {
    EXPECT_NE(refusal(arn).find("ValidationException"), std::string::npos) << refusal(arn);
  }
  const std::string foreign = "arn:aws:dynamodb:eu-west-1:111111111111:table/things";
  EXPECT_NE(refusal(foreign).find("AccessDeniedException"), std::string::npos);
  EXPECT_NE(
      refusal(foreign).find("User: arn:aws:iam::123456789012:root is not authorized to perform: dynamodb:GetItem on "
                            "resource: " +
                            foreign + " because no resource-based policy allows the dynamodb:GetItem action"),
      std::string::npos);
  EXPECT_NE(refusal("arn:aws:dynamodb:eu-west-1:123456789012:table/none").find("ResourceNotFoundException"),
            std::string::npos);
  EXPECT_NE(body_of(call("BatchGetItem", R"({"RequestItems":{"arn:aws:dynamodb:us-east-1:123456789012:table/things":)"
                                         R"({"Keys":[{"id":{"S":"a"}}]}}})"))
                .find("Invalid TableArn: arn:aws:dynamodb:us-east-1:123456789012:table/things is of another region "
                      "than this endpoint, eu-west-1"),
            std::string::npos);
  EXPECT_NE(
      body_of(call("TransactGetItems",
                   R"({"TransactItems":[{"Get":{"TableName":"arn:aws:dynamodb:us-east-1:123456789012:table/things",)"
                   R"("Key":{"id":{"S":"a"}}}}]})"))
          .find("is of another region"),
      std::string::npos);
}

TEST_F(ServerTest, DeepJsonIsRefusedAndNotFollowed) {
  for (const std::string_view open : {"[", "{\"a\":", "{\"L\":["}) {
    std::string body;
    for (int i = 0; i < 100'000; ++i) body += open;
    EXPECT_NE(call("PutItem", body).find("SerializationException"), std::string::npos);
  }
}

TEST_F(ServerTest, TheHealthOfDynamoDB) {
  EXPECT_EQ(body_of(client_->exchange("GET / HTTP/1.1\r\n\r\n")), "healthy: dynamodb.eu-west-1.amazonaws.com ");
}

TEST_F(ServerTest, OnlyTheRootTellsOfHealth) {
  EXPECT_EQ(body_of(client_->exchange("GET /?a=b HTTP/1.1\r\n\r\n")), "healthy: dynamodb.eu-west-1.amazonaws.com ");
  for (const char* path : {"/health", "/-", "//", "/index.html"}) {
    EXPECT_TRUE(client_->exchange(fmt::format("GET {} HTTP/1.1\r\n\r\n", path)).starts_with("HTTP/1.1 404 ")) << path;
  }
}

TEST_F(ServerTest, BrowsersMayAsk) {
  const std::string preflight = client_->exchange(
      "OPTIONS / HTTP/1.1\r\nOrigin: http://a\r\nAccess-Control-Request-Headers: x-amz-target\r\n\r\n");
  EXPECT_NE(preflight.find("Access-Control-Allow-Origin: *"), std::string::npos);
  EXPECT_NE(preflight.find("Access-Control-Expose-Headers: x-amzn-RequestId"), std::string::npos);
  EXPECT_NE(preflight.find("Access-Control-Allow-Headers: x-amz-target"), std::string::npos);
  EXPECT_NE(call("ListTables", "{}", "Origin: http://a\r\n").find("Access-Control-Allow-Origin: *"), std::string::npos);
}

TEST_F(ServerTest, BodiesMayBePacked) {
  const std::string packed = pack("{}", Coding::kGzip);
  EXPECT_EQ(body_of(call("ListTables", packed, "Content-Encoding: gzip\r\n")), R"({"TableNames":[]})");
  EXPECT_NE(call("ListTables", packed.substr(0, 10), "Content-Encoding: gzip\r\n").find("SerializationException"),
            std::string::npos);
  EXPECT_NE(call("ListTables", pack(std::string(32 << 20, ' '), Coding::kGzip), "Content-Encoding: gzip\r\n")
                .find("SerializationException"),
            std::string::npos);

  call("CreateTable", kTable);
  call("PutItem", R"({"TableName":"things","Item":{"id":{"S":"a"},"v":{"S":")" + std::string(10'000, 'v') + R"("}}})");
  const std::string response = call("Scan", R"({"TableName":"things"})", "Accept-Encoding: gzip\r\n");
  EXPECT_NE(response.find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_NE(response.find("x-amz-crc32: " + std::to_string(crc32_of(body_of(response)))), std::string::npos);
  EXPECT_NE(unpack(body_of(response), Coding::kGzip, 1 << 20).value().find("vvvvvvvv"), std::string::npos);
}

TEST_F(ServerTest, ThePortForOperators) {
  call("ListTables", "{}");
  Client admin(server_->admin_port());
  EXPECT_EQ(body_of(admin.exchange("GET /healthz HTTP/1.1\r\n\r\n")), "ok\n");
  EXPECT_NE(admin.exchange("GET /metrics HTTP/1.1\r\n\r\n")
                .find(R"(mrgc_requests_total{operation="ListTables",region="eu-west-1",table=""} 1)"),
            std::string::npos);
  EXPECT_TRUE(admin.exchange("GET /other HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
  trouble_ = "the disk is full";
  const std::string sick = admin.exchange("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(sick.starts_with("HTTP/1.1 503"));
  EXPECT_EQ(body_of(sick), "eu-west-1: the disk is full\n");
}

TEST_F(ServerTest, AFaultOfOursFailsItsRequestAlone) {
  store::InterceptedStore broken(*store_);
  ServerOptions options;
  options.admin_port = 0;
  options.regions.push_back({.name = "eu-west-1", .port = 0, .store = &broken});
  const auto server = Server::start(std::move(options)).value();
  Client client(server->port(0));
  broken.intercept([](std::string_view, const std::string&) -> std::optional<Error> {
    throw std::logic_error("nobody thought of this");
  });
  const std::string response = client.exchange(api_request("ListTables", "{}"));
  EXPECT_TRUE(response.starts_with("HTTP/1.1 500")) << response;
  EXPECT_EQ(body_of(response),
            R"({"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"Internal server error"})");
  broken.pass();
  EXPECT_EQ(body_of(client.exchange(api_request("ListTables", "{}"))), R"({"TableNames":[]})");
}

}  // namespace
}  // namespace mrgc::server::testing
