#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mrgc/base/error.h"

namespace mrgc::fleet {

/// An instance's own word on its health (specification: Routing State Table, `health_status`).
enum class HealthStatus : std::uint8_t { kHealthy, kDegraded, kUnhealthy };

/// As the table has it: `healthy`, `degraded`, `unhealthy`.
std::string_view to_string(HealthStatus health);
std::optional<HealthStatus> parse_health_status(std::string_view text);

/// The most active requests an instance may have (specification: `queue_depth`, 0 to 10).
inline constexpr std::int64_t kMaxQueueDepth = 10;

/// Errors: `kInvalidArgument` unless `queue_depth` is 0 to `kMaxQueueDepth`.
Result<void> check_queue_depth(std::int64_t queue_depth);

/// How good an instance is for the next request, 0 to 100, higher is better (specification: Routing Score Algorithm):
/// half for the queue (100 less 10 for each active request), three tenths for the latency (100 less a tenth of the
/// milliseconds, at least 0), one fifth for health (100, 50 or 0). Depth 2, 150 ms and healthy give 85.5.
/// Errors: `kInvalidArgument` for a queue depth out of range and for a latency that is negative or not finite.
Result<double> routing_score(std::int64_t queue_depth, double avg_latency_ms, HealthStatus health);

}  // namespace mrgc::fleet
