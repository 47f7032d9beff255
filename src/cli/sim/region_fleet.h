#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/sim/workload.h"
#include "mrgc/base/clock.h"
#include "mrgc/base/executor.h"
#include "mrgc/base/random.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/metrics_collector.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::cli::sim {

/// Where a simulated instance is. The store knows of all but `kLost`: nobody has told it.
enum class Phase : std::uint8_t { kAbsent, kLoading, kServing, kDraining, kCleaning, kQuarantined, kLost };

/// The machine itself: what it knows without asking the store.
struct SimInstance {
  fleet::Registration facts;
  std::size_t pool = 0;  ///< place in `kModelPools`
  Phase phase = Phase::kAbsent;
  std::int64_t active = 0;                   ///< requests that it works on, at most `fleet::kMaxQueueDepth`
  std::int64_t peak_active = 0;              ///< the most there were at once
  double avg_latency_ms = 0;                 ///< moving average; 0 before the first answer
  bool changed = false;                      ///< whether its routing row may be behind
  fleet::CleanupValidation validation = {};  ///< the one that is pending
};

/// A region's simulated instances, and the registry and collector of that region through which all of their facts go
/// into the store. Instances are named by their place. Not thread-safe; fleets of different regions may work at the
/// same time. Writes that belong to one moment go to the store together and share its syncs.
///
/// Errors of every method: those of the store. After one the fleet must not be used further.
class RegionFleet {
 public:
  /// `clock` is this fleet's own time. All of it must outlive the fleet.
  RegionFleet(const fleet::Regions& regions, const base::Clock& clock, base::Executor& writers,
              base::Random& writer_ids, std::vector<SimInstance> instances);

  const std::vector<SimInstance>& instances() const { return instances_; }
  fleet::StateStats stats() const { return state_.stats(); }

  /// Registers all instances: they load their models from now on.
  Result<void> register_all();

  /// The instance has loaded its model and takes requests. Both times, in seconds and milliseconds, are reported.
  Result<void> finish_loading(std::size_t instance, double load_time_s, double attestation_ms);

  /// Asks the registry for the best instances of `pool` and returns the first that answers and has room.
  Result<std::optional<std::size_t>> find_room(std::size_t pool);

  /// A request begins on the instance, which must be serving and have room.
  void begin_request(std::size_t instance);

  /// A request ends after `latency_ms`. Returns whether it was answered: a lost instance answers nothing.
  Result<bool> end_request(std::size_t instance, double latency_ms);

  /// The instance takes no further requests. Nothing happens unless it is serving. Returns whether it drains now.
  Result<bool> drain(std::size_t instance);

  /// Whether the instance drains and has finished its requests.
  bool is_drained(std::size_t instance) const;

  /// A drained instance is wiped: its cleanup validation is pending.
  Result<void> begin_cleanup(std::size_t instance);

  /// The validation's verdict: the instance returns, or is quarantined.
  Result<void> finish_cleanup(std::size_t instance, bool passed);

  /// The instance falls silent. Returns whether it was serving; otherwise nothing happens.
  bool lose(std::size_t instance);

  /// What live instances do every few seconds: they send a heartbeat and report what they measure.
  Result<void> beat();

  /// As `beat`, but writes every serving instance's routing row, however little it tells.
  Result<void> beat_fully();

  Result<void> flush_metrics();

 private:
  Result<void> beat_with(fleet::InstanceRegistry& registry);
  Result<void> publish_changes();
  Result<void> publish(fleet::InstanceRegistry& registry, SimInstance& instance);
  std::optional<std::size_t> first_with_room(const fleet::BestInstances& best, std::size_t pool) const;
  Result<void> return_to_service(SimInstance& instance);
  Result<void> quarantine(SimInstance& instance);
  static std::string_view pool_name(const SimInstance& instance) { return kModelPools[instance.pool].name; }

  const fleet::Regions& regions_;
  const base::Clock& clock_;
  base::Executor& writers_;
  fleet::StateManager state_;
  fleet::InstanceRegistry registry_;
  fleet::MetricsCollector metrics_;
  std::vector<SimInstance> instances_;
  std::unordered_map<std::string_view, std::size_t> places_;  // by instance id
  std::vector<std::size_t> changed_;                          // instances with `changed`, in the order of the changes
};

}  // namespace mrgc::cli::sim
