#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/sim/workload.h"
#include "mrgc/fleet/quantile_sketch.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::cli::sim {

/// What became of requests. Every request that arrived is served, rejected, or still being worked on.
struct Outcome {
  std::uint64_t requests = 0;          ///< that arrived
  std::uint64_t served = 0;            ///< that were answered
  std::uint64_t rejected_no_room = 0;  ///< that found no room in their region and pool
  std::uint64_t rejected_lost = 0;     ///< that were with an instance when it fell silent
  fleet::QuantileSketch latency_ms;    ///< of those served

  std::uint64_t rejected() const { return rejected_no_room + rejected_lost; }
  std::uint64_t active() const { return requests - served - rejected(); }

  /// The latency in milliseconds at `q` (0 to 1) of the way through, within 1 %; 0 when nothing was served.
  double latency_at(double q) const { return latency_ms.quantile(q).value_or(0); }

  void merge(const Outcome& other) {
    requests += other.requests;
    served += other.served;
    rejected_no_room += other.rejected_no_room;
    rejected_lost += other.rejected_lost;
    latency_ms.merge(other.latency_ms);
  }
};

/// How many instances met which fate.
struct IncidentCounts {
  std::uint64_t drained = 0;
  std::uint64_t returned = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t lost = 0;

  void merge(const IncidentCounts& other) {
    drained += other.drained;
    returned += other.returned;
    quarantined += other.quarantined;
    lost += other.lost;
  }
};

/// A region or a pool in the report.
struct ReportRow {
  std::string name;
  std::size_t instances = 0;
  Outcome outcome;
};

/// What a replay did.
struct SimReport {
  Outcome total;                   ///< nothing in it is active any more
  std::vector<ReportRow> regions;  ///< in the schema's order
  std::vector<ReportRow> pools;    ///< in the order of `kModelPools`
  IncidentCounts incidents;
  fleet::StateStats state;       ///< all that was asked of the store
  std::int64_t peak_active = 0;  ///< the most requests that one instance had at once
  std::int64_t begin_ms = 0;     ///< virtual time of the first arrival,
  std::int64_t end_ms = 0;       ///< and of the last answer
  bool interrupted = false;      ///< whether it was stopped before the trace was through
};

/// How a replay stands.
struct Progress {
  Outcome total;
  std::map<std::string, std::size_t, std::less<>> instances;  ///< by where they are, in the words of the fleet's states
  fleet::StateStats state;
  double recent_rps = 0;      ///< answers a second since the progress told before
  std::int64_t begin_ms = 0;  ///< virtual time of the first arrival,
  std::int64_t end_ms = 0;    ///< of the last one,
  std::int64_t now_ms = 0;    ///< and now
};

}  // namespace mrgc::cli::sim
