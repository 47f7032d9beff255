#include "cli/sim/workload.h"

#include <algorithm>
#include <cmath>

#include "cli/sim/dice.h"
#include "mrgc/fleet/routing_score.h"

namespace mrgc::cli::sim {
namespace {

constexpr double kOverheadMs = 20;
constexpr double kContextTokensPerMs = 12;
constexpr double kMsPerGeneratedToken = 12;
constexpr double kSlowdownPerNeighbour = 0.05;
constexpr double kLeastJitter = 0.85;
constexpr double kMostJitter = 1.15;

// When the last answer is there if every request is as slow as one can be.
std::int64_t latest_answer_ms(const Workload& workload) {
  std::int64_t latest = workload.end_ms;
  for (const auto& requests : workload.by_region) {
    for (SimRequest request : requests) {
      request.jitter = kMostJitter;
      const double slowest_ms = service_ms(request, fleet::kMaxQueueDepth);
      latest = std::max(latest, request.at_ms + static_cast<std::int64_t>(std::ceil(slowest_ms)));
    }
  }
  return latest;
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
  const std::int64_t shift_ms = deadline_ms - latest_answer_ms(workload);
  workload.begin_ms += shift_ms;
  workload.end_ms += shift_ms;
  for (auto& requests : workload.by_region) {
    for (SimRequest& request : requests) request.at_ms += shift_ms;
  }
  return workload;
}

}  // namespace mrgc::cli::sim
