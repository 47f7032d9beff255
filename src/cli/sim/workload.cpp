#include "cli/sim/workload.h"

#include <algorithm>
#include <cmath>

#include "cli/sim/dice.h"
#include "cli/sim/incidents.h"
#include "mrgc/fleet/routing_score.h"

namespace mrgc::cli::sim {
namespace {

constexpr double kOverheadMs = 20;
constexpr double kContextTokensPerMs = 12;
constexpr double kMsPerGeneratedToken = 12;
constexpr double kSlowdownPerNeighbour = 0.05;
constexpr double kLeastJitter = 0.85;
constexpr double kMostJitter = 1.15;

// When the last answer is there, and the last cleanup is done, if every request is as slow as one can be. An instance
// is wiped when it has answered what came before its incident.
std::int64_t latest_end_ms(const Workload& workload) {
  const auto span_ms = static_cast<double>(workload.end_ms - workload.begin_ms);
  const std::int64_t latest_incident_ms =
      workload.begin_ms + static_cast<std::int64_t>(std::ceil(kLatestIncident * span_ms));
  std::int64_t latest_answer_ms = workload.end_ms;
  std::int64_t latest_drained_ms = latest_incident_ms;
  for (const auto& requests : workload.by_region) {
    for (SimRequest request : requests) {
      request.jitter = kMostJitter;
      const double slowest_ms = service_ms(request, fleet::kMaxQueueDepth);
      const std::int64_t answer_ms = request.at_ms + static_cast<std::int64_t>(std::ceil(slowest_ms));
      latest_answer_ms = std::max(latest_answer_ms, answer_ms);
      if (request.at_ms <= latest_incident_ms) latest_drained_ms = std::max(latest_drained_ms, answer_ms);
    }
  }
  return std::max(latest_answer_ms, latest_drained_ms + static_cast<std::int64_t>(kLongestCleanupS * 1000));
}

}  // namespace

double service_ms(const SimRequest& request, std::int64_t active) {
  const double load = 1 + kSlowdownPerNeighbour * static_cast<double>(active - 1);
  const double reading_ms = static_cast<double>(request.context_tokens) / kContextTokensPerMs;
  const double generating_ms = static_cast<double>(request.generated_tokens) * kMsPerGeneratedToken * load;
  return kModelPools[request.pool].slowness * request.jitter * (kOverheadMs + reading_ms + generating_ms);
}

Workload place_trace(const Trace& trace, std::size_t region_count, std::int64_t deadline_ms, base::Random& random) {
  Workload workload;
  workload.by_region.resize(region_count);
  workload.begin_ms = trace.front().at_ms;
  workload.end_ms = trace.back().at_ms;
  for (const TraceRequest& request : trace) {
    workload.by_region[roll_place(random, region_count)].push_back({
        .at_ms = request.at_ms,
        .context_tokens = request.context_tokens,
        .generated_tokens = request.generated_tokens,
        .pool = roll_place(random, kModelPools.size()),
        .jitter = roll_between(random, kLeastJitter, kMostJitter),
    });
  }
  const std::int64_t shift_ms = deadline_ms - latest_end_ms(workload);
  workload.begin_ms += shift_ms;
  workload.end_ms += shift_ms;
  for (auto& requests : workload.by_region) {
    for (SimRequest& request : requests) request.at_ms += shift_ms;
  }
  return workload;
}

}  // namespace mrgc::cli::sim
