#include "protocol/table_requests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

const ServerIdentity kIdentity{.region = "us-east-1", .address = "localhost:8000"};

// What DynamoDB Local of 2020 cannot compare, and what a short run of tests/conformance seldom sends.

// A CreateTable request with these members more; they may repeat what it has.
std::string refused_table(std::string_view members) {
  const std::string table =
      R"("TableName":"things","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",)";
  return message_of(decode_create_table(Parsed("{" + table + std::string(members) + "}").root()));
}

std::string key_schema(std::string_view first, std::string_view role, std::string_view second,
                       std::string_view other_role) {
  return fmt::format(R"("KeySchema":[{{"AttributeName":"{}","KeyType":"{}"}},{{"AttributeName":"{}","KeyType":"{}"}}])",
                     first, role, second, other_role);
}

TEST(TableRequests, KeysHaveTheirRoles) {
  const std::string two =
      R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"at","AttributeType":"S"}],)";
  EXPECT_EQ(refused_table(two + key_schema("id", "HASH", "at", "RANGE")), "no error");
  EXPECT_EQ(refused_table(two + key_schema("id", "RANGE", "at", "HASH")),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  EXPECT_EQ(refused_table(two + key_schema("id", "HASH", "at", "HASH")),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  EXPECT_EQ(refused_table(key_schema("id", "HASH", "at", "RANGE")),
            "Invalid KeySchema: Some index key attribute have no definition");
  EXPECT_EQ(refused_table(R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},)"
                          R"({"AttributeName":"id","AttributeType":"N"}])"),
            "One or more parameter values were invalid: Duplicate AttributeName in AttributeDefinitions: id");
  EXPECT_EQ(refused_table(two + key_schema("id", "HASH", "at", "RANGE") +
                          R"(,"LocalSecondaryIndexes":[{"IndexName":"lsi","Projection":{"ProjectionType":"ALL"},)"
                          R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}])"),
            "One or more parameter values were invalid: Index KeySchema does not have a range key for index: lsi");
}

// `TableThroughputMode` is `BillingMode` by another name.
TEST(TableRequests, TheBillingModeHasTwoNames) {
  const auto mode_of = [](std::string_view members) {
    const auto update = decode_update_table(Parsed(R"({"TableName":"things",)" + std::string(members) + "}").root());
    EXPECT_TRUE(update) << members << message_of(update);
    return update->billing_mode;
  };
  EXPECT_EQ(mode_of(R"("TableThroughputMode":"PAY_PER_REQUEST")"), store::BillingMode::kPayPerRequest);
  EXPECT_EQ(mode_of(R"("TableThroughputMode":"PROVISIONED",)"
                    R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1})"),
            store::BillingMode::kProvisioned);
  EXPECT_EQ(mode_of(R"("TableThroughputMode":"PROVISIONED","BillingMode":"PAY_PER_REQUEST")"),
            store::BillingMode::kPayPerRequest);
  store::TableDescription table;
  table.spec.name = "things";
  EXPECT_EQ(encode_table(table, "Table", kIdentity).find("Summary"), std::string::npos);
  table.spec.settings.billing_mode = store::BillingMode::kPayPerRequest;
  table.on_demand_since_ms = 0;
  EXPECT_NE(
      encode_table(table, "Table", kIdentity)
          .find(R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST","LastUpdateToPayPerRequestDateTime":0.000},)"
                R"("TableThroughputModeSummary":{"TableThroughputMode":"PAY_PER_REQUEST",)"),
      std::string::npos);
}

TEST(TableRequests, ATableTellsThatItWasOnDemand) {
  store::TableDescription table;
  table.spec.settings.billing_mode = store::BillingMode::kProvisioned;
  table.on_demand_since_ms = 5;
  EXPECT_NE(encode_table(table, "Table", kIdentity)
                .find(R"("BillingModeSummary":{"BillingMode":"PROVISIONED","LastUpdateToPayPerRequestDateTime":0.005},)"
                      R"("TableThroughputModeSummary":{"TableThroughputMode":"PROVISIONED",)"),
            std::string::npos);
}

TEST(TableRequests, AttributesAreDefinedByName) {
  store::TableDescription table;
  table.spec.keys = {.partition = {"zone"}, .sort = store::KeyAttribute{"at", item::Type::kNumber}};
  EXPECT_NE(encode_table(table, "Table", kIdentity)
                .find(R"("AttributeDefinitions":[{"AttributeName":"at","AttributeType":"N"},)"
                      R"({"AttributeName":"zone","AttributeType":"S"}])"),
            std::string::npos);
}

TEST(TableRequests, IndexesAndDefinitionsFitTheKeys) {
  EXPECT_EQ(refused_table(R"("GlobalSecondaryIndexes":[])"),
            "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty");
  EXPECT_EQ(refused_table(R"("LocalSecondaryIndexes":[])"),
            "One or more parameter values were invalid: List of LocalSecondaryIndexes is empty");
  EXPECT_EQ(
      refused_table(R"("LocalSecondaryIndexes":[{"IndexName":"lsi","Projection":{"ProjectionType":"ALL"},)"
                    R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}])"),
      "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when "
      "specifying a LocalSecondaryIndex");
  EXPECT_EQ(
      refused_table(R"("AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},)"
                    R"({"AttributeName":"other","AttributeType":"N"}])"),
      "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of "
      "attributes defined in AttributeDefinitions");
}

TEST(TableRequests, ThroughputHasBounds) {
  const auto refused = [](std::string_view read, std::string_view write) {
    return message_of(decode_update_table(
        Parsed(
            fmt::format(
                R"({{"TableName":"things","ProvisionedThroughput":{{"ReadCapacityUnits":{},"WriteCapacityUnits":{}}}}})",
                read, write))
            .root()));
  };
  EXPECT_EQ(refused("1000000000000", "1000000000000"), "no error");
  EXPECT_EQ(refused("1000000000001", "1"), "Given value 1000000000001 for ReadCapacityUnits is out of bounds");
  EXPECT_EQ(refused("1", "1000000000001"), "Given value 1000000000001 for WriteCapacityUnits is out of bounds");
}

std::string tags(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format(R"({}{{"Key":"k{}","Value":"v"}})", i > 0 ? "," : "", i);
  return text;
}

TEST(TableRequests, TagsAreFewAndDifferent) {
  const std::string parameters = "One or more parameter values were invalid: ";
  EXPECT_EQ(refused_table(R"("Tags":[{"Key":"a","Value":"1"},{"Key":"a","Value":"2"}])"),
            parameters + "Duplicate tag key: a");
  EXPECT_EQ(refused_table(R"("Tags":[)" + tags(50) + "]"), "no error");
  EXPECT_EQ(refused_table(R"("Tags":[)" + tags(51) + "]"), parameters + "Too many tags: a table can have at most 50");
  EXPECT_EQ(refused_table(R"("Tags":[{"Key":"a+b-c=d.e_f:g/h@i é表 9","Value":""}])"), "no error");
  EXPECT_EQ(refused_table(R"("Tags":[{"Key":"d%g","Value":"1"}])"), "The Tag Key provided is invalid, Key: d%g");
  EXPECT_EQ(refused_table(R"("Tags":[{"Key":"a","Value":"\ud83d\udd11"}])"),
            "The Tag Value provided is invalid, Value: \xF0\x9F\x94\x91");
}

TEST(TableRequests, AChangeOfAnIndexIsOneThing) {
  EXPECT_EQ(message_of(decode_update_table(
                Parsed(R"({"TableName":"things","GlobalSecondaryIndexUpdates":[{"Delete":{"IndexName":"one"},)"
                       R"("Update":{"IndexName":"two","ProvisionedThroughput":{"ReadCapacityUnits":1,)"
                       R"("WriteCapacityUnits":1}}}]})")
                    .root())),
            "One or more parameter values were invalid: Only one global secondary index action is allowed per "
            "GlobalSecondaryIndexUpdate object");
}

TEST(TableRequests, WhatIsNotSupportedIsRefused) {
  EXPECT_EQ(refused_table(R"("WarmThroughput":{"ReadUnitsPerSecond":12000})"),
            "One or more parameter values were invalid: WarmThroughput is not supported by this store; leave it out");
  EXPECT_EQ(message_of(decode_update_table(
                Parsed(R"({"TableName":"things","DeletionProtectionEnabled":true,"ReplicaUpdates":[]})").root())),
            "One or more parameter values were invalid: ReplicaUpdates is not supported by this store; leave it out");
  EXPECT_EQ(refused_table(R"("SSESpecification":{"Enabled":true})"),
            "One or more parameter values were invalid: SSESpecification: encryption with a customer's key is not "
            "supported by this store; leave it out");
  EXPECT_EQ(refused_table(R"("SSESpecification":{"Enabled":false})"), "no error");
}

TEST(TableRequests, OnDemandTablesHaveLimits) {
  const auto limited = [](std::string_view limits) {
    return refused_table(fmt::format(R"("OnDemandThroughput":{{{}}})", limits));
  };
  EXPECT_EQ(limited(R"("MaxReadRequestUnits":10,"MaxWriteRequestUnits":-1)"), "no error");
  EXPECT_EQ(
      limited(R"("MaxReadRequestUnits":0)"),
      "One or more parameter values were invalid: MaxReadRequestUnits must be at least 1, or -1 for no limit, and "
      "is 0");
  EXPECT_EQ(refused_table(R"("BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,)"
                          R"("WriteCapacityUnits":1},"OnDemandThroughput":{"MaxReadRequestUnits":1})"),
            "One or more parameter values were invalid: OnDemandThroughput can be specified only when BillingMode is "
            "PAY_PER_REQUEST");
}

}  // namespace
}  // namespace mrgc::protocol
