#include "mrgc/fleet/rows.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <set>
#include <string>

#include "fleet_world.h"

namespace mrgc::fleet {
namespace {

std::string any_text() { return *rc::gen::container<std::string>(rc::gen::inRange('a', 'z')); }
std::int64_t any_integer() { return *rc::gen::arbitrary<std::int64_t>(); }
std::optional<std::int64_t> any_optional() {
  return *rc::gen::arbitrary<bool>() ? std::optional(any_integer()) : std::nullopt;
}
double any_double() { return *rc::gen::inRange(-1'000'000'000, 1'000'000'000) / 1000.0; }
template <std::size_t kCount, typename T>
T any_of(const std::array<T, kCount>& values) {
  return values[*rc::gen::inRange<std::size_t>(0, kCount)];
}

GpuInstance any_instance() {
  GpuInstance row;
  row.instance_id = any_text();
  row.region = any_text();
  row.model_pool = any_text();
  row.state = any_of(kAllInstanceStates);
  row.queue_depth = any_optional();
  row.last_heartbeat = any_optional();
  row.launch_time = any_integer();
  row.ip_address = any_text();
  row.subnet_id = any_text();
  row.availability_zone = any_text();
  row.metadata.emplace(any_text(), any_text());
  row.ttl = any_optional();
  row.boot_id = any_text();
  row.drained_at = any_optional();
  row.cleanup_passed_at = any_optional();
  row.quarantine_reason = any_text();
  row.state_changed_at = any_integer();
  row.verdicts_count_from = any_optional();
  row.subnet_cidr = any_text();
  return row;
}

RoutingState any_routing_state() {
  RoutingState row;
  row.instance_id = any_text();
  row.region = any_text();
  row.routing_score = any_double();
  row.queue_depth = any_integer();
  row.avg_latency_ms = any_double();
  row.health_status = any_of(std::array{HealthStatus::kHealthy, HealthStatus::kDegraded, HealthStatus::kUnhealthy});
  row.last_updated = any_integer();
  row.subnet_cidr = any_text();
  row.ttl = any_optional();
  row.model_pool = any_text();
  return row;
}

AutoscalingState any_autoscaling_state() {
  AutoscalingState row;
  row.model_pool = any_text();
  row.timestamp = any_integer();
  row.region = any_text();
  row.current_capacity = any_integer();
  row.desired_capacity = any_integer();
  row.min_capacity = any_integer();
  row.max_capacity = any_integer();
  row.current_rps = any_double();
  row.target_rps = any_double();
  row.scaling_action = any_of(std::array{ScalingAction::kNone, ScalingAction::kScaleUp, ScalingAction::kScaleDown});
  row.reason = any_text();
  row.ttl = any_optional();
  return row;
}

CleanupValidation any_cleanup_validation() {
  CleanupValidation row;
  row.instance_id = any_text();
  row.validation_timestamp = any_integer();
  row.validation_status =
      any_of(std::array{ValidationStatus::kPending, ValidationStatus::kPassed, ValidationStatus::kFailed});
  row.gpu_memory_wiped = *rc::gen::arbitrary<bool>();
  row.system_memory_wiped = *rc::gen::arbitrary<bool>();
  row.enclave_stopped = *rc::gen::arbitrary<bool>();
  row.integrity_check = any_text();
  row.failure_reason = any_text();
  row.quarantine_reason = any_text();
  row.validator_id = any_text();
  row.ttl = any_optional();
  return row;
}

Metric any_metric() {
  Metric row;
  row.metric_name = any_text();
  row.timestamp = any_integer();
  row.region = any_text();
  row.value = any_double();
  row.unit = any_text();
  row.revision = any_integer();
  row.ttl = any_optional();
  const int parts = *rc::gen::inRange(0, 5);
  for (int i = 0; i < parts; ++i) {
    MetricPart part;
    part.requests = *rc::gen::inRange<std::uint64_t>(0, 1000);
    part.sketch = *rc::gen::arbitrary<bool>() ? std::optional(QuantileSketch()) : std::nullopt;
    const int samples = *rc::gen::inRange(0, 5);
    for (int j = 0; j < samples; ++j) {
      const double sample = std::abs(any_double());
      part.add(sample);
      if (part.sketch) RC_ASSERT(part.sketch->add(sample).has_value());
    }
    row.parts[any_text()].emplace(any_text(), part);
  }
  return row;
}

template <typename Row>
void reads_back(const Row& row) {
  const Result<Row> read = Row::from_item(row.to_item());
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == row);
}

TEST(Rows, ReadBack) {
  EXPECT_TRUE(rc::check([] {
    reads_back(any_instance());
    reads_back(any_routing_state());
    reads_back(any_autoscaling_state());
    reads_back(any_cleanup_validation());
    reads_back(any_metric());
  }));
}

// Whatever attribute another writer left out or gave another type: a row or an error, never a crash; and an error
// exactly when the row cannot do without the attribute.
template <typename Row>
void survives_each_attribute(const Row& row, const std::set<std::string, std::less<>>& needed) {
  const item::Item item = row.to_item();
  for (const auto& [name, value] : item.attributes()) {
    const item::Item without = item::ItemBuilder(item).remove(name).build();
    const item::Item other_type = item::ItemBuilder(item).set(name, item::Value::List{}).build();
    EXPECT_EQ(Row::from_item(without).has_value(), !needed.contains(name)) << name;
    EXPECT_EQ(Row::from_item(other_type).has_value(), !needed.contains(name)) << name;
  }
}

TEST(Rows, RefuseWhatMeansNothingAndBearTheRest) {
  GpuInstance instance;
  instance.instance_id = "i-1";
  instance.region = "us-east-1";
  instance.model_pool = "model-a";
  instance.queue_depth = instance.last_heartbeat = instance.ttl = instance.drained_at = 1;
  instance.verdicts_count_from = 1;
  instance.metadata.emplace("a", 1);
  survives_each_attribute(instance, {"instance_id", "region", "model_pool", "state"});
  RoutingState routing;
  routing.instance_id = "i-1";
  survives_each_attribute(routing, {"instance_id", "region", "routing_score", "health_status", "last_updated"});
  survives_each_attribute(AutoscalingState{},
                          {"model_pool", "timestamp", "region", "desired_capacity", "scaling_action"});
  survives_each_attribute(CleanupValidation{}, {"instance_id", "validation_timestamp", "validation_status"});
  survives_each_attribute(Metric{}, {"metric_name", "timestamp", "region", "value"});
}

TEST(Rows, RefuseWordsThatTheyDoNotKnow) {
  const item::Item item = item::ItemBuilder(GpuInstance{}.to_item()).set("state", "asleep").build();
  const Result<GpuInstance> row = GpuInstance::from_item(item);
  ASSERT_TRUE(fails_with(ErrorCode::kValidation, row));
  EXPECT_NE(row.error().message.find("\"state\""), std::string::npos) << row.error().message;
}

TEST(Rows, OfMetricsLeaveOutPartsOfAnotherForm) {
  Metric metric;
  metric.metric_name = "rps";
  metric.region = "us-east-1";
  metric.parts["model-a"]["w1"].requests = 7;
  item::Value::Map dimensions =
      *item::ItemBuilder(metric.to_item()).build().to_map().at("dimensions").as<item::Value::Map>();
  item::Value::Map& writers = *dimensions.at("model-a").as<item::Value::Map>();
  writers.emplace("text", "x");
  writers.emplace("empty", item::Value::Map{});
  writers.emplace("negative", item::Value::Map{{"count", -1}, {"sum", 1}});
  writers.emplace("sketch", item::Value::Map{{"count", 0}, {"sum", 0}, {"sketch", item::Value::Binary{"\x01\xFF"}}});
  dimensions.emplace("number", 5);
  const item::Item item = item::ItemBuilder(metric.to_item()).set("dimensions", dimensions).build();
  const Result<Metric> read = Metric::from_item(item);
  ASSERT_TRUE(succeeds(read));
  EXPECT_EQ(read->parts, metric.parts);
}

}  // namespace
}  // namespace mrgc::fleet
