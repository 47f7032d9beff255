#include "protocol/shape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/batch_requests.h"
#include "protocol/item_requests.h"
#include "protocol/page_requests.h"
#include "protocol/request_shapes.h"
#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

std::string types_of(Operation operation, std::string_view text) {
  return message_of(check_types(Parsed(text).root(), request_shape(operation)));
}
std::string constraints_of(Operation operation, std::string_view text) {
  return message_of(check_constraints(Parsed(text).root(), request_shape(operation)));
}

TEST(Shape, ChecksJsonTypes) {
  EXPECT_EQ(types_of(Operation::kGetItem, R"({"TableName":1})"), "NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(types_of(Operation::kGetItem, R"({"TableName":[]})"),
            "Unrecognized collection type class java.lang.String");
  EXPECT_EQ(types_of(Operation::kGetItem, R"({"Key":"a"})"), "Unexpected field type");
  EXPECT_EQ(types_of(Operation::kGetItem, R"({"Key":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(types_of(Operation::kScan, R"({"Limit":"1"})"), "STRING_VALUE cannot be converted to Integer");
  EXPECT_EQ(types_of(Operation::kGetItem, R"({"NoSuchMember":1})"), "no error");
}

// What AWS says of wrong JSON types, as measured.
TEST(Shape, SaysOfEachTypeWhatItIsNot) {
  const std::string map =
      "Unrecognized collection type java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>";
  const std::string structure = "Start of structure or map found where not expected";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"TableName":true})", "TRUE_VALUE cannot be converted to String"},
      {R"({"TableName":false})", "FALSE_VALUE cannot be converted to String"},
      {R"({"TableName":1.5})", "DECIMAL_VALUE cannot be converted to String"},
      {R"({"TableName":{}})", structure},
      {R"({"TableName":null})", "no error"},
      {R"({"ConsistentRead":1})", "NUMBER_VALUE cannot be converted to Boolean"},
      {R"({"ConsistentRead":1.5})", "DECIMAL_VALUE cannot be converted to Boolean"},
      {R"({"ConsistentRead":"maybe"})", "Unexpected token received from parser"},
      {R"({"ConsistentRead":[]})", "Unrecognized collection type class java.lang.Boolean"},
      {R"({"ConsistentRead":{}})", structure},
      {R"({"Limit":true})", "TRUE_VALUE cannot be converted to Integer"},
      {R"({"Limit":[]})", "Unrecognized collection type class java.lang.Integer"},
      {R"({"Limit":{}})", structure},
      {R"({"AttributesToGet":"a"})", "Unexpected field type"},
      {R"({"AttributesToGet":{}})", structure},
      {R"({"AttributesToGet":[1]})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"ExclusiveStartKey":1})", "Unexpected field type"},
      {R"({"ExclusiveStartKey":[]})", map},
      {R"({"ExclusiveStartKey":{"a":1}})", "Unexpected value type in payload"},
      {R"({"ExclusiveStartKey":{"a":[]}})",
       "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
      {R"({"ExclusiveStartKey":{"a":{"S":1}}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"ExclusiveStartKey":{"a":{"N":1}}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"ExclusiveStartKey":{"a":{"B":1}}})", "only base-64-encoded strings are convertible to bytes"},
      {R"({"ExclusiveStartKey":{"a":{"SS":"a"}}})", "Unexpected field type"},
      {R"({"ExclusiveStartKey":{"a":{"L":{}}}})", structure},
      {R"({"ExclusiveStartKey":{"a":{"L":[1]}}})", "Unexpected value type in payload"},
      {R"({"ExclusiveStartKey":{"a":{"M":[]}}})", map},
      {R"({"ExpressionAttributeNames":{"#a":1}})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"ExpressionAttributeNames":[]})",
       "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"},
      {R"({"ScanFilter":{"a":{"AttributeValueList":{}}}})", structure},
      {R"({"ScanFilter":{"a":1}})", "Unexpected value type in payload"},
      {R"({"ScanFilter":{"a":[]}})", "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Condition"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(types_of(Operation::kScan, text), message) << text;
  // A structure in a structure, and what is deeper than AWS's reader knows names for.
  EXPECT_EQ(types_of(Operation::kUpdateTable, R"({"ProvisionedThroughput":1})"), "Unexpected field type");
  EXPECT_EQ(types_of(Operation::kPutItem, R"({"Expected":{"a":{"Value":"b"}}})"), "Unexpected field type");
  const std::string no_class =
      "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
      "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
      "loader 'bootstrap')";
  EXPECT_EQ(types_of(Operation::kBatchGetItem, R"({"RequestItems":{"a":{"Keys":[1]}}})"), no_class);
  EXPECT_EQ(types_of(Operation::kBatchWriteItem, R"({"RequestItems":{"a":"b"}})"), no_class);
  EXPECT_EQ(types_of(Operation::kBatchWriteItem, R"({"RequestItems":[]})"),
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>");
}

TEST(Shape, ListsTheConstraintsThatAreNotMet) {
  EXPECT_EQ(constraints_of(Operation::kUpdateTable, R"({"TableName":"ab"})"),
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 3");
  EXPECT_EQ(
      constraints_of(Operation::kGetItem, R"({"TableName":"a;c"})"),
      "2 validation errors detected: Value 'a;c' at 'tableName' failed to satisfy constraint: Member must satisfy "
      "regular expression pattern: [a-zA-Z0-9_.-]+; Value null at 'key' failed to satisfy constraint: Member must "
      "not be null");
  EXPECT_EQ(
      constraints_of(Operation::kScan, R"({"Limit":0,"Select":"ALL"})"),
      "3 validation errors detected: Value 'ALL' at 'select' failed to satisfy constraint: Member must satisfy enum "
      "value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]; Value null at "
      "'tableName' failed to satisfy constraint: Member must not be null; Value '0' at 'limit' failed to satisfy "
      "constraint: Member must have value greater than or equal to 1");
  EXPECT_EQ(constraints_of(Operation::kListTables, R"({"Limit":101,"ExclusiveStartTableName":"a"})"),
            "2 validation errors detected: Value 'a' at 'exclusiveStartTableName' failed to satisfy constraint: Member "
            "must have length greater than or equal to 3; Value '101' at 'limit' failed to satisfy constraint: Member "
            "must have value less than or equal to 100");
  EXPECT_EQ(constraints_of(Operation::kTransactGetItems, R"({"TransactItems":[]})"),
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1");
  EXPECT_EQ(constraints_of(Operation::kDescribeTable, "{}"),
            "The parameter 'TableName' is required but was not present in the request");
}

// What AWS checks by newer rules it tells alone, without the value; unless something is missing.
TEST(Shape, TellsOfNewerConstraintsAlone) {
  const std::string newer = "1 validation error detected: Value at ";
  EXPECT_EQ(constraints_of(Operation::kGetItem, R"({"TableName":"abc","Key":{}})"), "no error");
  EXPECT_EQ(constraints_of(Operation::kGetItem, R"({"TableName":"ab","Key":{}})"),
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 3");
  EXPECT_EQ(constraints_of(Operation::kUpdateItem, R"({"TableName":"x!","Key":{}})"),
            "2 validation errors detected: Value 'x!' at 'tableName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 3; Value 'x!' at 'tableName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(constraints_of(Operation::kPutItem, R"({"TableName":"","Item":{},"ReturnValues":"SOME"})"),
            newer + "'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(constraints_of(Operation::kPutItem, R"({"TableName":""})"),
            "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1; Value null at 'item' failed to satisfy constraint: Member must not be "
            "null");
  EXPECT_EQ(constraints_of(Operation::kQuery, R"({"TableName":"abc","Select":"ALL","Limit":0})"),
            newer + "'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1");
  EXPECT_EQ(constraints_of(Operation::kScan, R"({"TableName":"abc","Limit":0,"Segment":-1})"),
            "2 validation errors detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1; Value '-1' at 'segment' failed to satisfy constraint: Member must have value "
            "greater than or equal to 0");
  EXPECT_EQ(constraints_of(Operation::kBatchGetItem, R"({"RequestItems":{}})"),
            newer + "'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(constraints_of(Operation::kBatchGetItem, R"({"RequestItems":{"a.b-C":{"Keys":[]}}})"),
            newer +
                "'RequestItems.a.b-C.member.Keys' failed to satisfy constraint: Member must have length greater "
                "than or equal to 1");
}

TEST(Shape, TellsOfSomeChoicesInWordsOfTheirOwn) {
  const std::string_view returns =
      "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, "
      "NONE]";
  const std::string_view capacity =
      "Value 'SOME' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: "
      "[INDEXES, TOTAL, NONE]";
  EXPECT_EQ(constraints_of(Operation::kDeleteItem,
                           R"({"TableName":"abc","Key":{},"ReturnConsumedCapacity":"SOME","ReturnValues":"SOME"})"),
            fmt::format("2 validation errors detected: {}; {}", capacity, returns));
  EXPECT_EQ(constraints_of(Operation::kUpdateItem,
                           R"({"TableName":"abc","Key":{},"ReturnConsumedCapacity":"SOME","ReturnValues":"SOME"})"),
            fmt::format("1 validation error detected: {}", returns));
  // Where something is missing, the older rules tell it, in theirs.
  EXPECT_EQ(constraints_of(Operation::kUpdateItem, R"({"TableName":"abc","ReturnValues":"SOME"})"),
            "2 validation errors detected: Value 'SOME' at 'returnValues' failed to satisfy constraint: Member must "
            "satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value null at 'key' failed to "
            "satisfy constraint: Member must not be null");
  EXPECT_EQ(constraints_of(Operation::kCreateTable, R"({"TableName":"abc","TableClass":"BEST"})"),
            "Invalid table-class parameter provided. Please try again with a valid table-class value: [STANDARD, "
            "STANDARD_INFREQUENT_ACCESS].");
}

TEST(Shape, TellsOfMapsWhatIsWrongInThem) {
  EXPECT_EQ(constraints_of(Operation::kBatchGetItem, R"({"RequestItems":{"a!b":{"Keys":[{"k":{"S":"\""}}]}}})"),
            R"(1 validation error detected: Value '{"a!b":{"Keys":[{"k":{"S":"\""}}]}}' at 'requestItems' failed to )"
            "satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, "
            "Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9_.-]+]");
  EXPECT_EQ(constraints_of(Operation::kBatchWriteItem,
                           R"({"RequestItems":{"a!b":[{"DeleteRequest":{"Key":{"k":{"S":"a"}}}}]}})"),
            "1 validation error detected: Value '{a!b=[WriteRequest(deleteRequest=DeleteRequest(key={k={S=a}}))]}' at "
            "'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
            "less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy "
            "regular expression pattern: [a-zA-Z0-9_.-]+]");
  EXPECT_EQ(constraints_of(Operation::kBatchWriteItem,
                           R"({"RequestItems":{"abc":[],"def":[{"PutRequest":{"Item":{"a":{"N":"1"}}}}]}})"),
            "1 validation error detected: Value '{abc=[], def=[WriteRequest(putRequest=PutRequest(item={a={N=1}}))]}' "
            "at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have "
            "length less than or equal to 25, Member must have length greater than or equal to 1]");
}

// Null for a member is as if it were not sent; for an element there is no such thing.
TEST(Shape, RefusesNullForAStructureAmongOthers) {
  const auto refusal = [](std::string_view path) {
    return "1 validation error detected: Value null at '" + std::string(path) +
           "' failed to satisfy constraint: Member must not be null";
  };
  EXPECT_EQ(constraints_of(Operation::kTransactWriteItems, R"({"TransactItems":[null]})"),
            refusal("transactItems.1.member"));
  EXPECT_EQ(constraints_of(Operation::kBatchGetItem, R"({"RequestItems":{"abc":null}})"),
            refusal("requestItems.abc.member"));
  EXPECT_EQ(constraints_of(Operation::kBatchWriteItem, R"({"RequestItems":{"abc":[{},null]}})"),
            refusal("requestItems.abc.member.2.member"));
  constexpr std::string_view kTable =
      R"("TableName":"abc","AttributeDefinitions":[],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}])";
  EXPECT_EQ(constraints_of(Operation::kCreateTable, "{" + std::string(kTable) + R"(,"GlobalSecondaryIndexes":[null]})"),
            refusal("globalSecondaryIndexes.1.member"));
  EXPECT_EQ(constraints_of(Operation::kCreateTable,
                           R"({"TableName":"abc","AttributeDefinitions":[null],"KeySchema":[null]})"),
            "2 validation errors detected: Value null at 'attributeDefinitions.1.member' failed to satisfy constraint: "
            "Member must not be null; Value null at 'keySchema.1.member' failed to satisfy constraint: Member must not "
            "be null");
  EXPECT_EQ(constraints_of(Operation::kScan, R"({"TableName":"abc","ScanFilter":{"a":null}})"),
            refusal("scanFilter.a.member"));
}

TEST(Requests, IgnoreValuesWhereThereIsNoSuchParameter) {
  const Parsed parsed(R"({"TableName":"abc","Key":{"pk":{"S":"a"}},"ExpressionAttributeValues":{":v":{"S":"x"}}})");
  EXPECT_EQ(message_of(decode_get_item(parsed.root())), "no error");
}

TEST(Requests, CheckValuesBeforeEmptyExpressions) {
  const Parsed parsed(R"({"TableName":"abc","Item":{"pk":{"N":"x"}},"ConditionExpression":""})");
  EXPECT_EQ(message_of(decode_put_item(parsed.root())),
            "1 validation error detected: The parameter cannot be converted to a numeric value: x");
  const Parsed empty(R"({"TableName":"abc","Item":{"pk":{"N":"1"}},"ConditionExpression":""})");
  EXPECT_EQ(message_of(decode_put_item(empty.root())),
            "1 validation error detected: Invalid ConditionExpression: The expression can not be empty;");
}

TEST(Requests, TablesOfABatchNameWhatTheyWantInOneWay) {
  const auto refused = [](std::string_view tables) {
    return message_of(decode_batch_get_item(Parsed(fmt::format(R"({{"RequestItems":{{{}}}}})", tables)).root()));
  };
  constexpr std::string_view kOlder = R"("abc":{"Keys":[],"AttributesToGet":["a"]})";
  constexpr std::string_view kNewer = R"("def":{"Keys":[],"ProjectionExpression":"a"})";
  EXPECT_EQ(refused(kOlder), "no error");
  EXPECT_EQ(refused(kNewer), "no error");
  EXPECT_EQ(refused(fmt::format("{},{}", kOlder, kNewer)),
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{AttributesToGet} Expression parameters: {ProjectionExpression}");
}

// As measured on AWS: expressions are read in the order of key condition, filter and projection.
TEST(Requests, TellOfTheFirstWrongExpression) {
  const auto refused = [](std::string_view text) { return message_of(decode_query(Parsed(text).root())); };
  EXPECT_EQ(
      refused(R"({"TableName":"abc","KeyConditionExpression":"","FilterExpression":"","ProjectionExpression":""})"),
      "Invalid KeyConditionExpression: The expression can not be empty;");
  EXPECT_EQ(refused(R"({"TableName":"abc","KeyConditionExpression":"a >","FilterExpression":""})"),
            "Invalid KeyConditionExpression: Syntax error; token: \"<EOF>\", near: \">\"");
  EXPECT_EQ(refused(R"({"TableName":"abc","KeyConditionExpression":"a > b","ProjectionExpression":"",)"
                    R"("ExpressionAttributeNames":{"a":"b"}})"),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
  EXPECT_EQ(refused(R"({"TableName":"abc","KeyConditionExpression":"","ExpressionAttributeNames":{}})"),
            "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(refused(R"({"TableName":"abc","KeyConditionExpression":"","ExpressionAttributeValues":{":a":{"N":"b"}}})"),
            "The parameter cannot be converted to a numeric value: b");
}

TEST(Requests, TakeTheTextOfABoolean) {
  const Parsed parsed(R"({"TableName":"abc","Key":{"pk":{"S":"a"}},"ConsistentRead":"Yes"})");
  EXPECT_EQ(message_of(check_types(parsed.root(), request_shape(Operation::kGetItem))), "no error");
  EXPECT_TRUE(decode_get_item(parsed.root())->request.consistent_read);
}

TEST(Requests, NameWhatHasNoName) {
  const Parsed parsed(
      R"({"TableName":"abc","Key":{"pk":{"S":"a"}},"ProjectionExpression":"#a","ExpressionAttributeNames":{"#a":null}})");
  EXPECT_EQ(message_of(decode_get_item(parsed.root())),
            "ExpressionAttributeNames contains invalid value: Null value for key #a");
}

// Of queries AWS does not say any more where a value stands.
TEST(Requests, SayOfScansWhichValueIsNone) {
  const std::string values = R"("FilterExpression":"a = :v","ExpressionAttributeValues":{":v":{"NS":["1",""]}}})";
  EXPECT_EQ(
      message_of(decode_scan(Parsed(R"({"TableName":"abc",)" + values).root())),
      "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value for "
      "key :v");
  EXPECT_EQ(
      message_of(decode_query(Parsed(R"({"TableName":"abc","KeyConditionExpression":"k = :v",)" + values).root())),
      "The parameter cannot be converted to a numeric value: ");
}

// To the store an empty start key is none.
TEST(Requests, KeepAnEmptyStartKey) {
  const Parsed parsed(R"({"TableName":"abc","ExclusiveStartKey":{}})");
  const auto decoded = decode_scan(parsed.root());
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->request.exclusive_start_key.empty());
}

TEST(Requests, DoNotMixTheOldAndTheNew) {
  const Parsed parsed(
      R"({"TableName":"abc","Key":{"pk":{"S":"a"}},"AttributesToGet":["a"],"ProjectionExpression":"b"})");
  EXPECT_EQ(message_of(decode_get_item(parsed.root())),
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
            "{AttributesToGet} Expression parameters: {ProjectionExpression}");
}

TEST(Requests, SayWhichParameterDoesNotGoWithTheSelection) {
  const Parsed parsed(R"({"TableName":"abc","AttributesToGet":["a"],"Select":"COUNT"})");
  EXPECT_EQ(message_of(decode_scan(parsed.root())),
            "Cannot specify the AttributesToGet when choosing to get only the Count");
  EXPECT_EQ(message_of(decode_query(parsed.root())),
            "1 validation error detected: Cannot specify the AttributesToGet when choosing to get only the Count");
}

// As AWS does in us-east-1.
TEST(Requests, SayOfTransactionsWhatIsWrongInOlderWords) {
  const auto refused = [](std::string_view action) {
    return message_of(
        decode_transact_write_items(Parsed(fmt::format(R"({{"TransactItems":[{{{}}}]}})", action)).root()));
  };
  EXPECT_EQ(refused(R"("Put":{"TableName":"abc","Item":{"pk":{"N":""}}})"),
            "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(refused(R"("Delete":{"TableName":"abc","Key":{"pk":{"SS":["b","a","b"]}}})"),
            "One or more parameter values were invalid: Input collection [b, a, b] contains duplicates.");
  EXPECT_EQ(refused(R"("Update":{"TableName":"abc","Key":{"pk":{"S":"a"}},"UpdateExpression":"SET a = :v",)"
                    R"("ExpressionAttributeValues":{":v":{"NS":["1","1"]}}})"),
            "ExpressionAttributeValues contains invalid value: Input collection contains duplicates for key :v");
  EXPECT_EQ(message_of(decode_transact_get_items(
                Parsed(R"({"TransactItems":[{"Get":{"TableName":"abc","Key":{"pk":{"N":""}}}}]})").root())),
            "The parameter cannot be converted to a numeric value");
}

}  // namespace
}  // namespace mrgc::protocol
