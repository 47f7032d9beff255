#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mrgc/fleet/lifecycle.h"

namespace mrgc::fleet {

struct HealthOptions {
  std::int64_t lost_after_s = 120;  ///< instances that were silent for longer count as late
};

/// Percentiles of the request latency in milliseconds, as far as they are known.
struct LatencyPercentiles {
  std::optional<double> p50_ms;
  std::optional<double> p95_ms;
  std::optional<double> p99_ms;
};

/// How the fleet is doing (specification: `get_cluster_health_summary`). "Recent" is the last `kRecentMinutes` complete
/// minutes and the running one.
struct ClusterHealth {
  static constexpr std::int64_t kRecentMinutes = 5;
  static constexpr std::int64_t kFlushedAfterS = 60;  ///< after its end all collectors should have flushed a minute
  static constexpr std::size_t kMaxLateNamed = 100;

  double total_rps = 0;  ///< sum over `rps_by_region`
  /// Of each region's newest recent minute that ended at least `kFlushedAfterS` ago; without one, of a later one that
  /// is complete.
  std::map<std::string, double, std::less<>> rps_by_region;
  std::size_t total_instances = 0;                          ///< all that are not terminated
  std::map<InstanceState, std::size_t> instances_by_state;  ///< terminated ones too; every state has an entry
  std::map<std::string, std::size_t, std::less<>> instances_by_region;  ///< not terminated
  std::map<std::string, std::size_t, std::less<>> instances_by_pool;    ///< not terminated
  std::size_t quarantined = 0;
  double avg_queue_depth = 0;               ///< over available instances; 0 without any
  std::size_t late_heartbeats = 0;          ///< launching, available or draining, but silent for too long
  std::vector<std::string> late_instances;  ///< their ids, ascending, the first `kMaxLateNamed`
  LatencyPercentiles latency;  ///< of recent samples, where there are any; else the means of recently given percentiles
  std::size_t malformed = 0;   ///< unreadable rows, left out above
};

}  // namespace mrgc::fleet
