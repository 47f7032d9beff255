#include "mrgc/fleet/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "fleet/schema_json.h"
#include "fleet_world.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

const AttributeSchema* find_attribute(Table table, std::string_view name) {
  const auto& attributes = schema().table(table).attributes;
  const auto found = std::ranges::find(attributes, name, &AttributeSchema::name);
  return found == attributes.end() ? nullptr : &*found;
}

TEST(Schema, HasTheRegionsInOrder) {
  EXPECT_EQ(schema().regions, (std::vector<std::string>{"us-east-1", "us-east-2", "us-west-2"}));
  EXPECT_EQ(schema().region_ordinal("us-west-2"), 2);
  EXPECT_EQ(schema().region_ordinal("eu-west-1"), std::nullopt);
}

TEST(Schema, NamesTablesByPrefix) {
  EXPECT_EQ(schema().table_name(Table::kGpuInstances, "mrgc"), "mrgc-gpu-instances");
  EXPECT_EQ(schema().table_spec(Table::kMetrics, "x").name, "x-metrics");
}

TEST(Schema, KeysAndDurationsAreTheSpecification) {
  const auto key = [](Table table) {
    const store::KeySchema& keys = schema().table(table).keys;
    return keys.partition.name + (keys.sort ? "/" + keys.sort->name : "");
  };
  EXPECT_EQ(key(Table::kGpuInstances), "instance_id");
  EXPECT_EQ(key(Table::kRoutingState), "instance_id");
  EXPECT_EQ(key(Table::kAutoscalingState), "model_pool/timestamp");
  EXPECT_EQ(key(Table::kCleanupValidation), "instance_id/validation_timestamp");
  EXPECT_EQ(key(Table::kMetrics), "metric_name/timestamp");

  const std::int64_t day = 86'400;
  EXPECT_EQ(schema().table(Table::kGpuInstances).ttl.after_s, 7 * day);
  EXPECT_EQ(schema().table(Table::kRoutingState).ttl.after_s, 3600);
  EXPECT_EQ(schema().table(Table::kAutoscalingState).ttl.after_s, 30 * day);
  EXPECT_EQ(schema().table(Table::kCleanupValidation).ttl.after_s, 90 * day);
  EXPECT_EQ(schema().table(Table::kMetrics).ttl.after_s, 30 * day);
}

TEST(Schema, NoIndexOfInstancesHasWhatHeartbeatsWrite) {
  for (const store::IndexSpec& index : schema().table(Table::kGpuInstances).indexes) {
    EXPECT_EQ(index.projection, store::Projection::kInclude) << index.name;
    for (const std::string heartbeat : {"queue_depth", "last_heartbeat", "metadata"}) {
      EXPECT_EQ(std::ranges::count(index.included, heartbeat), 0) << index.name;
    }
  }
}

TEST(Schema, IndexesHoldOnlyKnownAttributesAndNoKeyTwice) {
  for (std::size_t i = 0; i < kTableCount; ++i) {
    const auto table = static_cast<Table>(i);
    for (const store::IndexSpec& index : schema().table(table).indexes) {
      for (const std::string& name : index.included) {
        EXPECT_NE(find_attribute(table, name), nullptr) << index.name << " " << name;
        EXPECT_NE(name, index.keys.partition.name) << index.name;
      }
    }
    EXPECT_NE(find_attribute(table, schema().table(table).ttl.attribute), nullptr);
  }
}

TEST(Schema, WordsAreThoseOfTheCode) {
  const auto words = [](const auto& values) {
    std::vector<std::string> result;
    result.reserve(values.size());
    for (const auto value : values) result.emplace_back(to_string(value));
    return result;
  };
  EXPECT_EQ(find_attribute(Table::kGpuInstances, "state")->allowed, words(kAllInstanceStates));
  EXPECT_EQ(find_attribute(Table::kRoutingState, "health_status")->allowed,
            words(std::array{HealthStatus::kHealthy, HealthStatus::kDegraded, HealthStatus::kUnhealthy}));
  EXPECT_EQ(find_attribute(Table::kCleanupValidation, "validation_status")->allowed,
            words(std::array{ValidationStatus::kPending, ValidationStatus::kPassed, ValidationStatus::kFailed}));
  EXPECT_EQ(find_attribute(Table::kAutoscalingState, "scaling_action")->allowed,
            words(std::array{ScalingAction::kScaleUp, ScalingAction::kScaleDown, ScalingAction::kNone}));
}

TEST(Schema, ParsesOnlyWhatItShould) {
  const std::string good(kSchemaJson);
  ASSERT_TRUE(succeeds(parse_schema(good)));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = good;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  const auto refuses = [](const std::string& json, const std::string& because) {
    const Result<Schema> parsed = parse_schema(json);
    ASSERT_TRUE(fails_with(ErrorCode::kValidation, parsed));
    EXPECT_NE(parsed.error().message.find(because), std::string::npos) << parsed.error().message;
  };
  refuses("", "no JSON");
  refuses("[]", "must be an object");
  refuses(std::string(1'000'000, '['), "no JSON");
  refuses("{} {}", "no JSON");
  refuses("{\"format\": 1, \"format\": 1}", "no JSON");
  refuses("{\"format\": \"\xFF\"}", "no JSON");
  refuses("{\"format\": 1e999}", "no JSON");
  refuses(with("{ \"attribute\": \"ttl\", \"after_s\": 604800, "
               "\"counts_from\": \"termination; removed when the instance returns\" }",
               "5"),
          "\"ttl\" must be an object");
  refuses(with("\"addition\": true", "\"addition\": 1"), "\"addition\" must be true or false");
  refuses(with("[\"us-east-1\", \"us-east-2\", \"us-west-2\"]", "5"), "\"allowed\" must be a list");
  refuses(with("\"format\": 1", "\"format\": 2"), "\"format\" must be 1");
  refuses(with("\"purpose\"", "\"porpoise\""), "unknown member \"porpoise\"");
  refuses(with("\"type\": \"S\"", "\"type\": \"X\""), "unknown type \"X\"");
  refuses(with("\"partition_key\": \"instance_id\"", "\"partition_key\": \"nothing\""), "\"nothing\" is not among");
  refuses(with("\"INCLUDE\"", "\"SOME\""), "unknown projection \"SOME\"");
  refuses(with("604800", "-1"), "\"after_s\"");
  refuses(with("\"routing-state\"", "\"routing\""), "in this order");
}

TEST(Tables, AreCreatedOnceWithTimeToLive) {
  FleetWorld world;
  EXPECT_TRUE(succeeds(world.state.create_tables()));
  const store::BlockingStore store(world.store);
  for (std::size_t i = 0; i < kTableCount; ++i) {
    const store::TableSpec wanted = schema().table_spec(static_cast<Table>(i), "mrgc");
    const auto table = store.describe_table({.table = wanted.name});
    ASSERT_TRUE(succeeds(table));
    EXPECT_EQ(table->spec.keys, wanted.keys);
    EXPECT_EQ(table->spec.indexes.size(), wanted.indexes.size());
    EXPECT_EQ(table->time_to_live_attribute, "ttl");
  }
}

TEST(Tables, OfAnotherFormAreRefused) {
  FleetWorld world;
  const store::BlockingStore store(world.store);
  const auto replace = [&](Table which, const auto& change) {
    store::TableSpec spec = schema().table_spec(which, "mrgc");
    ASSERT_TRUE(succeeds(store.delete_table({.table = spec.name})));
    change(spec);
    ASSERT_TRUE(succeeds(store.create_table({.spec = spec})));
  };
  const auto refused = [&](const std::string& because) {
    const Result<void> created = world.state.create_tables();
    ASSERT_TRUE(fails_with(ErrorCode::kResourceInUse, created));
    EXPECT_NE(created.error().message.find(because), std::string::npos) << created.error().message;
  };
  replace(Table::kGpuInstances, [](store::TableSpec& spec) { spec.indexes.pop_back(); });
  refused("mrgc-gpu-instances is there already, but it lacks the index state-index");
  replace(Table::kGpuInstances, [](store::TableSpec& spec) { spec.indexes[0].included.pop_back(); });
  refused("region-index has another form");
  replace(Table::kGpuInstances, [](store::TableSpec& spec) { spec.keys.partition.name = "id"; });
  refused("its key is another");
  replace(Table::kGpuInstances, [](store::TableSpec& spec) {
    std::ranges::reverse(spec.indexes);
    std::ranges::reverse(spec.indexes[0].included);
  });
  EXPECT_TRUE(succeeds(world.state.create_tables())) << "the order of indexes and attributes means nothing";
}

TEST(Regions, RefuseWhatTheyCannotBe) {
  FleetWorld world;
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, Regions::on_one_store("eu-west-1", "mrgc", world.store)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, Regions::on_one_store("us-east-1", "", world.store)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, Regions::on_one_store("us-east-1", "a b", world.store)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, Regions::create("us-east-1", "mrgc", {})));
  const auto alone = Regions::create("us-east-1", "mrgc", {{"us-east-1", &world.store}});
  ASSERT_TRUE(succeeds(alone));
  EXPECT_EQ(alone->store("us-east-1").value(), &world.store);
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, alone->store("us-west-2")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, alone->store("mars")));
  EXPECT_EQ(world.regions.distinct_stores().size(), 1U);
}

}  // namespace
}  // namespace mrgc::fleet
