#include <gtest/gtest.h>

#include "validation_test.h"

// What is refused of queries and scans, and in which words. The words are DynamoDB's own.
namespace mrgc::engine::testing {
namespace {

class PageValidationTest : public ValidationTest {};

// AWS reads expressions before it looks for the table and the index.
TEST_F(PageValidationTest, QueriesAreReadBeforeTheirTableIsKnown) {
  const auto refused = [&](store::QueryRequest request) { return refusal(db().query(std::move(request))); };
  const Item p = make({{":p", "p"}});
  EXPECT_EQ(
      refused({.table = "sample", .index = "none", .key_condition_expression = "pk = :p OR sk = :p", .values = p}),
      "Invalid operator used in KeyConditionExpression: OR");
  EXPECT_EQ(
      refused({.table = "none", .key_condition_expression = "pk = :q", .filter_expression = "(", .values = p}),
      "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute "
      "value: :q");
  EXPECT_EQ(refused({.table = "none", .key_condition_expression = "pk <> :p", .filter_expression = "(", .values = p}),
            "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
  EXPECT_EQ(
      refused(
          {.table = "none", .key_condition_expression = "pk <> :p", .values = make({{":p", "p"}, {":unused", "p"}})}),
      "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}");
  EXPECT_EQ(error_of(db().query({.table = "none", .key_condition_expression = "pk = :p", .values = p})).code,
            ErrorCode::kResourceNotFound);
  EXPECT_EQ(refused({.table = "sample",
                     .key_condition_expression = "note = :p",
                     .values = p,
                     .exclusive_start_key = make({{"pk", "p"}})}),
            "The provided starting key is invalid");
  EXPECT_EQ(refusal(db().scan({.table = "none", .filter_expression = "("})),
            "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
}

TEST_F(PageValidationTest, OfTwoKeysAFilterNamesThePartitionKeyIsTold) {
  store::TableSpec spec{.name = "later"};
  spec.keys = {.partition = {"z", item::Type::kString}, .sort = store::KeyAttribute{"a", item::Type::kString}};
  ASSERT_TRUE(db().create_table({.spec = spec}));
  EXPECT_EQ(refusal(db().query({.table = "later",
                                .key_condition_expression = "z = :p",
                                .filter_expression = "a = :p AND z = :p",
                                .values = make({{":p", "p"}})})),
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: z");
}

TEST_F(PageValidationTest, Queries) {
  const auto refused = [&](store::QueryRequest request) {
    request.table = "sample";
    return refusal(db().query(std::move(request)));
  };
  const Item p = make({{":p", "p"}});
  EXPECT_EQ(refused({}),
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  EXPECT_EQ(refused({.index = "none", .key_condition_expression = "pk = :p", .values = p}),
            "The table does not have the specified index: none");
  EXPECT_EQ(
      refused({.index = "by-color", .key_condition_expression = "color = :p", .values = p, .consistent_read = true}),
      "Consistent reads are not supported on global secondary indexes");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p", .filter_expression = "sk <> :p", .values = p}),
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk");
  EXPECT_EQ(
      refused({.key_condition_expression = "pk = :p", .values = p, .limit = 0}),
      "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than "
      "or equal to 1");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p", .values = p, .exclusive_start_key = make({{"pk", "p"}})}),
            "The provided starting key is invalid");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p",
                     .values = p,
                     .exclusive_start_key = make({{"pk", "p"}, {"sk", "1"}})}),
            "The provided key element does not match the schema");
  // Key by key, and the keys that only the table has last.
  EXPECT_EQ(refused({.key_condition_expression = "sk = :p",
                     .values = p,
                     .exclusive_start_key = make({{"pk", "p"}, {"sk", "1"}})}),
            "Query condition missed key schema element: pk");
  EXPECT_EQ(refused({.index = "by-color",
                     .key_condition_expression = "color = :p",
                     .values = p,
                     .exclusive_start_key = make({{"pk", 1}, {"sk", 1}, {"color", "p"}, {"score", 1}})}),
            "The provided starting key is invalid: The provided key element does not match the schema");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p",
                     .values = p,
                     .exclusive_start_key = make({{"pk", "other"}, {"sk", 1}})}),
            "The provided starting key is outside query boundaries based on provided conditions");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p AND sk = :one",
                     .values = make({{":p", "p"}, {":one", 1}}),
                     .exclusive_start_key = make({{"pk", "other"}, {"sk", 1}})}),
            "The query can return at most one row and cannot be restarted");
  EXPECT_EQ(refused({.index = "by-color-keys",
                     .key_condition_expression = "color = :p",
                     .filter_expression = "note = :p OR extra = :p OR pk = :p",
                     .values = p}),
            "One or more parameter values were invalid: Secondary index by-color-keys does not project one or more "
            "filter attributes: [extra, note]");
  EXPECT_EQ(refused({.index = "by-color-keys",
                     .key_condition_expression = "color = :p",
                     .projection_expression = "note, extra",
                     .values = p}),
            "One or more parameter values were invalid: Global secondary index by-color-keys does not project [extra, "
            "note]");
  EXPECT_EQ(
      refused({.index = "by-color-keys",
               .key_condition_expression = "color = :p",
               .values = p,
               .select = store::Select::kAllAttributes}),
      "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary "
      "index by-color-keys because its projection type is not ALL");
  EXPECT_EQ(refused({.key_condition_expression = "pk = :p",
                     .projection_expression = "sk",
                     .values = p,
                     .select = store::Select::kCount}),
            "1 validation error detected: Cannot specify the ProjectionExpression when choosing to get only the Count");
  EXPECT_EQ(
      refused({.key_condition_expression = "pk = :p", .values = p, .select = store::Select::kAllProjectedAttributes}),
      "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  EXPECT_EQ(
      refused({.key_condition_expression = "pk = :p", .values = p, .select = store::Select::kSpecificAttributes}),
      "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get "
      "SPECIFIC_ATTRIBUTES");
}

TEST_F(PageValidationTest, KeyConditionsNeedValuesThatKeysCanHave) {
  const auto refused = [&](const std::string& condition, const Value::Map& values, const std::string& index = {}) {
    return refusal(
        db().query({.table = "text", .index = index, .key_condition_expression = condition, .values = make(values)}));
  };
  create({.name = "text",
          .keys = {.partition = {"pk", item::Type::kString}, .sort = store::KeyAttribute{"sk", item::Type::kString}},
          .indexes = {{.name = "by-packed", .keys = {.partition = {"packed", item::Type::kBinary}, .sort = {}}}}});
  const std::string empty =
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ";
  EXPECT_EQ(refused("pk = :e", {{":e", ""}}), empty + "string value. Key: pk");
  for (const std::string condition :
       {"sk = :e", "sk < :e", "sk >= :e", "sk BETWEEN :e AND :p", "begins_with(sk, :e)"}) {
    Value::Map values{{":p", "p"}, {":e", ""}};
    EXPECT_EQ(refused("pk = :p AND " + condition, values), empty + "string value. Key: sk") << condition;
  }
  EXPECT_EQ(refused("packed = :e", {{":e", Value(Value::Binary{})}}, "by-packed"), empty + "binary value. Key: packed");
  EXPECT_EQ(
      refused("pk = :l", {{":l", Value(std::string(2049, 'p'))}}),
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes");
  EXPECT_EQ(refused("pk = :p AND sk > :l", {{":p", "p"}, {":l", Value(std::string(1025, 's'))}}),
            "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit "
            "of 1024 bytes");
}

TEST_F(PageValidationTest, StartKeysAreOfTheSameQuery) {
  const auto refused = [&](const std::string& condition, const Value::Map& values, int start, bool forward) {
    return refusal(db().query({.table = "sample",
                               .key_condition_expression = "pk = :p AND " + condition,
                               .values = make(values),
                               .scan_forward = forward,
                               .exclusive_start_key = make({{"pk", "p"}, {"sk", start}})}));
  };
  const std::string message = "The provided starting key does not match the range key predicate";
  for (const bool forward : {false, true}) {
    EXPECT_EQ(refused("sk > :n", {{":p", "p"}, {":n", 5}}, 5, forward), message);
    EXPECT_EQ(refused("sk < :n", {{":p", "p"}, {":n", 5}}, 5, forward), message);
    EXPECT_EQ(refused("sk = :n", {{":p", "p"}, {":n", 5}}, 6, forward), message);
    EXPECT_EQ(refused("sk BETWEEN :n AND :m", {{":p", "p"}, {":n", 5}, {":m", 7}}, 8, forward), message);
  }
  EXPECT_TRUE(db().query({.table = "sample",
                          .key_condition_expression = "pk = :p AND sk >= :n",
                          .values = make({{":p", "p"}, {":n", 5}}),
                          .exclusive_start_key = make({{"pk", "p"}, {"sk", 5}})}));
}

// No entry has such keys, but a start key is only where to go on. They once ended the server.
TEST_F(PageValidationTest, StartKeysMayBeEmptyOrTooLong) {
  for (const std::string& color : {std::string(), std::string(3000, 'x')}) {
    const Item start = make({{"pk", "p"}, {"sk", 1}, {"color", Value(color)}, {"score", 1}});
    EXPECT_TRUE(db().scan({.table = "sample", .index = "by-color", .exclusive_start_key = start}));
    EXPECT_EQ(refusal(db().query({.table = "sample",
                                  .index = "by-color",
                                  .key_condition_expression = "color = :c",
                                  .values = make({{":c", "red"}}),
                                  .exclusive_start_key = start})),
              "The provided starting key is outside query boundaries based on provided conditions");
  }
}

TEST_F(PageValidationTest, StartKeysAreOfTheSegment) {
  const Item key = make({{"pk", "p"}, {"sk", 1}});
  int refusals = 0;
  for (std::int64_t segment = 0; segment < 4; ++segment) {
    const auto page =
        db().scan({.table = "sample", .exclusive_start_key = key, .segment = segment, .total_segments = 4});
    if (page) continue;
    ++refusals;
    EXPECT_EQ(refusal(page),
              "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
              "correct Segment. TotalSegments: 4 Segment: " +
                  std::to_string(segment));
  }
  EXPECT_EQ(refusals, 3);
  EXPECT_TRUE(db().scan({.table = "sample", .exclusive_start_key = key}));
}

TEST_F(PageValidationTest, Segments) {
  const auto refused = [&](std::optional<std::int64_t> segment, std::optional<std::int64_t> total) {
    return refusal(db().scan({.table = "sample", .segment = segment, .total_segments = total}));
  };
  EXPECT_EQ(
      refused(0, std::nullopt),
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  EXPECT_EQ(
      refused(std::nullopt, 2),
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  EXPECT_EQ(
      refused(2, 2),
      "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than "
      "TotalSegments: 2");
  EXPECT_EQ(
      refused(-1, 2),
      "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: -1 is not less than "
      "TotalSegments: 2");
  EXPECT_EQ(
      refused(0, 0),
      "1 validation error detected: Value '0' at 'totalSegments' failed to satisfy constraint: Member must have value "
      "between 1 and 1000000");
  EXPECT_NE(refused(0, 1'000'001).find("'totalSegments'"), std::string::npos);
}

}  // namespace
}  // namespace mrgc::engine::testing
