#include "cli/sim/workload.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "cli/sim/incidents.h"
#include "cli/sim/trace_generator.h"
#include "mrgc/fleet/routing_score.h"

namespace mrgc::cli::sim {
namespace {

Trace generate(std::uint64_t seed, std::size_t requests = 9000, std::int64_t minutes = 60) {
  base::SeededRandom random(seed);
  return generate_trace({.requests = requests, .minutes = minutes}, random);
}

TEST(TraceGenerator, MakesWhatWasAskedForAndTheSameForTheSameSeed) {
  EXPECT_TRUE(rc::check("as many requests, in order, in time", [] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto requests = *rc::gen::inRange<std::size_t>(1, 500);
    const auto minutes = *rc::gen::inRange<std::int64_t>(1, 120);
    const Trace trace = generate(seed, requests, minutes);
    RC_ASSERT(trace.size() == requests);
    RC_ASSERT(std::ranges::is_sorted(trace, {}, &TraceRequest::at_ms));
    RC_ASSERT(trace.front().at_ms >= 0);
    RC_ASSERT(trace.back().at_ms <= minutes * 60'000);
    for (const TraceRequest& request : trace) {
      RC_ASSERT(request.context_tokens >= 1 && request.context_tokens <= kMaxTokens);
      RC_ASSERT(request.generated_tokens >= 1 && request.generated_tokens <= kMaxTokens);
    }
    RC_ASSERT(trace == generate(seed, requests, minutes));
    RC_ASSERT(requests < 5 || trace != generate(seed + 1, requests, minutes));
  }));
}

// Arrivals without bursts would have about as much variance as mean in each 10 s.
TEST(TraceGenerator, ArrivesInBursts) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    std::map<std::int64_t, double> counts;
    for (std::int64_t i = 0; i < 360; ++i) counts[i] = 0;
    for (const TraceRequest& request : generate(seed)) ++counts[std::min<std::int64_t>(request.at_ms / 10'000, 359)];
    double variance = 0;
    const double mean = 9000.0 / 360;
    for (const auto& [slot, count] : counts) variance += (count - mean) * (count - mean) / 360;
    EXPECT_GT(variance / mean, 5);
  }
}

TEST(TraceGenerator, HasLongTailedLengths) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Trace trace = generate(seed);
    std::ranges::sort(trace, {}, &TraceRequest::generated_tokens);
    EXPECT_GT(trace[trace.size() * 99 / 100].generated_tokens, 6 * trace[trace.size() / 2].generated_tokens);
    std::ranges::sort(trace, {}, &TraceRequest::context_tokens);
    EXPECT_GT(trace[trace.size() * 99 / 100].context_tokens, 4 * trace[trace.size() / 2].context_tokens);
  }
}

TEST(Workload, PlacesEveryRequestOnceAndEndsInTime) {
  EXPECT_TRUE(rc::check("requests are kept, and answered by the deadline however slow", [] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Trace trace = generate(seed, *rc::gen::inRange<std::size_t>(1, 300), 5);
    const auto deadline_ms = *rc::gen::inRange<std::int64_t>(1'600'000'000'000, 1'900'000'000'000);
    base::SeededRandom random(seed);
    const Workload workload = place_trace(trace, 3, deadline_ms, random);
    RC_ASSERT(workload.by_region.size() == 3U);
    RC_ASSERT(workload.end_ms - workload.begin_ms == trace.back().at_ms - trace.front().at_ms);

    std::multiset<std::int64_t> expected;
    for (const TraceRequest& request : trace) expected.insert(request.at_ms - trace.front().at_ms);
    std::multiset<std::int64_t> placed;
    double last_answer_ms = 0;
    const double latest_incident_ms = static_cast<double>(workload.begin_ms) +
                                      kLatestIncident * static_cast<double>(workload.end_ms - workload.begin_ms);
    double last_cleanup_ms = latest_incident_ms + kLongestCleanupS * 1000;
    for (const auto& requests : workload.by_region) {
      RC_ASSERT(std::ranges::is_sorted(requests, {}, &SimRequest::at_ms));
      for (const SimRequest& request : requests) {
        RC_ASSERT(request.pool < kModelPools.size());
        placed.insert(request.at_ms - workload.begin_ms);
        const double ms = service_ms(request, fleet::kMaxQueueDepth);
        const double answer_ms = static_cast<double>(request.at_ms) + std::ceil(ms);
        last_answer_ms = std::max(last_answer_ms, answer_ms);
        if (static_cast<double>(request.at_ms) > latest_incident_ms) continue;
        last_cleanup_ms = std::max(last_cleanup_ms, answer_ms + kLongestCleanupS * 1000);
      }
    }
    RC_ASSERT(placed == expected);
    RC_ASSERT(std::max(last_answer_ms, last_cleanup_ms) <= static_cast<double>(deadline_ms));
    // Not long before it either: at most what the slowest request takes.
    RC_ASSERT(last_answer_ms > static_cast<double>(deadline_ms) - 0.5 * 1e6);
  }));
}

TEST(Workload, ServiceTakesLongerForMoreTokensAndUnderLoad) {
  EXPECT_TRUE(rc::check("service time grows", [] {
    const SimRequest request{.context_tokens = *rc::gen::inRange<std::int64_t>(0, kMaxTokens),
                             .generated_tokens = *rc::gen::inRange<std::int64_t>(1, kMaxTokens),
                             .pool = *rc::gen::inRange<std::size_t>(0, kModelPools.size()),
                             .jitter = 1};
    const auto active = *rc::gen::inRange<std::int64_t>(1, fleet::kMaxQueueDepth);
    SimRequest longer = request;
    ++longer.context_tokens;
    SimRequest chattier = request;
    ++chattier.generated_tokens;
    RC_ASSERT(service_ms(request, active) > 0);
    RC_ASSERT(service_ms(request, active + 1) > service_ms(request, active));
    RC_ASSERT(service_ms(longer, active) > service_ms(request, active));
    RC_ASSERT(service_ms(chattier, active) > service_ms(request, active));
  }));
}

TEST(Incidents, BefallEachInstanceOnceAtMostAndInTime) {
  EXPECT_TRUE(rc::check("a tenth drains, one fails, one is lost", [] {
    const auto instances = *rc::gen::inRange<std::size_t>(1, 300);
    base::SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
    const auto incidents = roll_incidents(instances, 1000, 2000, random);
    std::set<std::size_t> hit;
    std::map<IncidentKind, std::size_t> kinds;
    for (const Incident& incident : incidents) {
      RC_ASSERT(incident.instance < instances);
      RC_ASSERT(hit.insert(incident.instance).second);
      RC_ASSERT(incident.at_ms >= 1000 && incident.at_ms <= 2000);
      ++kinds[incident.kind];
    }
    const bool troubled = instances >= 6;
    RC_ASSERT(kinds[IncidentKind::kDrainAndReturn] == (troubled ? std::max<std::size_t>(1, instances / 10) : 0U));
    RC_ASSERT(kinds[IncidentKind::kDrainAndFail] == (troubled ? 1U : 0U));
    RC_ASSERT(kinds[IncidentKind::kLoss] == (troubled ? 1U : 0U));
  }));
}

}  // namespace
}  // namespace mrgc::cli::sim
