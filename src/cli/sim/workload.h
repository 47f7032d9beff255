#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cli/sim/trace.h"
#include "mrgc/base/random.h"

namespace mrgc::cli::sim {

/// A model that simulated instances serve.
struct ModelPool {
  std::string_view name;
  double slowness = 1;  ///< service times are so many times those of the fastest
};

inline constexpr std::array kModelPools = {ModelPool{"model-a", 1.0}, ModelPool{"model-b", 1.25},
                                           ModelPool{"model-c", 1.6}};

/// A request in the replay's own time, with all that chance decides about it, so that nothing depends on the order in
/// which requests are worked on.
struct SimRequest {
  std::int64_t at_ms = 0;  ///< arrival, milliseconds since the Unix epoch
  std::int64_t context_tokens = 0;
  std::int64_t generated_tokens = 0;
  std::size_t pool = 0;  ///< place in `kModelPools`
  double jitter = 1;     ///< multiplies the service time
};

/// How long an instance with `active` requests, this one among them, takes to answer, in milliseconds: reading the
/// context, then generating token by token, the slower the more requests share the instance.
double service_ms(const SimRequest& request, std::int64_t active);

/// All requests by region, each region's ascending by arrival.
struct Workload {
  std::vector<std::vector<SimRequest>> by_region;
  std::int64_t begin_ms = 0;  ///< the first arrival
  std::int64_t end_ms = 0;    ///< the last arrival
};

/// Places a trace, which must not be empty, so that all is over by `deadline_ms` however slow: the last answer, and the
/// cleanup of whatever instance is drained by an incident (`roll_incidents`). Draws each request's region (of
/// `region_count`), pool and jitter. Earlier regions and pools get more requests.
Workload place_trace(const Trace& trace, std::size_t region_count, std::int64_t deadline_ms, base::Random& random);

}  // namespace mrgc::cli::sim
