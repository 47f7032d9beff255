#include "mrgc/fleet/instance_registry.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <thread>
#include <vector>

#include "fleet_world.h"

namespace mrgc::fleet {
namespace {

using enum InstanceState;

struct Registry : testing::Test, FleetWorld {
  InstanceRegistry registry{state, clock};

  // Brings a new instance to a state along legal ways.
  void bring(const std::string& id, InstanceState to) {
    ASSERT_TRUE(succeeds(registry.register_new_instance(registration(id))));
    if (to == kAvailable || to == kDraining) {
      ASSERT_TRUE(succeeds(registry.mark_instance_available(id)));
    }
    if (to == kDraining) {
      ASSERT_TRUE(succeeds(registry.mark_instance_draining(id)));
    }
    if (to == kQuarantined) {
      ASSERT_TRUE(succeeds(registry.mark_instance_quarantined(id, "smoke")));
    }
    if (to == kTerminated) {
      ASSERT_TRUE(succeeds(registry.mark_instance_terminated(id)));
    }
  }
  Result<GpuInstance> mark(const std::string& id, InstanceState to) {
    switch (to) {
      case kAvailable: return registry.mark_instance_available(id);
      case kDraining: return registry.mark_instance_draining(id);
      case kQuarantined: return registry.mark_instance_quarantined(id, "smoke");
      default: return registry.mark_instance_terminated(id);
    }
  }
  CleanupReport report(std::string id, bool passed) {
    CleanupReport made;
    made.instance_id = std::move(id);
    made.passed = passed;
    made.gpu_memory_wiped = passed;
    made.system_memory_wiped = made.enclave_stopped = true;
    made.integrity_check = "sha256:abc123";
    if (!passed) made.failure_reason = "GPU memory not zero";
    made.validator_id = "washer-1";
    return made;
  }
  bool is_routed(const std::string& id) { return state.get_routing_state(id).has_value(); }
  std::vector<std::string> best() {
    std::vector<std::string> ids;
    const auto found = registry.get_best_instances_for_routing("us-east-1", 10);
    EXPECT_TRUE(succeeds(found));
    for (const RoutingState& row : found->instances) ids.push_back(row.instance_id);
    return ids;
  }
};

TEST_F(Registry, EveryChangeOfStateIsAsTheTableSays) {
  for (const InstanceState from : kAllInstanceStates) {
    for (const InstanceState to : {kAvailable, kDraining, kQuarantined, kTerminated}) {
      const std::string id = "i-" + std::string(to_string(from)) + "-" + std::string(to_string(to));
      SCOPED_TRACE(id);
      bring(id, from);
      const GpuInstance before = state.get_instance(id).value();
      const auto changed = mark(id, to);
      const bool needs_proof = from == kDraining && to == kAvailable;
      if (from == to) {
        EXPECT_TRUE(succeeds(changed));
        EXPECT_EQ(state.get_instance(id).value(), before);
      } else if (needs_proof) {
        EXPECT_TRUE(fails_with(ErrorCode::kRefused, changed));
        EXPECT_EQ(state.get_instance(id).value(), before);
      } else if (is_legal_transition(from, to)) {
        ASSERT_TRUE(succeeds(changed));
        EXPECT_EQ(changed->state, to);
        EXPECT_EQ(state.get_instance(id).value(), *changed);
      } else {
        ASSERT_TRUE(fails_with(ErrorCode::kIllegalTransition, changed));
        EXPECT_NE(changed.error().message.find(describe_state(from)), std::string::npos) << changed.error().message;
        EXPECT_EQ(state.get_instance(id).value(), before);
      }
      const GpuInstance after = state.get_instance(id).value();
      EXPECT_EQ(is_routed(id), after.state == kAvailable);
      EXPECT_EQ(after.ttl.has_value(), after.state == kTerminated);
    }
  }
}

TEST_F(Registry, AvailableInstancesHaveAnIdleRoutingRow) {
  bring("i-1", kAvailable);
  const RoutingState row = state.get_routing_state("i-1").value();
  EXPECT_EQ(row.routing_score, 100);
  EXPECT_EQ(row.queue_depth, 0);
  EXPECT_EQ(row.region, "us-east-1");
  EXPECT_EQ(row.model_pool, "model-a");
  EXPECT_EQ(row.subnet_cidr, "10.66.10.0/23");
  EXPECT_EQ(row.ttl, kStartSeconds + 3600);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, registry.mark_instance_available("i-2")));
}

TEST_F(Registry, AnInstanceReturnsFromDrainingOnlyWithAProofOfThisDrain) {
  bring("i-1", kDraining);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.mark_instance_available("i-1")));
  // A validation in the very second of the drain may have looked before it.
  const auto too_early = registry.record_cleanup_validation(report("i-1", true));
  ASSERT_TRUE(fails_with(ErrorCode::kRefused, too_early));
  EXPECT_NE(too_early.error().message.find("drained in this very second; validate again"), std::string::npos);
  EXPECT_EQ(state.get_instance("i-1").value().cleanup_passed_at, std::nullopt);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.mark_instance_available("i-1")));
  advance_s(30);
  const auto passed = registry.record_cleanup_validation(report("i-1", true));
  ASSERT_TRUE(succeeds(passed));
  EXPECT_TRUE(passed->applied);
  ASSERT_TRUE(succeeds(registry.mark_instance_available("i-1")));
  EXPECT_TRUE(is_routed("i-1"));
  // The next drain needs a proof of its own, even when the clock went back.
  clock.set_ms((kStartSeconds - 500) * 1000);
  ASSERT_TRUE(succeeds(registry.mark_instance_draining("i-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.mark_instance_available("i-1")));
}

TEST_F(Registry, AProofIsOnlyForTheDraining) {
  bring("i-1", kAvailable);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.record_cleanup_validation(report("i-1", true))));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, registry.record_cleanup_validation(report("i-2", true))));
  EXPECT_EQ(state.list_cleanup_validations("i-1").value().rows.size(), 1U) << "the verdict is kept all the same";
}

TEST_F(Registry, AContradictoryReportIsNotRecorded) {
  bring("i-1", kDraining);
  advance_s(10);
  for (bool CleanupReport::* flag :
       {&CleanupReport::gpu_memory_wiped, &CleanupReport::system_memory_wiped, &CleanupReport::enclave_stopped}) {
    CleanupReport contradictory = report("i-1", true);
    contradictory.*flag = false;
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, registry.record_cleanup_validation(contradictory)));
  }
  EXPECT_TRUE(state.list_cleanup_validations("i-1").value().rows.empty());
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.mark_instance_available("i-1")));
}

TEST_F(Registry, AFailedCleanupWithoutAReasonSaysSo) {
  bring("i-1", kDraining);
  CleanupReport silent = report("i-1", false);
  silent.failure_reason = "";
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(silent)));
  EXPECT_EQ(state.get_instance("i-1").value().quarantine_reason, "cleanup validation failed");
}

TEST_F(Registry, AFailedCleanupQuarantines) {
  bring("i-1", kDraining);
  const auto failed = registry.record_cleanup_validation(report("i-1", false));
  ASSERT_TRUE(succeeds(failed));
  EXPECT_TRUE(failed->applied);
  const GpuInstance row = state.get_instance("i-1").value();
  EXPECT_EQ(row.state, kQuarantined);
  EXPECT_EQ(row.quarantine_reason, "cleanup validation failed: GPU memory not zero");
  const auto verdicts = state.list_cleanup_validations_by_status(ValidationStatus::kFailed, 0, kStartSeconds + 10);
  ASSERT_EQ(verdicts.value().rows.size(), 1U);
  EXPECT_EQ(verdicts->rows[0].failure_reason, "GPU memory not zero");
  EXPECT_TRUE(fails_with(ErrorCode::kIllegalTransition, registry.mark_instance_available("i-1")));

  bring("i-2", kTerminated);
  const auto late = registry.record_cleanup_validation(report("i-2", false));
  ASSERT_TRUE(succeeds(late));
  EXPECT_FALSE(late->applied);
  EXPECT_EQ(state.get_instance("i-2").value().state, kTerminated);
}

TEST_F(Registry, AStandingVerdictIsRespectedAndAppliedAfterAPassedOneToo) {
  bring("i-1", kDraining);
  advance_s(10);
  CleanupValidation verdict;
  verdict.instance_id = "i-1";
  verdict.validation_status = ValidationStatus::kFailed;
  verdict.failure_reason = "residue";
  verdict.quarantine_reason = "residue found";
  ASSERT_TRUE(succeeds(state.create_cleanup_validation(verdict)));
  advance_s(10);
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(report("i-1", true))));
  const auto refused = registry.mark_instance_available("i-1");
  ASSERT_TRUE(fails_with(ErrorCode::kRefused, refused));
  EXPECT_NE(refused.error().message.find("residue"), std::string::npos) << refused.error().message;
  EXPECT_EQ(state.get_instance("i-1").value().state, kQuarantined);
  EXPECT_EQ(state.get_instance("i-1").value().quarantine_reason, "residue found");
}

TEST_F(Registry, VerdictsOfAnEarlierLifeDoNotCount) {
  bring("i-1", kDraining);
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(report("i-1", false))));
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(report("i-1", false)))) << "its second lies ahead";
  ASSERT_TRUE(succeeds(registry.mark_instance_terminated("i-1")));
  ASSERT_TRUE(succeeds(registry.register_new_instance(registration("i-1", "us-east-1", "model-a", "boot-2"))));
  EXPECT_TRUE(succeeds(registry.mark_instance_available("i-1")));
  EXPECT_TRUE(is_routed("i-1"));
  // Nor after a drain that began before that second.
  ASSERT_TRUE(succeeds(registry.mark_instance_draining("i-1")));
  advance_s(1);
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(report("i-1", true))));
  EXPECT_TRUE(succeeds(registry.mark_instance_available("i-1")));
}

TEST_F(Registry, AVerdictOfTheNewLifeCounts) {
  bring("i-1", kDraining);
  ASSERT_TRUE(succeeds(registry.record_cleanup_validation(report("i-1", false))));
  ASSERT_TRUE(succeeds(registry.mark_instance_terminated("i-1")));
  ASSERT_TRUE(succeeds(registry.register_new_instance(registration("i-1", "us-east-1", "model-a", "boot-2"))));
  CleanupValidation verdict;
  verdict.instance_id = "i-1";
  verdict.validation_status = ValidationStatus::kFailed;
  verdict.quarantine_reason = "residue found";
  ASSERT_TRUE(succeeds(state.create_cleanup_validation(verdict)));
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, registry.mark_instance_available("i-1")));
  EXPECT_EQ(state.get_instance("i-1").value().state, kQuarantined);
}

TEST_F(Registry, RepeatingCompletesWhatACrashLeft) {
  bring("i-1", kAvailable);
  store.intercept([](std::string_view operation, const std::string&) {
    return operation == "delete_item" ? store::InterceptedStore::unreachable() : std::nullopt;
  });
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, registry.mark_instance_draining("i-1")));
  store.pass();
  EXPECT_EQ(state.get_instance("i-1").value().state, kDraining);
  EXPECT_TRUE(is_routed("i-1"));
  EXPECT_TRUE(succeeds(registry.mark_instance_draining("i-1")));
  EXPECT_FALSE(is_routed("i-1"));

  ASSERT_TRUE(succeeds(registry.register_new_instance(registration("i-2"))));
  store.intercept([](std::string_view operation, const std::string& table) {
    return operation == "put_item" && table == "mrgc-routing-state" ? store::InterceptedStore::unreachable()
                                                                    : std::nullopt;
  });
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, registry.mark_instance_available("i-2")));
  store.pass();
  EXPECT_FALSE(is_routed("i-2"));
  EXPECT_TRUE(succeeds(registry.mark_instance_available("i-2")));
  EXPECT_TRUE(is_routed("i-2"));
}

// Whoever quarantined the instance died before removing the routing row, and its agent goes on reporting.
TEST_F(Registry, ReportsDoNotKeepARowWhoseInstanceLeft) {
  bring("i-1", kAvailable);
  bring("i-2", kAvailable);
  InstanceRegistry agent(state, clock);
  const auto reports = [&](std::string_view id, std::int64_t depth) {
    return agent.update_routing_metrics(id, depth, 50, HealthStatus::kHealthy);
  };
  ASSERT_TRUE(succeeds(reports("i-1", 0)));
  StateChange quarantine;
  quarantine.to = kQuarantined;
  ASSERT_TRUE(succeeds(state.update_instance_state("i-1", quarantine)));
  for (int i = 1; i <= 2; ++i) {
    advance_s(10);
    ignore(reports("i-1", i));  // the score moves each time, so that each one writes
  }
  advance_s(10);
  const auto refused = reports("i-1", 3);
  ASSERT_TRUE(fails_with(ErrorCode::kNotFound, refused));
  EXPECT_NE(refused.error().message.find("quarantined"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(is_routed("i-1"));
  EXPECT_EQ(best(), std::vector<std::string>{"i-2"});
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, reports("i-1", 4)));

  // One that has not written for the instance before looks at once.
  ASSERT_TRUE(succeeds(state.update_instance_state("i-2", quarantine)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, reports("i-2", 0)));
  EXPECT_FALSE(is_routed("i-2"));
}

TEST_F(Registry, LooksAtTheInstanceOnlyNowAndThen) {
  bring("i-1", kAvailable);
  const StateStats before = state.stats();
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(succeeds(registry.update_routing_metrics("i-1", i, 50, HealthStatus::kHealthy)));
    advance_s(10);
  }
  EXPECT_EQ(state.stats().writes - before.writes, 9U);
  EXPECT_EQ(state.stats().reads - before.reads, 3U);
}

TEST_F(Registry, AnAvailableInstanceIsRoutedAgainAfterAQuietHour) {
  bring("i-1", kAvailable);
  ASSERT_TRUE(succeeds(registry.update_routing_metrics("i-1", 1, 50, HealthStatus::kHealthy)));
  advance_s(3601);
  // As the sweeper does some time after the row has expired.
  ASSERT_TRUE(succeeds(state.delete_routing_state("i-1", "us-east-1")));
  ASSERT_EQ(best(), std::vector<std::string>{});
  const auto updated = registry.update_routing_metrics("i-1", 2, 150, HealthStatus::kHealthy);
  ASSERT_TRUE(succeeds(updated));
  EXPECT_TRUE(updated->written);
  EXPECT_EQ(best(), std::vector<std::string>{"i-1"});
  EXPECT_EQ(state.get_routing_state("i-1").value().routing_score, 85.5);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, registry.update_routing_metrics("i-9", 0, 0, HealthStatus::kHealthy)));
}

TEST_F(Registry, AnInstanceDrainedWhileItBecameAvailableIsNotRouted) {
  ASSERT_TRUE(succeeds(registry.register_new_instance(registration("i-1"))));
  store.intercept([this](std::string_view operation, const std::string& table) -> std::optional<Error> {
    if (operation != "put_item" || table != "mrgc-routing-state") return std::nullopt;
    store.pass();
    // Just before the routing row is created, somebody else drains the instance, and finds no row to remove.
    EXPECT_TRUE(succeeds(InstanceRegistry(state, clock).mark_instance_draining("i-1")));
    return std::nullopt;
  });
  ASSERT_TRUE(succeeds(registry.mark_instance_available("i-1")));
  EXPECT_EQ(state.get_instance("i-1").value().state, kDraining);
  EXPECT_FALSE(is_routed("i-1"));
}

TEST_F(Registry, ARowThatALostLifeLeftIsReplaced) {
  bring("i-1", kAvailable);
  advance_s(10);
  // Terminated by somebody who died before removing the routing row.
  StateChange end;
  end.to = kTerminated;
  ASSERT_TRUE(succeeds(state.update_instance_state("i-1", end)));
  ASSERT_TRUE(succeeds(registry.register_new_instance(registration("i-1", "us-east-1", "model-b", "boot-2"))));
  ASSERT_TRUE(succeeds(registry.mark_instance_available("i-1")));
  EXPECT_EQ(state.get_routing_state("i-1").value().model_pool, "model-b");
}

TEST_F(Registry, RepeatedAvailabilityKeepsTheScore) {
  bring("i-1", kAvailable);
  advance_s(10);
  ASSERT_TRUE(succeeds(registry.update_routing_metrics("i-1", 2, 150, HealthStatus::kHealthy)));
  ASSERT_TRUE(succeeds(registry.mark_instance_available("i-1")));
  EXPECT_EQ(state.get_routing_state("i-1").value().routing_score, 85.5);
}

TEST_F(Registry, RoutingMetricsGiveTheScoreOfTheExample) {
  bring("i-1", kAvailable);
  const auto updated = registry.update_routing_metrics("i-1", 2, 150.0, HealthStatus::kHealthy);
  ASSERT_TRUE(succeeds(updated));
  EXPECT_EQ(updated->routing_score, 85.5);
  EXPECT_TRUE(updated->written);
  EXPECT_EQ(state.get_routing_state("i-1").value().routing_score, 85.5);
  EXPECT_EQ(state.get_routing_state("i-1").value().queue_depth, 2);
}

TEST_F(Registry, ScoresAreRationed) {
  bring("i-1", kAvailable);
  const auto written = [this](double latency_ms, HealthStatus health = HealthStatus::kHealthy) {
    const auto updated = registry.update_routing_metrics("i-1", 2, latency_ms, health);
    EXPECT_TRUE(succeeds(updated));
    return updated->written;
  };
  EXPECT_TRUE(written(150)) << "the first one";
  EXPECT_FALSE(written(150));
  EXPECT_FALSE(written(160)) << "0.3 away";
  EXPECT_FALSE(written(183)) << "0.99 away";
  EXPECT_TRUE(written(184)) << "1.02 away";
  EXPECT_FALSE(written(184));
  EXPECT_TRUE(written(184, HealthStatus::kDegraded)) << "health is always told";
  advance_s(29);
  EXPECT_FALSE(written(184, HealthStatus::kDegraded));
  advance_s(1);
  EXPECT_TRUE(written(184, HealthStatus::kDegraded)) << "30 s old";
  clock.advance_ms(-10'000);
  EXPECT_TRUE(written(184, HealthStatus::kDegraded)) << "the clock went back";
}

TEST_F(Registry, AQuietInstanceThatReportsNeverGoesStale) {
  bring("i-1", kAvailable);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(succeeds(registry.update_routing_metrics("i-1", 0, 10, HealthStatus::kHealthy)));
    ASSERT_EQ(best(), std::vector<std::string>{"i-1"}) << i;
    advance_s(25);
  }
  advance_s(130);
  EXPECT_EQ(best(), std::vector<std::string>{}) << "and a silent one does";
}

TEST_F(Registry, RoutingMetricsNeverBringARowBack) {
  bring("i-1", kAvailable);
  ASSERT_TRUE(succeeds(registry.update_routing_metrics("i-1", 0, 0, HealthStatus::kHealthy)));
  ASSERT_TRUE(succeeds(registry.mark_instance_draining("i-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, registry.update_routing_metrics("i-1", 0, 0, HealthStatus::kHealthy)));
  EXPECT_FALSE(is_routed("i-1"));
  EXPECT_TRUE(
      fails_with(ErrorCode::kInvalidArgument, registry.update_routing_metrics("i-1", 11, 0, HealthStatus::kHealthy)));
}

TEST_F(Registry, AvailableInstancesByRegionAndPool) {
  bring("i-1", kAvailable);
  bring("i-2", kDraining);
  EXPECT_EQ(registry.get_available_instances("us-east-1").value().rows.size(), 1U);
  EXPECT_EQ(registry.get_available_instances("us-east-1", "model-a").value().rows.size(), 1U);
  EXPECT_EQ(registry.get_available_instances("", "model-b").value().rows.size(), 0U);
}

// Whatever is asked for in whatever order: an instance that is not available is not routed, only terminated ones have a
// time to live, no terminated boot comes back, and no instance gets from a drain back to its work without a cleanup
// that passed after it.
TEST_F(Registry, InvariantsHoldOnRandomHistories) {
  EXPECT_TRUE(rc::check([this] {
    static int made = 0;
    const std::string id = "i-" + std::to_string(made++);
    bool clean = true;
    const int steps = *rc::gen::inRange(0, 40);
    for (int step = 0; step < steps; ++step) {
      advance_s(*rc::gen::inRange(0, 40));
      const auto before = state.get_instance(id);
      switch (*rc::gen::inRange(0, 8)) {
        case 0: {
          const std::string boot = "boot-" + std::to_string(*rc::gen::inRange(0, 3));
          ignore(registry.register_new_instance(registration(id, "us-east-1", "model-a", boot)));
          break;
        }
        case 1: ignore(registry.mark_instance_available(id)); break;
        case 2: ignore(registry.mark_instance_draining(id)); break;
        case 3: ignore(registry.mark_instance_quarantined(id, "smoke")); break;
        case 4: ignore(registry.mark_instance_terminated(id)); break;
        case 5: ignore(registry.heartbeat(id, *rc::gen::inRange(0, 11))); break;
        case 6: ignore(registry.update_routing_metrics(id, *rc::gen::inRange(0, 11), 5, HealthStatus::kHealthy)); break;
        default:
          const bool passed = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
          const auto recorded = registry.record_cleanup_validation(report(id, passed));
          if (recorded && before && before->state == kDraining) clean = passed;
      }
      const auto after = state.get_instance(id);
      if (!after) continue;
      const InstanceState was = before ? before->state : kTerminated;
      if (after->state != was) {
        RC_ASSERT(is_legal_transition(was, after->state) || (was == kTerminated && after->state == kLaunching));
        if (after->state == kDraining) clean = false;
        if (after->state == kLaunching) {
          clean = true;
          RC_ASSERT((!before || before->boot_id != after->boot_id));  // its own || would look at both sides
        }
      }
      if (after->state == kAvailable) RC_ASSERT(clean);
      RC_ASSERT(is_routed(id) == (after->state == kAvailable) || clock.now_s() - after->state_changed_at >= 3600);
      RC_ASSERT(after->ttl.has_value() == (after->state == kTerminated));
    }
  }));
}

TEST_F(Registry, OnlyOneOfManyRegistrationsOfDifferentBootsWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string id = "i-" + std::to_string(round);
    std::atomic<int> created = 0;
    std::atomic<int> refused = 0;
    std::vector<std::jthread> boots;
    boots.reserve(4);
    for (int boot = 0; boot < 4; ++boot) {
      boots.emplace_back([&, boot] {
        const auto registered =
            registry.register_new_instance(registration(id, "us-east-1", "model-a", "boot-" + std::to_string(boot)));
        if (registered) ++created;
        if (!registered && registered.error().code == ErrorCode::kRefused) ++refused;
      });
    }
    boots.clear();
    EXPECT_EQ(created, 1);
    EXPECT_EQ(refused, 3);
  }
}

}  // namespace
}  // namespace mrgc::fleet
