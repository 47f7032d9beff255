#include "mrgc/fleet/cluster_health.h"

#include <gtest/gtest.h>

#include "fleet_world.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/metrics_collector.h"

namespace mrgc::fleet {
namespace {

using enum InstanceState;

struct Health : testing::Test, FleetWorld {
  InstanceRegistry registry{state, clock};
  MetricsCollector collector{state, clock, random};

  ClusterHealth summary(std::int64_t lost_after_s = 120) {
    const auto health = collector.get_cluster_health_summary({.lost_after_s = lost_after_s});
    EXPECT_TRUE(succeeds(health));
    return *health;
  }
  void launch(const std::string& id, const std::string& region, const std::string& pool, bool available) {
    ASSERT_TRUE(succeeds(registry.register_new_instance(registration(id, region, pool))));
    if (available) {
      ASSERT_TRUE(succeeds(registry.mark_instance_available(id)));
    }
  }
};

TEST_F(Health, OfAnEmptyFleetIsAllZeros) {
  const ClusterHealth health = summary();
  EXPECT_EQ(health.total_instances, 0U);
  EXPECT_EQ(health.total_rps, 0);
  EXPECT_EQ(health.avg_queue_depth, 0);
  EXPECT_EQ(health.instances_by_state.size(), kAllInstanceStates.size());
  EXPECT_EQ(health.rps_by_region.size(), 3U);
  EXPECT_EQ(health.latency.p95_ms, std::nullopt);
}

TEST_F(Health, CountsInstances) {
  launch("i-1", "us-east-1", "model-a", true);
  launch("i-2", "us-east-1", "model-b", true);
  launch("i-3", "us-west-2", "model-a", false);
  launch("i-4", "us-west-2", "model-a", true);
  launch("i-5", "us-west-2", "model-a", true);
  ASSERT_TRUE(succeeds(registry.mark_instance_quarantined("i-4", "smoke")));
  ASSERT_TRUE(succeeds(registry.mark_instance_terminated("i-5")));
  ASSERT_TRUE(succeeds(registry.heartbeat("i-1", 3)));
  ASSERT_TRUE(succeeds(registry.heartbeat("i-2", 6)));
  const ClusterHealth health = summary();
  EXPECT_EQ(health.total_instances, 4U);
  EXPECT_EQ(health.instances_by_state,
            (std::map<InstanceState, std::size_t>{
                {kLaunching, 1}, {kAvailable, 2}, {kDraining, 0}, {kTerminated, 1}, {kQuarantined, 1}}));
  EXPECT_EQ(health.instances_by_region.at("us-east-1"), 2U);
  EXPECT_EQ(health.instances_by_region.at("us-west-2"), 2U);
  EXPECT_EQ(health.instances_by_pool.at("model-a"), 3U);
  EXPECT_EQ(health.quarantined, 1U);
  EXPECT_EQ(health.avg_queue_depth, 4.5);
}

TEST_F(Health, NamesTheSilent) {
  launch("i-2", "us-east-1", "model-a", true);
  launch("i-1", "us-east-1", "model-a", false);
  launch("i-3", "us-east-1", "model-a", true);
  launch("i-4", "us-east-1", "model-a", false);
  ASSERT_TRUE(succeeds(registry.mark_instance_quarantined("i-4", "smoke")));
  advance_s(120);
  EXPECT_EQ(summary().late_heartbeats, 0U);
  ASSERT_TRUE(succeeds(registry.heartbeat("i-3", 0)));
  advance_s(1);
  const ClusterHealth health = summary();
  EXPECT_EQ(health.late_heartbeats, 2U);
  EXPECT_EQ(health.late_instances, (std::vector<std::string>{"i-1", "i-2"}));
  EXPECT_EQ(summary(1000).late_heartbeats, 0U);
}

TEST_F(Health, RatesAreOfEachRegionsNewestMinuteThatAllHaveFlushed) {
  const auto requests = [this](const char* region, int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(succeeds(collector.record_request(region, "model-a")));
  };
  requests("us-east-1", 600);
  requests("us-west-2", 60);
  advance_s(60);
  requests("us-east-1", 120);
  advance_s(60);
  requests("us-east-1", 6000);
  advance_s(60);
  ASSERT_EQ(collector.flush().pending, 0U);
  ClusterHealth health = summary();
  EXPECT_EQ(health.rps_by_region.at("us-east-1"), 2);
  EXPECT_EQ(health.rps_by_region.at("us-west-2"), 1);
  EXPECT_EQ(health.rps_by_region.at("us-east-2"), 0);
  EXPECT_EQ(health.total_rps, 3);
  advance_s(600);
  EXPECT_EQ(summary().total_rps, 0) << "what is long ago is not how things are";
}

TEST_F(Health, AMinuteThatNotAllCollectorsHaveFlushedWaits) {
  MetricsCollector late(state, clock, random);
  const auto both_record = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(succeeds(collector.record_request("us-east-1", "model-a")));
      ASSERT_TRUE(succeeds(late.record_request("us-east-1", "model-a")));
    }
  };
  both_record(120);
  advance_s(60);
  ASSERT_EQ(collector.flush().pending + late.flush().pending, 0U);
  EXPECT_EQ(summary().total_rps, 4) << "there is none that ended earlier";
  both_record(120);
  advance_s(30);
  ASSERT_EQ(collector.flush().pending + late.flush().pending, 0U);
  both_record(120);
  advance_s(30);
  ASSERT_EQ(collector.flush().pending, 0U);
  EXPECT_EQ(summary().total_rps, 4) << "of the second minute a quarter is missing";
  ASSERT_EQ(late.flush().pending, 0U);
  advance_s(59);
  EXPECT_EQ(summary().total_rps, 4);
  advance_s(1);
  EXPECT_EQ(summary().total_rps, 8);
}

TEST_F(Health, LatencyIsOfSamplesElseOfGivenPercentiles) {
  ASSERT_TRUE(succeeds(collector.record_inference_latency("us-east-1", "model-a", 100, "p95")));
  ASSERT_TRUE(succeeds(collector.record_inference_latency("us-west-2", "model-a", 200, "p95")));
  ASSERT_EQ(collector.flush().pending, 0U);
  EXPECT_EQ(summary().latency.p95_ms, 150);
  EXPECT_EQ(summary().latency.p50_ms, std::nullopt);
  for (int i = 1; i <= 100; ++i) {
    ASSERT_TRUE(
        succeeds(collector.record_inference_latency_sample(i % 2 == 0 ? "us-east-1" : "us-east-2", "model-a", i * 10)));
  }
  ASSERT_EQ(collector.flush().pending, 0U);
  const LatencyPercentiles latency = summary().latency;
  EXPECT_NEAR(latency.p50_ms.value(), 500, 10);
  EXPECT_NEAR(latency.p95_ms.value(), 950, 10);
  EXPECT_NEAR(latency.p99_ms.value(), 990, 10);
}

}  // namespace
}  // namespace mrgc::fleet
