#include "mrgc/fleet/routing_score.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <limits>

#include "fleet_world.h"

namespace mrgc::fleet {
namespace {

constexpr std::array kHealth = {HealthStatus::kHealthy, HealthStatus::kDegraded, HealthStatus::kUnhealthy};

struct Inputs {
  std::int64_t queue_depth = 0;
  double avg_latency_ms = 0;
  std::size_t health = 0;
};

Inputs any_inputs() {
  // Latencies around the bound of 1,000 ms, and far beyond it.
  const auto latency = *rc::gen::oneOf(rc::gen::inRange(0, 1'200'000), rc::gen::inRange(0, 2'000'000'000));
  return {.queue_depth = *rc::gen::inRange<std::int64_t>(0, 11),
          .avg_latency_ms = latency / 1000.0,
          .health = *rc::gen::inRange<std::size_t>(0, kHealth.size())};
}

double score(const Inputs& inputs) {
  return routing_score(inputs.queue_depth, inputs.avg_latency_ms, kHealth[inputs.health]).value();
}

TEST(RoutingScore, OfTheExampleIsExact) { EXPECT_EQ(routing_score(2, 150.0, HealthStatus::kHealthy).value(), 85.5); }

TEST(RoutingScore, ReachesItsEnds) {
  EXPECT_EQ(routing_score(0, 0, HealthStatus::kHealthy).value(), 100);
  EXPECT_EQ(routing_score(10, 1000, HealthStatus::kUnhealthy).value(), 0);
}

TEST(RoutingScore, StaysInRange) {
  EXPECT_TRUE(rc::check([] {
    const double value = score(any_inputs());
    RC_ASSERT(value >= 0);
    RC_ASSERT(value <= 100);
  }));
}

TEST(RoutingScore, NeverRisesWhenThingsGetWorse) {
  EXPECT_TRUE(rc::check([] {
    const Inputs better = any_inputs();
    Inputs worse = better;
    worse.queue_depth = *rc::gen::inRange<std::int64_t>(better.queue_depth, 11);
    worse.avg_latency_ms += *rc::gen::inRange(0, 2000);
    worse.health = *rc::gen::inRange<std::size_t>(better.health, kHealth.size());
    RC_ASSERT(score(worse) <= score(better));
    if (worse.queue_depth > better.queue_depth || worse.health > better.health) RC_ASSERT(score(worse) < score(better));
  }));
}

TEST(RoutingScore, RefusesWhatCannotBe) {
  for (const std::int64_t depth : {-1, 11, 1'000'000}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, routing_score(depth, 1, HealthStatus::kHealthy)));
  }
  for (const double latency :
       {-0.5, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, routing_score(1, latency, HealthStatus::kHealthy)));
  }
}

TEST(HealthStatus, WordsReadBack) {
  for (const HealthStatus health : kHealth) EXPECT_EQ(parse_health_status(to_string(health)), health);
  EXPECT_EQ(parse_health_status("well"), std::nullopt);
}

}  // namespace
}  // namespace mrgc::fleet
