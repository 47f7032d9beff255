#include "validation_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

// What is refused of items, tables, batches and transactions, and in which words. The words are DynamoDB's own.
namespace mrgc::engine::testing {
namespace {

TEST_F(ValidationTest, ItemsNeedTheTablesKey) {
  EXPECT_EQ(refused_put({{"pk", "p"}}), "One or more parameter values were invalid: Missing the key sk in the item");
  EXPECT_EQ(refused_put({}), "One or more parameter values were invalid: Missing the key pk in the item");
  EXPECT_EQ(refused_put({{"pk", "p"}, {"sk", "text"}}),
            "One or more parameter values were invalid: Type mismatch for key sk expected: N actual: S");
  EXPECT_EQ(
      refused_put({{"pk", ""}, {"sk", 1}}),
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
      "string value. Key: pk");
  EXPECT_EQ(
      refused_put({{"pk", Value(std::string(2049, 'p'))}, {"sk", 1}}),
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes");
}

TEST_F(ValidationTest, KeysAreExactlyTheTables) {
  const std::string mismatch = "The provided key element does not match the schema";
  EXPECT_EQ(refused_get({{"pk", "p"}}), mismatch);
  EXPECT_EQ(refused_get({{"pk", "p"}, {"sk", "1"}}), mismatch);
  EXPECT_EQ(refused_get({{"pk", "p"}, {"sk", 1}, {"more", 1}}), mismatch);
  EXPECT_EQ(refused_get({}), mismatch);
  EXPECT_EQ(refusal(db().delete_item({.table = "sample", .key = make({{"pk", "p"}})})), mismatch);
  EXPECT_EQ(refusal(db().update_item({.table = "sample", .key = make({{"sk", 1}})})), mismatch);
}

TEST_F(ValidationTest, IndexKeysHaveTheirTypes) {
  EXPECT_EQ(
      refused_put({{"pk", "p"}, {"sk", 1}, {"color", 5}}),
      "One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: N IndexName: "
      "by-color");
  EXPECT_EQ(
      refused_put({{"pk", "p"}, {"sk", 1}, {"owner", ""}}),
      "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
      "AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-owner, IndexKey: owner");
  EXPECT_EQ(
      refused_put({{"pk", "p"}, {"sk", 1}, {"owner", Value(std::string(2049, 'o'))}}),
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of 2048 bytes. "
      "IndexName: by-owner, IndexKey: owner");
  EXPECT_EQ(refusal(db().update_item({.table = "sample",
                                      .key = make({{"pk", "p"}, {"sk", 1}}),
                                      .update_expression = "SET score = :s",
                                      .values = make({{":s", "high"}})})),
            "One or more parameter values were invalid: Type mismatch for Index Key score Expected: N Actual: S "
            "IndexName: by-color");
  EXPECT_EQ(refusal(db().update_item({.table = "sample",
                                      .key = make({{"pk", "p"}, {"sk", 1}}),
                                      .update_expression = "SET color = :c",
                                      .values = make({{":c", std::string(2049, 'c')}})})),
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of 2048 "
            "bytes. IndexName: by-color, IndexKey: color");
}

TEST_F(ValidationTest, PathsDoNotLeadIntoKeys) {
  const std::string refused =
      "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ";
  EXPECT_EQ(refusal(db().get_item(
                {.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}}), .projection_expression = "note, sk[0]"})),
            refused + "Key: sk");
  EXPECT_EQ(refusal(db().put_item({.table = "sample",
                                   .item = make({{"pk", "p"}, {"sk", 1}}),
                                   .condition_expression = "attribute_exists(color.shade)"})),
            refused + "IndexKey: color");
  EXPECT_EQ(refusal(db().update_item(
                {.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}}), .update_expression = "SET note = pk.head"})),
            refused + "Key: pk");
  // Of a filter, that it names a key is told first; and its paths before the projection's.
  const auto query = [&](const char* filter, const char* projection) {
    return refusal(db().query({.table = "sample",
                               .key_condition_expression = "pk = :p",
                               .filter_expression = filter,
                               .projection_expression = projection,
                               .values = make({{":p", "p"}})}));
  };
  EXPECT_EQ(query("attribute_exists(sk[0])", "pk.head"),
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk");
  EXPECT_EQ(query("attribute_exists(color.shade)", "pk.head"), refused + "IndexKey: color");
}

// As measured on AWS: of an attribute that is a key of several indexes, and of keys of several indexes.
TEST_F(ValidationTest, OfSeveralIndexesTheFirstByNameIsTold) {
  store::TableSpec spec = sample_table("indexed");
  const auto index = [](const char* name, const char* key) {
    return store::IndexSpec{.name = name, .keys = {.partition = {key, item::Type::kString}, .sort = std::nullopt}};
  };
  spec.indexes = {index("second", "color"), index("first", "color"), index("third", "shape")};
  ASSERT_TRUE(db().create_table({.spec = spec}));
  const auto refused = [&](Value::Map item) {
    return refusal(db().put_item({.table = "indexed", .item = make(item)}));
  };
  EXPECT_EQ(refused({{"pk", "p"}, {"sk", 1}, {"color", 2}, {"shape", 3}}),
            "One or more parameter values were invalid: Type mismatch for Index Key color Expected: S Actual: N "
            "IndexName: first");
  const auto updated = refusal(db().update_item({.table = "indexed",
                                                 .key = make({{"pk", "p"}, {"sk", 1}}),
                                                 .update_expression = "SET shape = :v, color = :v",
                                                 .values = make({{":v", 3}})}));
  EXPECT_TRUE(updated.ends_with("IndexName: first")) << updated;
}

TEST_F(ValidationTest, UpdatesGiveIndexKeysNoEmptyValues) {
  for (const auto& [value, type] : {std::pair{Value(""), "string"}, {Value(Value::Binary{""}), "binary"}}) {
    const store::IndexSpec index{.name = "by-binary",
                                 .keys = {.partition = {"b", item::Type::kBinary}, .sort = std::nullopt}};
    store::TableSpec spec = sample_table(fmt::format("table-{}", type));
    if (value.type() == item::Type::kBinary) spec.indexes = {index};
    ASSERT_TRUE(db().create_table({.spec = spec}));
    const std::string name = value.type() == item::Type::kBinary ? "b" : "color";
    EXPECT_EQ(refusal(db().update_item({.table = spec.name,
                                        .key = make({{"pk", "p"}, {"sk", 1}}),
                                        .update_expression = "SET " + name + " = :v",
                                        .values = make({{":v", value}})})),
              fmt::format("One or more parameter values are not valid. The update expression attempted to update a "
                          "secondary index key to a value that is not supported. The AttributeValue for a key "
                          "attribute cannot contain an empty {} value.",
                          type));
  }
}

TEST_F(ValidationTest, AKeyThatIsNotTheTablesCancelsItsTransaction) {
  const item::Item good = make({{"pk", "p"}, {"sk", 1}});
  const item::Item wrong = make({{"pk", 1}, {"sk", 1}});
  const Error writes =
      error_of(db().transact_write_items({.actions = {store::PutItemRequest{.table = "sample", .item = good},
                                                      store::DeleteItemRequest{.table = "sample", .key = wrong}}}));
  const Error reads = error_of(
      db().transact_get_items({.gets = {{.table = "sample", .key = good}, {.table = "sample", .key = wrong}}}));
  for (const Error& error : {writes, reads}) {
    EXPECT_EQ(error.code, ErrorCode::kTransactionCanceled);
    const auto* canceled = error.detail_as<store::CancellationReasons>();
    ASSERT_NE(canceled, nullptr);
    ASSERT_EQ(canceled->reasons.size(), 2u);
    EXPECT_EQ(canceled->reasons[0].code, "None");
    EXPECT_EQ(canceled->reasons[1].code, "ValidationError");
    EXPECT_EQ(canceled->reasons[1].message, "The provided key element does not match the schema");
  }
}

TEST_F(ValidationTest, TransactionsCheckExpressionsBeforeTables) {
  EXPECT_EQ(refusal(db().transact_write_items(
                {.actions = {store::PutItemRequest{.table = "none", .item = make({{"pk", "p"}})},
                             store::DeleteItemRequest{.table = "sample",
                                                      .key = make({{"pk", "p"}, {"sk", 1}}),
                                                      .condition_expression = "attribute_exists("}}})),
            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
}

TEST_F(ValidationTest, ItemsHaveAtMost400KB) {
  const std::string fill(item::kMaxItemSizeBytes - 20, 'x');
  EXPECT_EQ(refused_put({{"pk", "p"}, {"sk", 1}, {"fill", Value(fill + std::string(20, 'x'))}}),
            "Item size has exceeded the maximum allowed size");
  EXPECT_EQ(refusal(db().update_item({.table = "sample",
                                      .key = make({{"pk", "p"}, {"sk", 1}}),
                                      .update_expression = "SET fill = :f",
                                      .values = make({{":f", Value(fill + std::string(20, 'x'))}})})),
            "Item size to update has exceeded the maximum allowed size");
}

TEST_F(ValidationTest, ValuesNestAtMost32Levels) {
  Value deep("x");
  for (int level = 0; level < item::kMaxNestingLevels; ++level) deep = Value::List{std::move(deep)};
  EXPECT_EQ(refusal(db().put_item({.table = "sample", .item = make({{"pk", "p"}, {"sk", 1}, {"deep", deep}})})),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
            "limit");
  EXPECT_EQ(refused_put({{"pk", "p"}, {"sk", 1}, {"empty", Value::string_set({})}}),
            "One or more parameter values were invalid: An string set  may not be empty");
}

// Whatever an expression would do with it; and the store goes on.
TEST_F(ValidationTest, ExpressionValuesAreOnesThatCanBeStored) {
  Value deep("x");
  for (int level = 0; level < 60; ++level) deep = Value::List{std::move(deep)};
  const auto refused = [&](const Value& value) {
    return refusal(db().update_item({.table = "sample",
                                     .key = make({{"pk", "p"}, {"sk", 1}}),
                                     .update_expression = "SET a.b[3].c.d.e = :v",
                                     .condition_expression = "attribute_exists(pk)",
                                     .values = make({{":v", value}})}));
  };
  EXPECT_EQ(refused(deep),
            "1 validation error detected: Nesting Levels have exceeded supported limits: Attributes in the item have "
            "nested levels beyond supported limit");
  EXPECT_EQ(refused(Value::string_set({})),
            "1 validation error detected: One or more parameter values were invalid: An string set  may not be empty");
  EXPECT_EQ(refused(Value(std::string(3 << 20, 'v'))),
            "1 validation error detected: The names and values of ExpressionAttributeNames and "
            "ExpressionAttributeValues have exceeded the maximum "
            "size of 2097152 bytes: 3145728");
}

TEST_F(ValidationTest, UpdatesLeaveTheKeyAlone) {
  EXPECT_EQ(refusal(db().update_item({.table = "sample",
                                      .key = make({{"pk", "p"}, {"sk", 1}}),
                                      .update_expression = "SET a = :v, sk = :v",
                                      .values = make({{":v", 2}})})),
            "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key");
}

// Of writes on their own with AWS's new words in front; not of those of a transaction, and not of reads.
TEST_F(ValidationTest, PlaceholdersBelongToExpressions) {
  const Item item = make({{"pk", "p"}, {"sk", 1}});
  EXPECT_EQ(refusal(db().put_item({.table = "sample", .item = item, .values = make({{":v", 1}})})),
            "1 validation error detected: ExpressionAttributeValues can only be specified when using expressions");
  EXPECT_EQ(refusal(db().put_item({.table = "sample", .item = item, .names = {{"#n", "n"}}})),
            "1 validation error detected: ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(
      refusal(db().put_item({.table = "sample",
                             .item = item,
                             .condition_expression = "attribute_not_exists(pk)",
                             .values = make({{":v", 1}})})),
      "1 validation error detected: Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
  EXPECT_EQ(refusal(db().transact_write_items(
                {.actions = {store::PutItemRequest{.table = "sample",
                                                   .item = item,
                                                   .condition_expression = "attribute_exists(a)",
                                                   .values = make({{":v", 1}})}}})),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
  EXPECT_EQ(refusal(db().scan({.table = "sample", .names = {{"#n", "n"}}})),
            "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_NE(refusal(db().put_item({.table = "sample", .item = item, .condition_expression = "a = "}))
                .find("Invalid ConditionExpression: Syntax error"),
            std::string::npos);
}

TEST_F(ValidationTest, ReturnValuesOfPutAndDelete) {
  const Item key = make({{"pk", "p"}, {"sk", 1}});
  for (const auto values :
       {store::ReturnValues::kAllNew, store::ReturnValues::kUpdatedNew, store::ReturnValues::kUpdatedOld}) {
    EXPECT_EQ(refusal(db().put_item({.table = "sample", .item = key, .return_values = values})),
              "1 validation error detected: ReturnValues can only be ALL_OLD or NONE");
    EXPECT_EQ(refusal(db().delete_item({.table = "sample", .key = key, .return_values = values})),
              "1 validation error detected: ReturnValues can only be ALL_OLD or NONE");
  }
}

TEST_F(ValidationTest, Batches) {
  using Put = store::BatchWriteItemRequest::Put;
  using Delete = store::BatchWriteItemRequest::Delete;
  const auto numbered = [](int number) { return make({{"pk", "p"}, {"sk", number}}); };

  std::vector<store::BatchWriteItemRequest::Write> writes;
  for (int i = 0; i < 26; ++i) writes.emplace_back(Put{numbered(i)});
  EXPECT_EQ(refusal(db().batch_write_item({.tables = {{"sample", writes}}})),
            "Too many items requested for the BatchWriteItem call");
  EXPECT_EQ(refusal(db().batch_write_item({.tables = {{"sample", {Put{numbered(1)}, Delete{numbered(1)}}}}})),
            "Provided list of item keys contains duplicates");
  EXPECT_EQ(refusal(db().batch_write_item({})), "The requestItems parameter is required for BatchWriteItem");
  // One bad write spoils the batch before anything is written.
  EXPECT_EQ(refusal(db().batch_write_item({.tables = {{"sample", {Put{numbered(1)}, Put{make({{"pk", "p"}})}}}}})),
            "The provided key element does not match the schema");

  store::BatchGetItemRequest::Keys keys;
  for (int i = 0; i < 101; ++i) keys.keys.push_back(numbered(i));
  EXPECT_EQ(refusal(db().batch_get_item({.tables = {{"sample", keys}}})),
            "Too many items requested for the BatchGetItem call");
  keys.keys = {numbered(1), numbered(2), numbered(1)};
  EXPECT_EQ(refusal(db().batch_get_item({.tables = {{"sample", keys}}})),
            "Provided list of item keys contains duplicates");
  EXPECT_EQ(
      refusal(db().batch_get_item({})),
      "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have length "
      "greater than or equal to 1");
  EXPECT_EQ(
      refusal(db().batch_get_item({.tables = {{"sample", {}}}})),
      "1 validation error detected: Value at 'requestItems.member.keys' failed to satisfy constraint: Member must have "
      "length greater than or equal to 1");
}

TEST_F(ValidationTest, BatchesOfReadsTellOfProjectionsBeforeTablesAndKeys) {
  const Value::Map key = {{"pk", "p"}, {"sk", 1}};
  const store::BatchGetItemRequest::Keys right{
      .keys = {make(key)}, .consistent_read = false, .projection_expression = {}, .names = {}};
  store::BatchGetItemRequest::Keys malformed = right;
  malformed.projection_expression = "[1";
  store::BatchGetItemRequest::Keys mismatched = right;
  mismatched.keys = {make({{"pk", "p"}})};

  const std::string syntax = R"(Invalid ProjectionExpression: Syntax error; token: "[", near: "[1")";
  for (const char* missing : {"another", "the-last"}) {
    EXPECT_EQ(refusal(db().batch_get_item({.tables = {{missing, malformed}, {"sample", right}}})), syntax);
    EXPECT_EQ(refusal(db().batch_get_item({.tables = {{missing, right}, {"sample", malformed}}})), syntax);
    EXPECT_EQ(error_of(db().batch_get_item({.tables = {{missing, right}, {"sample", mismatched}}})).code,
              missing < std::string("sample") ? ErrorCode::kResourceNotFound : ErrorCode::kValidation);
  }
  create(sample_table("a-second"));
  EXPECT_EQ(refusal(db().batch_get_item({.tables = {{"a-second", malformed}, {"sample", mismatched}}})), syntax);
}

TEST_F(ValidationTest, Transactions) {
  const auto put = [](int number) {
    return store::PutItemRequest{.table = "sample", .item = make({{"pk", "p"}, {"sk", number}})};
  };
  EXPECT_EQ(
      refusal(db().transact_write_items({})),
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length "
      "greater than or equal to 1");
  store::TransactWriteItemsRequest request;
  for (int i = 0; i < 101; ++i) request.actions.emplace_back(put(i));
  EXPECT_NE(refusal(db().transact_write_items(request)).find("less than or equal to 100"), std::string::npos);
  EXPECT_EQ(refusal(db().transact_write_items({.actions = {put(1), put(1)}})),
            "Transaction request cannot include multiple operations on one item");
  auto returning = put(1);
  returning.return_values = store::ReturnValues::kAllOld;
  EXPECT_EQ(refusal(db().transact_write_items({.actions = {returning}})),
            "ReturnValues is not supported in a transaction; use return_old_on_failure");
  EXPECT_EQ(refusal(db().transact_write_items(
                {.actions = {store::ConditionCheck{.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})}}})),
            "The expression can not be empty: a ConditionCheck needs a ConditionExpression");
  EXPECT_NE(refusal(db().transact_get_items({})).find("greater than or equal to 1"), std::string::npos);
  store::TransactGetItemsRequest gets;
  for (int i = 0; i < 101; ++i) gets.gets.push_back({.table = "sample", .key = make({{"pk", "p"}, {"sk", i}})});
  EXPECT_NE(refusal(db().transact_get_items(gets)).find("less than or equal to 100"), std::string::npos);
  gets.gets.resize(1);
  gets.gets.push_back(gets.gets.front());
  EXPECT_EQ(refusal(db().transact_get_items(gets)),
            "Transaction request cannot include multiple operations on one item");
}

TEST_F(ValidationTest, TableSpecs) {
  const auto refused = [&](auto&& change) {
    store::TableSpec spec = sample_table("other");
    change(spec);
    return refusal(db().create_table({.spec = spec}));
  };
  EXPECT_EQ(refused([](auto& spec) { spec.name = "ab"; }),
            "TableName must be at least 3 characters long and at most 255 characters long");
  EXPECT_EQ(refused([](auto& spec) { spec.name = std::string(256, 'a'); }),
            "TableName must be at least 3 characters long and at most 255 characters long");
  EXPECT_EQ(
      refused([](auto& spec) { spec.name = "a/../b"; }),
      "1 validation error detected: Value 'a/../b' at 'tableName' failed to satisfy constraint: Member must satisfy "
      "regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(refused([](auto& spec) { spec.keys.partition.type = item::Type::kBool; }),
            "One or more parameter values were invalid: key attribute pk must be of type S, N or B, and is BOOL");
  EXPECT_EQ(refused([](auto& spec) { spec.keys.partition.name.clear(); }),
            "One or more parameter values were invalid: a key attribute's name must have 1 to 255 bytes");
  EXPECT_EQ(refused([](auto& spec) { spec.keys.sort->name = "pk"; }),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name");
  EXPECT_EQ(refused([](auto& spec) { spec.indexes[1].name = "by-color"; }),
            "One or more parameter values were invalid: Duplicate index name: by-color");
  EXPECT_EQ(
      refused([](auto& spec) { spec.indexes[2].included.clear(); }),
      "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  EXPECT_EQ(refused([](auto& spec) { spec.indexes[0].included = {"a"}; }),
            "One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified");
  EXPECT_EQ(
      refused([](auto& spec) { spec.indexes[0].keys.partition.type = item::Type::kNumber; }),
      "One or more parameter values were invalid: Attributes cannot be redefined. Please check that your attribute "
      "has the same type as previously defined. Existing schema: Schema:[SchemaElement: key{color:N:HASH}, "
      "SchemaElement: key{score:N:RANGE}] New schema: Schema:[SchemaElement: key{color:S:HASH}, SchemaElement: "
      "key{score:N:RANGE}]");
  const auto with_indexes = [](std::size_t count, bool local) {
    return [count, local](auto& spec) {
      spec.indexes.resize(1);
      spec.indexes.front().local = local;
      if (local) spec.indexes.front().keys.partition = spec.keys.partition;
      while (spec.indexes.size() < count) {
        spec.indexes.push_back(spec.indexes.front());
        spec.indexes.back().name += std::to_string(spec.indexes.size());
      }
    };
  };
  EXPECT_EQ(refused(with_indexes(21, false)),
            "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20");
  EXPECT_EQ(refused(with_indexes(6, true)),
            "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  EXPECT_EQ(db().list_tables({}).value().tables, std::vector<std::string>{"sample"});
}

}  // namespace
}  // namespace mrgc::engine::testing
