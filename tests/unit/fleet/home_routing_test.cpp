// Two regions with a store each, and what one of them wrote carried to the other when the test says so.

#include <gtest/gtest.h>

#include <string>

#include "fleet_world.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/metrics_collector.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

struct TwoRegions : testing::Test {
  static constexpr const char* kEast = "us-east-1";
  static constexpr const char* kWest = "us-west-2";

  // The same two stores, seen from a region.
  struct Region {
    Region(TwoRegions& world, const std::string& own)
        : regions(Regions::create(own, "mrgc", {{kEast, &world.east_store}, {kWest, &world.west_store}}).value()),
          state(regions, world.clock),
          registry(state, world.clock) {}
    Regions regions;
    StateManager state;
    InstanceRegistry registry;
  };

  void SetUp() override { ASSERT_TRUE(succeeds(east.state.create_tables())); }

  // Carries all rows of a table from one store to the other.
  void carry(Table table, store::Store& from, store::Store& to) {
    store::ScanRequest scan;
    scan.table = east.regions.table_name(table);
    const auto page = store::BlockingStore(from).scan(scan);
    ASSERT_TRUE(succeeds(page));
    for (const item::Item& item : page->items) {
      store::PutItemRequest put;
      put.table = scan.table;
      put.item = item;
      ASSERT_TRUE(succeeds(store::BlockingStore(to).put_item(put)));
    }
  }

  base::ManualClock clock{kStartSeconds * 1000};
  base::SeededRandom random{3};
  TemporaryStore east_folder{clock};
  TemporaryStore west_folder{clock};
  store::InterceptedStore east_store{east_folder.store()};
  store::InterceptedStore west_store{west_folder.store()};
  Region east{*this, kEast};
  Region west{*this, kWest};
};

TEST_F(TwoRegions, TablesAreCreatedInBoth) {
  for (store::InterceptedStore* store : {&east_store, &west_store}) {
    EXPECT_EQ(store::BlockingStore(*store).list_tables({}).value().tables.size(), kTableCount);
  }
}

TEST_F(TwoRegions, RegistrationGoesHome) {
  ASSERT_TRUE(succeeds(east.registry.register_new_instance(registration("i-w", kWest))));
  EXPECT_TRUE(succeeds(west.state.get_instance("i-w")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, east.state.get_instance("i-w"))) << "reads are local";
}

TEST_F(TwoRegions, WritesOfForeignInstancesGoHome) {
  ASSERT_TRUE(succeeds(west.registry.register_new_instance(registration("i-w", kWest))));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, east.registry.heartbeat("i-w", 3))) << "not arrived yet";
  carry(Table::kGpuInstances, west_store, east_store);
  const item::Item replica = east.state.get_instance("i-w").value().to_item();
  clock.advance_ms(5000);

  ASSERT_TRUE(succeeds(east.registry.heartbeat("i-w", 3)));
  EXPECT_EQ(west.state.get_instance("i-w").value().queue_depth, 3);
  const auto available = east.registry.mark_instance_available("i-w");
  ASSERT_TRUE(succeeds(available));
  EXPECT_EQ(west.state.get_instance("i-w").value().state, InstanceState::kAvailable);
  EXPECT_TRUE(succeeds(west.state.get_routing_state("i-w")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, east.state.get_routing_state("i-w")));
  EXPECT_EQ(east.state.get_instance("i-w").value().to_item(), replica) << "the foreign replica was written";

  carry(Table::kRoutingState, west_store, east_store);
  const std::uint64_t before = east.state.stats().writes;
  ASSERT_TRUE(succeeds(east.registry.update_routing_metrics("i-w", 2, 150, HealthStatus::kHealthy)));
  EXPECT_EQ(east.state.stats().writes - before, 2U) << "one refused here, one at home";
  EXPECT_EQ(west.state.get_routing_state("i-w").value().routing_score, 85.5);
  EXPECT_EQ(east.state.get_routing_state("i-w").value().routing_score, 100);

  ASSERT_TRUE(succeeds(east.registry.mark_instance_draining("i-w")));
  EXPECT_EQ(west.state.get_instance("i-w").value().state, InstanceState::kDraining);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, west.state.get_routing_state("i-w")));
}

TEST_F(TwoRegions, TheOwnRegionsInstancesNeedOneWrite) {
  ASSERT_TRUE(succeeds(east.registry.register_new_instance(registration("i-e", kEast))));
  const std::uint64_t before = east.state.stats().writes;
  ASSERT_TRUE(succeeds(east.registry.heartbeat("i-e", 1)));
  EXPECT_EQ(east.state.stats().writes - before, 1U);
}

TEST_F(TwoRegions, AQuarantineAtHomeIsNotUndoneByAnOldReplicaElsewhere) {
  ASSERT_TRUE(succeeds(west.registry.register_new_instance(registration("i-w", kWest))));
  ASSERT_TRUE(succeeds(west.registry.mark_instance_available("i-w")));
  carry(Table::kGpuInstances, west_store, east_store);
  ASSERT_TRUE(succeeds(west.registry.mark_instance_quarantined("i-w", "smoke")));
  ASSERT_TRUE(succeeds(east.registry.heartbeat("i-w", 1)));
  EXPECT_TRUE(fails_with(ErrorCode::kIllegalTransition, east.registry.mark_instance_draining("i-w")));
  EXPECT_EQ(west.state.get_instance("i-w").value().state, InstanceState::kQuarantined);
}

TEST_F(TwoRegions, WritesAreRefusedWhileTheirHomeIsUnreachable) {
  ASSERT_TRUE(succeeds(west.registry.register_new_instance(registration("i-w", kWest))));
  ASSERT_TRUE(succeeds(west.registry.mark_instance_available("i-w")));
  carry(Table::kGpuInstances, west_store, east_store);
  west_store.cut_off();
  const auto heartbeat = east.registry.heartbeat("i-w", 1);
  ASSERT_TRUE(fails_with(ErrorCode::kUnavailable, heartbeat));
  EXPECT_NE(heartbeat.error().message.find(kWest), std::string::npos) << heartbeat.error().message;
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, east.registry.mark_instance_draining("i-w")));
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, east.registry.register_new_instance(registration("i-x", kWest))));
  EXPECT_TRUE(succeeds(east.registry.register_new_instance(registration("i-e", kEast)))) << "the own region goes on";
}

TEST_F(TwoRegions, AFailedCleanupSeenElsewhereIsAppliedByTheHome) {
  ASSERT_TRUE(succeeds(west.registry.register_new_instance(registration("i-w", kWest))));
  ASSERT_TRUE(succeeds(west.registry.mark_instance_available("i-w")));
  ASSERT_TRUE(succeeds(west.registry.mark_instance_draining("i-w")));
  carry(Table::kGpuInstances, west_store, east_store);
  west_store.cut_off();
  CleanupReport failed;
  failed.instance_id = "i-w";
  failed.failure_reason = "residue";
  const auto left = east.registry.record_cleanup_validation(failed);
  ASSERT_TRUE(succeeds(left));
  EXPECT_FALSE(left->applied);
  west_store.pass();

  clock.advance_ms(60'000);
  carry(Table::kCleanupValidation, east_store, west_store);
  CleanupReport passed;
  passed.instance_id = "i-w";
  passed.passed = passed.gpu_memory_wiped = passed.system_memory_wiped = passed.enclave_stopped = true;
  ASSERT_TRUE(succeeds(west.registry.record_cleanup_validation(passed)));
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, west.registry.mark_instance_available("i-w")));
  EXPECT_EQ(west.state.get_instance("i-w").value().state, InstanceState::kQuarantined);
}

TEST_F(TwoRegions, DecisionsAndMetricsAreWrittenAtHome) {
  AutoscalingState decision;
  decision.model_pool = "model-a";
  decision.region = kWest;
  decision.timestamp = kStartSeconds;
  ASSERT_TRUE(succeeds(east.state.put_autoscaling_state(decision)));
  EXPECT_TRUE(succeeds(west.state.get_autoscaling_state("model-a", kStartSeconds + 2)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, east.state.get_autoscaling_state("model-a", kStartSeconds + 2)));

  MetricsCollector collector(east.state, clock, random);
  ASSERT_TRUE(succeeds(collector.record_request(kWest, "model-a")));
  ASSERT_TRUE(succeeds(collector.record_request(kEast, "model-a")));
  west_store.cut_off();
  const FlushReport partly = collector.flush();
  EXPECT_EQ(partly.written, 1U);
  EXPECT_EQ(partly.pending, 1U);
  ASSERT_TRUE(partly.error.has_value());
  EXPECT_EQ(partly.error->code, ErrorCode::kUnavailable);
  west_store.pass();
  clock.advance_ms(3'600'000);
  const FlushReport rest = collector.flush();
  EXPECT_EQ(rest.written, 1U);
  EXPECT_EQ(rest.pending, 0U);
  EXPECT_TRUE(succeeds(east.state.get_metric("rps", kStartSeconds)));
  EXPECT_TRUE(succeeds(west.state.get_metric("rps", kStartSeconds + 2)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, west.state.get_metric("rps", kStartSeconds)));
}

}  // namespace
}  // namespace mrgc::fleet
