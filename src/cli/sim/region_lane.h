#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "cli/sim/incidents.h"
#include "cli/sim/region_fleet.h"
#include "cli/sim/report.h"
#include "cli/sim/workload.h"
#include "mrgc/base/clock.h"

namespace mrgc::cli::sim {

/// How long things take on one instance, drawn beforehand.
struct InstanceTimes {
  double load_s = 0;          ///< from registering until the model is loaded
  double attestation_ms = 0;  ///< of the enclave, while it loads
  double cleanup_s = 0;       ///< the wipe and its validation
};

/// What happens in one region.
struct LanePlan {
  std::vector<SimInstance> instances;
  std::vector<InstanceTimes> times;  ///< of each instance
  std::vector<Incident> incidents;   ///< `instance` is a place in `instances`
  std::vector<SimRequest> requests;  ///< ascending by arrival
};

/// The replay of one region, event by event in virtual time. Routing never looks beyond a region, so lanes of
/// different regions may run at the same time and the outcome is the same. Errors: those of the store.
class RegionLane {
 public:
  static constexpr std::int64_t kHeartbeatMs = 10'000;

  /// `regions` is as seen from the lane's region. All that is passed by reference must outlive the lane.
  RegionLane(const fleet::Regions& regions, base::Executor& writers, base::Random& writer_ids, LanePlan plan);

  /// Registers the instances at `now_ms`.
  Result<void> launch(std::int64_t now_ms);

  /// Lets everything happen from `from_ms` to before `until_ms`, heartbeats every `kHeartbeatMs` among it, and flushes
  /// the metrics. Each call must go on where the last one ended.
  Result<void> advance(std::int64_t from_ms, std::int64_t until_ms);

  /// Lets no further request arrive and no further incident happen; what is under way ends as it would.
  void stop_arrivals();

  /// Whether nothing is left to happen.
  bool idle() const { return events_.empty() && next_request_ == plan_.requests.size(); }

  /// Brings the store up to date at `now_ms`: heartbeats, every routing row, all metrics.
  Result<void> finish(std::int64_t now_ms);

  /// When the last thing happened.
  std::int64_t now_ms() const { return clock_.now_ms(); }

  const RegionFleet& fleet() const { return fleet_; }
  const std::array<Outcome, kModelPools.size()>& outcomes() const { return outcomes_; }  ///< by pool
  const IncidentCounts& incidents() const { return counts_; }
  std::int64_t last_answer_ms() const { return last_answer_ms_; }

 private:
  enum class EventKind : std::uint8_t { kLoaded, kIncident, kCleaned, kAnswered };
  struct Event {
    std::int64_t at_ms = 0;
    std::uint64_t order = 0;  // among events of the same time, that of their making
    EventKind kind = EventKind::kAnswered;
    std::size_t instance = 0;
    std::size_t subject = 0;  // the incident, or the answered request's pool
    double latency_ms = 0;

    // The earliest comes first out of a queue that gives its greatest.
    bool operator<(const Event& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : order > other.order;
    }
  };

  Result<void> run_until(std::int64_t until_ms);
  void schedule(Event event);
  std::optional<std::int64_t> next_at_ms() const;
  Result<void> step();
  Result<void> arrive(const SimRequest& request);
  Result<void> happen(const Event& event);
  Result<void> answer(const Event& event);
  Result<void> meet(const Incident& incident);
  Result<void> clean_when_drained(std::size_t instance);
  Result<void> cleaned(const Event& event);

  LanePlan plan_;
  base::ManualClock clock_{0};
  RegionFleet fleet_;
  std::priority_queue<Event> events_;
  std::uint64_t next_order_ = 0;
  std::size_t next_request_ = 0;
  std::int64_t last_answer_ms_ = 0;
  std::vector<bool> passes_cleanup_;  // by instance
  std::array<Outcome, kModelPools.size()> outcomes_;
  IncidentCounts counts_;
};

}  // namespace mrgc::cli::sim
