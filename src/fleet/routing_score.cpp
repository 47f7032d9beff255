#include "mrgc/fleet/routing_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mrgc::fleet {
namespace {

double health_score(HealthStatus health) {
  switch (health) {
    case HealthStatus::kHealthy: return 100;
    case HealthStatus::kDegraded: return 50;
    case HealthStatus::kUnhealthy: return 0;
  }
  return 0;
}

}  // namespace

std::string_view to_string(HealthStatus health) {
  switch (health) {
    case HealthStatus::kHealthy: return "healthy";
    case HealthStatus::kDegraded: return "degraded";
    case HealthStatus::kUnhealthy: return "unhealthy";
  }
  return "";
}

std::optional<HealthStatus> parse_health_status(std::string_view text) {
  for (const HealthStatus health : {HealthStatus::kHealthy, HealthStatus::kDegraded, HealthStatus::kUnhealthy}) {
    if (text == to_string(health)) return health;
  }
  return std::nullopt;
}

Result<void> check_queue_depth(std::int64_t queue_depth) {
  if (queue_depth >= 0 && queue_depth <= kMaxQueueDepth) return {};
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("a queue depth is 0 to {}, not {}", kMaxQueueDepth, queue_depth));
}

Result<double> routing_score(std::int64_t queue_depth, double avg_latency_ms, HealthStatus health) {
  if (Result<void> checked = check_queue_depth(queue_depth); !checked) return base::forward_error(checked);
  if (!std::isfinite(avg_latency_ms) || avg_latency_ms < 0) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("a latency is a number of at least 0 ms, not {}", avg_latency_ms));
  }
  const double queue_score = std::max(0.0, 100.0 - static_cast<double>(queue_depth) * 10.0);
  const double latency_score = std::max(0.0, 100.0 - avg_latency_ms / 10.0);
  return queue_score * 0.50 + latency_score * 0.30 + health_score(health) * 0.20;
}

}  // namespace mrgc::fleet
