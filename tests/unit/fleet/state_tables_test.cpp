// The tables of routing state, autoscaling state, cleanup validations and metrics, row by row.

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "fleet_world.h"

namespace mrgc::fleet {
namespace {

struct StateTables : testing::Test, FleetWorld {
  // The same tables as seen from the other regions.
  Regions from_east_2 = seen_from("us-east-2");
  StateManager east_2{from_east_2, clock};
};

RoutingState routing_row(std::string id, double score, std::string region = "us-east-1") {
  RoutingState row;
  row.instance_id = std::move(id);
  row.region = std::move(region);
  row.model_pool = "model-a";
  row.routing_score = score;
  row.subnet_cidr = "10.66.10.0/23";
  return row;
}

TEST_F(StateTables, RoutingRowsAreCreatedUpdatedReadAndDeleted) {
  ASSERT_TRUE(state.create_routing_state(routing_row("i-1", 100), 0).value());
  advance_s(5);
  EXPECT_FALSE(state.create_routing_state(routing_row("i-1", 50), 0).value()) << "a row that is there stays";
  EXPECT_EQ(state.get_routing_state("i-1").value().routing_score, 100);
  EXPECT_TRUE(state.create_routing_state(routing_row("i-1", 60), clock.now_s()).value()) << "unless it is older";

  ASSERT_TRUE(succeeds(state.update_routing_state(
      "i-1",
      {.routing_score = 85.5, .queue_depth = 2, .avg_latency_ms = 150, .health_status = HealthStatus::kDegraded})));
  const RoutingState row = state.get_routing_state("i-1").value();
  EXPECT_EQ(row.routing_score, 85.5);
  EXPECT_EQ(row.queue_depth, 2);
  EXPECT_EQ(row.avg_latency_ms, 150);
  EXPECT_EQ(row.health_status, HealthStatus::kDegraded);
  EXPECT_EQ(row.last_updated, clock.now_s());
  EXPECT_EQ(row.ttl, clock.now_s() + 3600);
  EXPECT_EQ(row.subnet_cidr, "10.66.10.0/23");
  EXPECT_EQ(row.model_pool, "model-a");

  advance_s(3600);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_routing_state("i-1"))) << "expired";
  EXPECT_TRUE(succeeds(state.delete_routing_state("i-1", "us-east-1")));
  EXPECT_TRUE(succeeds(state.delete_routing_state("i-1", "us-east-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.update_routing_state("i-1", {})));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.create_routing_state(routing_row("i-2", 101), 0)));
}

TEST_F(StateTables, ARoutingRowIsOnlyRemovedByItsHome) {
  ASSERT_TRUE(state.create_routing_state(routing_row("i-1", 100, "us-east-2"), 0).value());
  EXPECT_TRUE(succeeds(state.delete_routing_state("i-1", "us-east-1")));
  EXPECT_TRUE(succeeds(state.get_routing_state("i-1")));
}

TEST_F(StateTables, RoutingRowsOfARegionComeByScoreInPages) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(state.create_routing_state(routing_row("i-" + std::to_string(i), i * 7 % 10 * 10), 0).value());
  }
  ASSERT_TRUE(state.create_routing_state(routing_row("i-x", 99, "us-east-2"), 0).value());
  ListOptions options;
  options.limit = 4;
  std::vector<double> scores;
  do {
    const auto page = state.list_routing_by_region("us-east-1", options).value();
    for (const RoutingState& row : page.rows) scores.push_back(row.routing_score);
    options.start_after = page.next;
  } while (!options.start_after.empty());
  EXPECT_EQ(scores, (std::vector<double>{90, 80, 70, 60, 50, 40, 30, 20, 10, 0}));
}

AutoscalingState decision(std::string region, std::int64_t timestamp, std::int64_t desired) {
  AutoscalingState row;
  row.model_pool = "model-a";
  row.region = std::move(region);
  row.timestamp = timestamp;
  row.desired_capacity = desired;
  row.max_capacity = 100;
  row.current_rps = 75;
  row.target_rps = 1.25;
  row.scaling_action = ScalingAction::kScaleUp;
  row.reason = "busy";
  return row;
}

TEST_F(StateTables, DecisionsOfRegionsInTheSameMinuteDoNotCollide) {
  const auto first = state.put_autoscaling_state(decision("us-east-1", kStartSeconds + 17, 5));
  const auto second = state.put_autoscaling_state(decision("us-west-2", kStartSeconds + 17, 6));
  ASSERT_TRUE(succeeds(first));
  ASSERT_TRUE(succeeds(second));
  EXPECT_EQ(first->timestamp, kStartSeconds);
  EXPECT_EQ(second->timestamp, kStartSeconds + 2);
  EXPECT_EQ(first->ttl, kStartSeconds + 30 * 86'400);
  EXPECT_EQ(state.get_autoscaling_state("model-a", kStartSeconds).value(), *first);
  EXPECT_EQ(state.get_autoscaling_state("model-a", kStartSeconds + 2).value(), *second);
  // Another decision in the same minute takes the place of the earlier.
  ASSERT_TRUE(succeeds(state.put_autoscaling_state(decision("us-east-1", kStartSeconds + 59, 7))));
  EXPECT_EQ(state.get_autoscaling_state("model-a", kStartSeconds).value().desired_capacity, 7);
}

TEST_F(StateTables, TheLatestDecisionSinceATime) {
  for (int minute = 0; minute < 5; ++minute) {
    for (const std::string region : {"us-east-1", "us-east-2"}) {
      ASSERT_TRUE(succeeds(state.put_autoscaling_state(decision(region, kStartSeconds + minute * 60, minute))));
    }
  }
  const auto latest = state.latest_autoscaling_state("model-a", kStartSeconds - 300);
  ASSERT_TRUE(succeeds(latest));
  EXPECT_EQ(latest->timestamp, kStartSeconds + 241);
  const auto of_region = state.latest_autoscaling_state("model-a", kStartSeconds - 300, "us-east-1");
  ASSERT_TRUE(succeeds(of_region));
  EXPECT_EQ(of_region->timestamp, kStartSeconds + 240);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.latest_autoscaling_state("model-a", kStartSeconds + 241)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.latest_autoscaling_state("model-b", 0)));
}

TEST_F(StateTables, TheLatestDecisionOfAQuietRegionCostsFewQueries) {
  ASSERT_TRUE(succeeds(state.put_autoscaling_state(decision("us-west-2", kStartSeconds, 5))));
  for (int minute = 1; minute <= 300; ++minute) {
    ASSERT_TRUE(succeeds(state.put_autoscaling_state(decision("us-east-1", kStartSeconds + minute * 60, minute))));
  }
  const StateStats before = state.stats();
  EXPECT_EQ(state.latest_autoscaling_state("model-a", kStartSeconds - 300, "us-west-2").value().desired_capacity, 5);
  EXPECT_LE(state.stats().reads - before.reads, 5U) << "4 + 16 + 64 + 256 rows";
}

TEST_F(StateTables, DurableLimitsLastAndAreNoDecisions) {
  AutoscalingState limits = decision("us-east-2", 0, 0);
  limits.min_capacity = 2;
  const auto stored = state.put_autoscaling_state(limits);
  ASSERT_TRUE(succeeds(stored));
  EXPECT_EQ(stored->timestamp, 1);
  EXPECT_EQ(stored->ttl, std::nullopt);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.latest_autoscaling_state("model-a", 0)));
  advance_s(365 * 86'400);
  EXPECT_EQ(state.get_autoscaling_state("model-a", 1).value().min_capacity, 2);
}

TEST_F(StateTables, ScalingHistoryByRegionAndTime) {
  for (int minute = 0; minute < 5; ++minute) {
    for (const std::string region : {"us-east-1", "us-east-2"}) {
      ASSERT_TRUE(succeeds(state.put_autoscaling_state(decision(region, kStartSeconds + minute * 60, minute))));
    }
  }
  const auto history = state.list_autoscaling_by_region("us-east-2", kStartSeconds + 61, kStartSeconds + 181);
  ASSERT_TRUE(succeeds(history));
  std::vector<std::int64_t> desired;
  for (const AutoscalingState& row : history->rows) desired.push_back(row.desired_capacity);
  EXPECT_EQ(desired, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.list_autoscaling_by_region("us-east-2", 2, 1)));
  ASSERT_TRUE(succeeds(state.delete_autoscaling_state("model-a", kStartSeconds + 61)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_autoscaling_state("model-a", kStartSeconds + 61)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.delete_autoscaling_state("model-a", 59)));
}

TEST_F(StateTables, ImpossibleDecisionsAreRefused) {
  AutoscalingState upside_down = decision("us-east-1", kStartSeconds, 5);
  upside_down.min_capacity = 101;
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.put_autoscaling_state(upside_down)));
  AutoscalingState endless = decision("us-east-1", kStartSeconds, 5);
  endless.current_rps = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.put_autoscaling_state(endless)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.put_autoscaling_state(decision("us-east-1", -60, 5))));
  EXPECT_TRUE(
      fails_with(ErrorCode::kInvalidArgument, state.put_autoscaling_state(decision("us-east-1", kStartSeconds, -5))));
}

CleanupValidation validation(ValidationStatus status, std::string id = "i-1") {
  CleanupValidation row;
  row.instance_id = std::move(id);
  row.validation_status = status;
  row.gpu_memory_wiped = true;
  row.system_memory_wiped = true;
  row.enclave_stopped = true;
  row.integrity_check = "sha256:abc123";
  row.validator_id = "washer-1";
  return row;
}

TEST_F(StateTables, ValidationsNeverReplaceEachOther) {
  // Several in the same second, from two regions.
  std::set<std::int64_t> seconds;
  for (int i = 0; i < 5; ++i) {
    for (StateManager* manager : {&state, &east_2}) {
      const auto row = manager->create_cleanup_validation(validation(ValidationStatus::kFailed));
      ASSERT_TRUE(succeeds(row));
      EXPECT_GE(row->validation_timestamp, kStartSeconds);
      EXPECT_EQ(row->ttl, row->validation_timestamp + 90 * 86'400);
      EXPECT_EQ(row->validation_timestamp % 3, manager == &state ? 0 : 1);
      EXPECT_TRUE(seconds.insert(row->validation_timestamp).second);
      EXPECT_EQ(state.get_cleanup_validation("i-1", row->validation_timestamp).value(), *row);
    }
  }
  const auto newest_first = state.list_cleanup_validations("i-1");
  ASSERT_TRUE(succeeds(newest_first));
  std::vector<std::int64_t> listed;
  for (const CleanupValidation& row : newest_first->rows) listed.push_back(row.validation_timestamp);
  EXPECT_EQ(listed, std::vector<std::int64_t>(seconds.rbegin(), seconds.rend()));
}

TEST_F(StateTables, PendingValidationsAreFinishedOnceWhereTheyBegan) {
  CleanupValidation row = state.create_cleanup_validation(validation(ValidationStatus::kPending)).value();
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.update_cleanup_validation(row)));
  row.validation_status = ValidationStatus::kPassed;
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, east_2.update_cleanup_validation(row)));
  ASSERT_TRUE(succeeds(state.update_cleanup_validation(row)));
  EXPECT_EQ(state.get_cleanup_validation("i-1", row.validation_timestamp).value(), row);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.update_cleanup_validation(row))) << "a verdict stands";
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.delete_cleanup_validation("i-1", row.validation_timestamp)));
  row.validation_timestamp += 3;
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.update_cleanup_validation(row)));

  const auto begun = state.create_cleanup_validation(validation(ValidationStatus::kPending, "i-2")).value();
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, east_2.delete_cleanup_validation("i-2", begun.validation_timestamp)));
  EXPECT_TRUE(succeeds(state.delete_cleanup_validation("i-2", begun.validation_timestamp)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.delete_cleanup_validation("i-2", begun.validation_timestamp)));
}

TEST_F(StateTables, APassedValidationFoundEverythingWiped) {
  const CleanupValidation begun = state.create_cleanup_validation(validation(ValidationStatus::kPending)).value();
  for (bool CleanupValidation::* flag : {&CleanupValidation::gpu_memory_wiped, &CleanupValidation::system_memory_wiped,
                                         &CleanupValidation::enclave_stopped}) {
    CleanupValidation contradictory = begun;
    contradictory.validation_status = ValidationStatus::kPassed;
    contradictory.*flag = false;
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.create_cleanup_validation(contradictory)));
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.update_cleanup_validation(contradictory)));
    contradictory.validation_status = ValidationStatus::kFailed;
    EXPECT_TRUE(succeeds(state.create_cleanup_validation(contradictory)));
  }
  EXPECT_EQ(state.get_cleanup_validation("i-1", begun.validation_timestamp).value(), begun);
}

TEST_F(StateTables, FailedValidationsOfATime) {
  for (int i = 0; i < 6; ++i) {
    const auto status = i % 2 == 0 ? ValidationStatus::kFailed : ValidationStatus::kPassed;
    ASSERT_TRUE(succeeds(state.create_cleanup_validation(validation(status, "i-" + std::to_string(i)))));
    advance_s(60);
  }
  const auto failed =
      state.list_cleanup_validations_by_status(ValidationStatus::kFailed, kStartSeconds + 60, kStartSeconds + 240);
  ASSERT_TRUE(succeeds(failed));
  ASSERT_EQ(failed->rows.size(), 2U);
  EXPECT_EQ(failed->rows[0].instance_id, "i-2");
  EXPECT_EQ(failed->rows[1].instance_id, "i-4");
}

Metric metric(std::string name, std::string region, std::int64_t timestamp, double value) {
  Metric row;
  row.metric_name = std::move(name);
  row.region = std::move(region);
  row.timestamp = timestamp;
  row.value = value;
  row.unit = "Count";
  return row;
}

TEST_F(StateTables, MetricsAreCreatedReadListedAndDeleted) {
  for (int minute = 0; minute < 4; ++minute) {
    ASSERT_TRUE(succeeds(state.create_metric(metric("a", "us-east-1", kStartSeconds + minute * 60, minute))));
    ASSERT_TRUE(succeeds(state.create_metric(metric("a", "us-east-2", kStartSeconds + minute * 60 + 1, minute))));
    ASSERT_TRUE(succeeds(state.create_metric(metric("b", "us-east-2", kStartSeconds + minute * 60 + 1, minute))));
  }
  EXPECT_TRUE(
      fails_with(ErrorCode::kConditionalCheckFailed, state.create_metric(metric("a", "us-east-1", kStartSeconds, 9))));
  EXPECT_TRUE(
      fails_with(ErrorCode::kInvalidArgument, state.create_metric(metric("a", "us-east-1", kStartSeconds + 1, 9))));
  EXPECT_EQ(state.get_metric("a", kStartSeconds + 60).value().value, 1);
  EXPECT_EQ(state.get_metric("a", kStartSeconds + 60).value().ttl, kStartSeconds + 60 + 30 * 86'400);
  const auto by_name = state.list_metrics("a", kStartSeconds + 60, kStartSeconds + 120).value().rows;
  ASSERT_EQ(by_name.size(), 3U);
  EXPECT_EQ(by_name[0].timestamp, kStartSeconds + 60);
  EXPECT_EQ(by_name[2].timestamp, kStartSeconds + 120);
  const auto by_region = state.list_metrics_by_region("us-east-2", kStartSeconds, kStartSeconds + 61).value().rows;
  EXPECT_EQ(by_region.size(), 4U);
  for (const Metric& row : by_region) EXPECT_EQ(row.region, "us-east-2");
  ASSERT_TRUE(succeeds(state.delete_metric("a", kStartSeconds)));
  ASSERT_TRUE(succeeds(state.delete_metric("a", kStartSeconds)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_metric("a", kStartSeconds)));
  advance_s(31 * 86'400);
  EXPECT_TRUE(state.list_metrics("a", kStartSeconds, kStartSeconds + 240).value().rows.empty()) << "expired";
}

}  // namespace
}  // namespace mrgc::fleet
