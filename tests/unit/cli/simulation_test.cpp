#include "cli/sim/simulation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/sim/trace_generator.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/metrics_collector.h"
#include "mrgc/store/blocking.h"
#include "support/temporary_folder.h"

namespace mrgc::cli::sim {
namespace {

constexpr std::int64_t kPresentMs = 1'700'000'000'000;

// One store for all replays of a test; each has tables of its own unless it names them.
class SimulationTest : public ::testing::Test {
 protected:
  static Trace make_trace(std::uint64_t seed, std::size_t requests, std::int64_t minutes) {
    base::SeededRandom random(seed);
    return generate_trace({.requests = requests, .minutes = minutes}, random);
  }

  std::string next_prefix() { return fmt::format("run{}", runs_++); }

  Result<SimReport> replay(const std::string& prefix, const Trace& trace, std::size_t instances, std::uint64_t seed) {
    return simulate({.store = *store_,
                     .store_clock = store_clock_,
                     .wall_clock = wall_clock_,
                     .identities = identities_,
                     .on_progress = on_progress_,
                     .should_stop = should_stop_},
                    {.own_region = "us-east-1", .prefix = prefix, .instances = instances, .seed = seed}, trace);
  }

  // What somebody finds in the store at the present.
  struct Observer {
    Observer(const std::string& prefix, SimulationTest& test)
        : regions(fleet::Regions::on_one_store("us-east-1", prefix, *test.store_).value()),
          state(regions, test.wall_clock_),
          registry(state, test.wall_clock_),
          metrics(state, test.wall_clock_, test.identities_) {}

    fleet::Regions regions;
    fleet::StateManager state;
    fleet::InstanceRegistry registry;
    fleet::MetricsCollector metrics;

    // The requests that the rows of the metric `rps` count, by region.
    std::map<std::string, std::uint64_t> counted_requests() {
      std::map<std::string, std::uint64_t> counts;
      const auto found = metrics.query_metric("rps", 0, kPresentMs / 1000).value();
      for (const auto& reading : found.readings) counts[reading.region] += reading.total.count;
      return counts;
    }
  };

  testing::TemporaryFolder folder_;
  base::ManualClock store_clock_{kPresentMs};
  base::ManualClock wall_clock_{kPresentMs};
  base::SystemRandom identities_;
  std::function<void(const Progress&)> on_progress_;
  std::function<bool()> should_stop_;
  std::unique_ptr<engine::EmbeddedStore> store_ =
      engine::open_embedded(folder_.path(), {.durability = engine::Durability::kAsync,
                                             .clock = &store_clock_,
                                             .sweep_interval = std::chrono::milliseconds::zero()})
          .value();
  int runs_ = 0;
};

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.requests, b.requests);
  EXPECT_EQ(a.served, b.served);
  EXPECT_EQ(a.rejected_no_room, b.rejected_no_room);
  EXPECT_EQ(a.rejected_lost, b.rejected_lost);
  EXPECT_EQ(a.latency_ms, b.latency_ms);
}

TEST_F(SimulationTest, AccountsForEveryRequest) {
  EXPECT_TRUE(rc::check("served + rejected = requests, and the metrics agree", [this] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto requests = *rc::gen::inRange<std::size_t>(1, 400);
    const auto instances = *rc::gen::inRange<std::size_t>(1, 16);
    const auto prefix = next_prefix();
    const auto report = replay(prefix, make_trace(seed, requests, 2), instances, seed);
    RC_ASSERT(report.has_value());
    RC_ASSERT(report->total.requests == requests);
    RC_ASSERT(report->total.served + report->total.rejected() == requests);
    RC_ASSERT(report->total.latency_ms.count() == report->total.served);
    RC_ASSERT(report->peak_active <= fleet::kMaxQueueDepth);
    RC_ASSERT(report->end_ms <= kPresentMs);

    Outcome by_region;
    Outcome by_pool;
    for (const ReportRow& row : report->regions) by_region.merge(row.outcome);
    for (const ReportRow& row : report->pools) by_pool.merge(row.outcome);
    expect_same(by_region, report->total);
    expect_same(by_pool, report->total);

    auto counted = Observer(prefix, *this).counted_requests();
    for (const ReportRow& row : report->regions) RC_ASSERT(counted[row.name] == row.outcome.served);
  }));
}

TEST_F(SimulationTest, GivesTheSameReportForTheSameSeed) {
  const Trace trace = make_trace(7, 800, 4);
  const auto first = replay(next_prefix(), trace, 20, 7);
  const auto second = replay(next_prefix(), trace, 20, 7);
  const auto other = replay(next_prefix(), trace, 20, 8);
  ASSERT_TRUE(first && second && other);
  expect_same(first->total, second->total);
  EXPECT_EQ(first->state.reads, second->state.reads);
  EXPECT_EQ(first->state.writes, second->state.writes);
  EXPECT_EQ(first->state.read_units, second->state.read_units);
  EXPECT_EQ(first->state.write_units, second->state.write_units);
  EXPECT_EQ(first->end_ms, second->end_ms);
  EXPECT_EQ(first->peak_active, second->peak_active);
  EXPECT_NE(first->total.latency_ms, other->total.latency_ms);
}

TEST_F(SimulationTest, RejectsWhatFindsNoRoomAndFillsInstancesToTheBrim) {
  // 9 instances, one for each region and pool, far more requests at once than they can take, and a late one, so that
  // no incident falls into the crowd.
  Trace trace(600, TraceRequest{.at_ms = 0, .context_tokens = 1000, .generated_tokens = 1000});
  trace.push_back({.at_ms = 600'000, .context_tokens = 1, .generated_tokens = 1});
  const auto report = replay(next_prefix(), trace, 9, 1);
  ASSERT_TRUE(report) << report.error().message;
  const std::uint64_t room = 9U * fleet::kMaxQueueDepth;
  EXPECT_EQ(report->total.requests, 601U);
  EXPECT_GE(report->total.served, room);
  EXPECT_LE(report->total.served, room + 1);
  EXPECT_EQ(report->total.served + report->total.rejected_no_room, 601U);
  EXPECT_EQ(report->peak_active, fleet::kMaxQueueDepth);
}

TEST_F(SimulationTest, RejectsEverythingWhereNobodyServes) {
  const auto report = replay(next_prefix(), make_trace(3, 200, 2), 1, 3);  // one instance: us-east-1, model-a
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->regions[1].outcome.served, 0U);
  EXPECT_EQ(report->regions[1].outcome.rejected_no_room, report->regions[1].outcome.requests);
  EXPECT_GT(report->regions[1].outcome.requests, 0U);
  EXPECT_GT(report->regions[0].outcome.served, 0U);
}

TEST_F(SimulationTest, LeavesAFleetThatLooksAlive) {
  const auto prefix = next_prefix();
  const auto report = replay(prefix, make_trace(5, 600, 10), 50, 5);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->incidents.drained, 6U);
  EXPECT_EQ(report->incidents.returned, 5U);
  EXPECT_EQ(report->incidents.quarantined, 1U);
  EXPECT_EQ(report->incidents.lost, 1U);

  // Two minutes later, as somebody would who read the summary first.
  wall_clock_.advance_ms(110'000);
  Observer observer(prefix, *this);
  const auto health = observer.metrics.get_cluster_health_summary({.lost_after_s = 120}).value();
  EXPECT_EQ(health.total_instances, 50U);
  EXPECT_EQ(health.instances_by_state.at(fleet::InstanceState::kAvailable), 49U);
  EXPECT_EQ(health.quarantined, 1U);
  EXPECT_EQ(health.late_heartbeats, 1U);
  std::size_t routable = 0;
  std::size_t stale = 0;
  for (const std::string& region : observer.regions.names()) {
    const auto best = observer.registry.get_best_instances_for_routing(region, 1000).value();
    routable += best.instances.size();
    stale += best.stale;
  }
  EXPECT_EQ(routable, 48U);
  EXPECT_EQ(stale, 1U);  // the lost one

  const auto passed =
      observer.state.list_cleanup_validations_by_status(fleet::ValidationStatus::kPassed, 0, kPresentMs / 1000);
  const auto failed =
      observer.state.list_cleanup_validations_by_status(fleet::ValidationStatus::kFailed, 0, kPresentMs / 1000);
  const auto pending =
      observer.state.list_cleanup_validations_by_status(fleet::ValidationStatus::kPending, 0, kPresentMs / 1000);
  EXPECT_EQ(passed.value().rows.size(), 5U);
  EXPECT_EQ(failed.value().rows.size(), 1U);
  EXPECT_EQ(pending.value().rows.size(), 0U);
}

TEST_F(SimulationTest, NothingHappensLaterThanThePresent) {
  constexpr std::int64_t kPresentS = kPresentMs / 1000;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const auto prefix = next_prefix();
    Trace trace = make_trace(seed, 50, 1);
    for (TraceRequest& request : trace) request.at_ms /= 60;  // all within a second
    const auto report = replay(prefix, trace, 50, seed);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->incidents.returned + report->incidents.quarantined, 6U);
    EXPECT_EQ(store_clock_.now_ms(), kPresentMs);
    Observer observer(prefix, *this);
    const auto instances = observer.state.scan_instances().value();
    for (const fleet::GpuInstance& instance : instances.rows) {
      EXPECT_LE(instance.state_changed_at, kPresentS);
      EXPECT_LE(instance.last_heartbeat.value_or(0), kPresentS);
      EXPECT_LE(instance.cleanup_passed_at.value_or(0), kPresentS);
      const auto validations = observer.state.list_cleanup_validations(instance.instance_id).value();
      for (const auto& row : validations.rows) EXPECT_LE(row.validation_timestamp, kPresentS);
    }
  }
}

TEST_F(SimulationTest, CountsWhatALostInstanceHadAsRejected) {
  // Every instance is busy all the time, so the lost one is.
  Trace trace;
  for (int i = 0; i < 3000; ++i) trace.push_back({.at_ms = i * 100, .context_tokens = 10, .generated_tokens = 900});
  const auto report = replay(next_prefix(), trace, 9, 11);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->incidents.lost, 1U);
  EXPECT_GT(report->total.rejected_lost, 0U);
  EXPECT_LE(report->total.rejected_lost, static_cast<std::uint64_t>(fleet::kMaxQueueDepth));
  EXPECT_EQ(report->total.served + report->total.rejected(), 3000U);
}

TEST_F(SimulationTest, RunsAgainOnTheSameTables) {
  const auto prefix = next_prefix();
  const Trace trace = make_trace(9, 300, 3);
  const auto first = replay(prefix, trace, 12, 9);
  ASSERT_TRUE(first) << first.error().message;
  wall_clock_.advance_ms(5'000);
  const auto second = replay(prefix, trace, 12, 9);
  ASSERT_TRUE(second) << second.error().message;
  expect_same(first->total, second->total);

  Observer observer(prefix, *this);
  const auto health = observer.metrics.get_cluster_health_summary().value();
  EXPECT_EQ(health.total_instances, 12U);
  EXPECT_EQ(health.instances_by_state.at(fleet::InstanceState::kTerminated), 12U);
  std::uint64_t counted = 0;
  for (const auto& [region, count] : observer.counted_requests()) counted += count;
  EXPECT_EQ(counted, first->total.served + second->total.served);
}

TEST_F(SimulationTest, LeavesInstancesAloneThatAreNotSimulated) {
  const auto prefix = next_prefix();
  Observer observer(prefix, *this);
  ASSERT_TRUE(observer.state.create_tables());
  ASSERT_TRUE(observer.registry.register_new_instance(
      {.instance_id = "i-real", .region = "us-east-1", .model_pool = std::string(kModelPools[0].name)}));
  ASSERT_TRUE(observer.registry.mark_instance_available("i-real"));
  const auto report = replay(prefix, make_trace(2, 200, 2), 9, 2);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->total.served + report->total.rejected(), 200U);
  EXPECT_EQ(observer.state.get_instance("i-real").value().state, fleet::InstanceState::kAvailable);
}

TEST_F(SimulationTest, StopsEarlyWithEverythingAccountedFor) {
  const auto prefix = next_prefix();
  int asked = 0;
  should_stop_ = [&] { return ++asked == 12; };
  const auto report = replay(prefix, make_trace(4, 2000, 30), 12, 4);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->interrupted);
  EXPECT_GT(report->total.requests, 0U);
  EXPECT_LT(report->total.requests, 2000U);
  EXPECT_EQ(report->total.active(), 0U);
  std::uint64_t counted = 0;
  for (const auto& [region, count] : Observer(prefix, *this).counted_requests()) counted += count;
  EXPECT_EQ(counted, report->total.served);
}

TEST_F(SimulationTest, TellsItsProgress) {
  std::vector<Progress> told;
  on_progress_ = [&](const Progress& progress) { told.push_back(progress); };
  const auto report = replay(next_prefix(), make_trace(6, 300, 3), 10, 6);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_GE(told.size(), 4U);
  for (std::size_t i = 0; i < told.size(); ++i) {
    std::size_t instances = 0;
    for (const auto& [where, count] : told[i].instances) instances += count;
    EXPECT_EQ(instances, 10U);
    if (i == 0) continue;
    EXPECT_GT(told[i].now_ms, told[i - 1].now_ms);
    EXPECT_LE(told[i].now_ms - told[i - 1].now_ms, 60'000);
    EXPECT_GE(told[i].total.requests, told[i - 1].total.requests);
    EXPECT_GT(told[i].state.writes, told[i - 1].state.writes);
  }
  EXPECT_EQ(told.back().total.requests, 300U);
  EXPECT_EQ(told.back().total.active(), 0U);
}

TEST_F(SimulationTest, ReportsAStoreThatFails) {
  Observer observer("broken", *this);
  ASSERT_TRUE(observer.state.create_tables());
  const store::BlockingStore db(*store_);
  ASSERT_TRUE(db.delete_table({.table = "broken-metrics"}));
  store::TableSpec other = fleet::schema().table_spec(fleet::Table::kRoutingState, "broken");
  other.name = "broken-metrics";
  ASSERT_TRUE(db.create_table({.spec = other}));
  const auto report = replay("broken", make_trace(1, 10, 1), 3, 1);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kResourceInUse);
}

}  // namespace
}  // namespace mrgc::cli::sim
