#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::fleet {

struct RegistryOptions {
  /// A routing row is written again when its score moved by at least this much,
  double score_step = 1.0;
  /// or its health changed, or this many seconds have passed since this registry wrote it. Must be well below
  /// `stale_after_s`, or quiet instances go stale. As often, a write is preceded by a look at the instance at its home.
  std::int64_t refresh_after_s = 30;
  /// `get_best_instances_for_routing` leaves out rows that were not updated for longer.
  std::int64_t stale_after_s = 120;
};

/// What a cleanup validation found (specification: Cleanup Validation Table).
struct CleanupReport {
  std::string instance_id = {};
  bool passed = false;  ///< only with all of the next three
  bool gpu_memory_wiped = false;
  bool system_memory_wiped = false;
  bool enclave_stopped = false;
  std::string integrity_check = {};
  std::string failure_reason = {};  ///< of a failed one
  std::string validator_id = {};
};

struct CleanupRecord {
  CleanupValidation row = {};  ///< the verdict as stored
  /// Whether the instance's own row has it. A failed verdict that could not be brought home (the home region is
  /// unreachable) stands all the same: the instance does not return until its home has seen it, and is then
  /// quarantined. Also false for an instance that is terminated already.
  bool applied = false;
};

struct RoutingUpdate {
  double routing_score = 0;
  bool written = false;  ///< false: skipped, because the row says nearly the same and is young
};

/// The life of GPU instances (specification: Instance Registry). Thread-safe. The state manager and the clock must
/// outlive it. Errors: those of `StateManager`, and what a method names.
///
/// An instance that leaves routing (draining, quarantined, terminated) changes its state first and then loses its
/// routing row, so that no frozen score stays at the top of the index. When a call failed or its process died in
/// between, repeating it completes it; and so does `update_routing_metrics`, within `refresh_after_s` or two.
class InstanceRegistry {
 public:
  /// Options are taken as they are.
  InstanceRegistry(StateManager& state, const base::Clock& clock, const RegistryOptions& options = {});

  /// Registers an instance as launching. A new boot of a terminated one may come; a boot that is alive only renews its
  /// facts and heartbeat. Errors: `kRefused` when the id is alive with another boot id, pool or region, in quarantine,
  /// or this very boot was terminated: see `StateManager::register_instance`.
  Result<Registered> register_new_instance(const Registration& registration);

  /// Lets the instance take requests: from launching, or from draining after a passed cleanup validation. Creates its
  /// routing row with the score of an idle healthy instance. Returns the instance.
  /// Errors: `kNotFound`; `kIllegalTransition`; `kRefused` when the drain's cleanup validation has not passed, or when
  /// a failed one from this life or drain stands, which also quarantines the instance.
  Result<GpuInstance> mark_instance_available(std::string_view instance_id);

  /// Lets the instance finish what it has, without new requests. Errors: `kNotFound`, `kIllegalTransition`.
  Result<GpuInstance> mark_instance_draining(std::string_view instance_id);

  /// Takes the instance out of service for good: it can only be terminated. Errors: `kNotFound`, `kIllegalTransition`.
  Result<GpuInstance> mark_instance_quarantined(std::string_view instance_id, std::string_view reason);

  /// Errors: `kNotFound`.
  Result<GpuInstance> mark_instance_terminated(std::string_view instance_id);

  /// As `StateManager::heartbeat`.
  Result<void> heartbeat(std::string_view instance_id, std::int64_t queue_depth, std::string_view boot_id = {});

  /// Records a cleanup validation's verdict, in this region, and brings it to the instance: a passed one lets a
  /// draining instance return, a failed one quarantines it. Errors: `kInvalidArgument` for a passed one that does not
  /// say that all was wiped and stopped; it is not recorded. `kNotFound` when there is no such instance; for a passed
  /// one also `kRefused` when it is not draining or was drained in this very second, and `kUnavailable` when its home
  /// is unreachable. The verdict is kept in all of these cases.
  Result<CleanupRecord> record_cleanup_validation(const CleanupReport& report);

  /// Scores the instance by what it measures (specification: Routing Score Algorithm) and writes its routing row, where
  /// that tells routers something new: see `RegistryOptions`.
  /// `queue_depth`: 0 to 10 active requests; `avg_latency_ms`: not negative.
  ///
  /// This registry's first write for the instance, and the first one when `refresh_after_s` have passed since it last
  /// looked, begins with a consistent read of the instance at its home: when it is not available there, a routing row
  /// that an interrupted call left is removed. The row of an available instance that was not updated for an hour, so
  /// that it has expired, is made anew.
  /// Errors: `kNotFound` when the instance is not available, and so has no routing row.
  Result<RoutingUpdate> update_routing_metrics(std::string_view instance_id, std::int64_t queue_depth,
                                               double avg_latency_ms, HealthStatus health);

  /// The available instances of a region, of a pool, or of both (an empty string: any), with the attributes that the
  /// indexes hold, in no particular order.
  Result<Listing<GpuInstance>> get_available_instances(std::string_view region, std::string_view model_pool = {},
                                                       const ListOptions& options = {});

  /// The `limit` (1 to 1,000) best instances of a region, and of a pool where one is named: see
  /// `StateManager::find_best_instances`.
  Result<BestInstances> get_best_instances_for_routing(std::string_view region, std::size_t limit = 10,
                                                       std::string_view model_pool = {});

 private:
  // What this registry last wrote of an instance's routing row.
  struct Written {
    double score = 0;
    HealthStatus health = HealthStatus::kHealthy;
    std::int64_t at_ms = 0;
    std::int64_t looked_at_ms = 0;  // when the instance was last seen to be available at its home
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Result<GpuInstance> leave_routing(std::string_view instance_id, const StateChange& change);
  Result<void> enter_routing(const GpuInstance& instance);
  Result<void> refuse_failed_cleanup(std::string_view instance_id);
  Result<CleanupRecord> apply_passed(CleanupValidation row);
  Result<CleanupRecord> apply_failed(CleanupValidation row);
  Result<void> write_routing(std::string_view instance_id, const RoutingFacts& facts, bool look);
  Result<GpuInstance> available_at_home(std::string_view instance_id);
  bool says_nothing_new(const Written& last, double score, HealthStatus health, std::int64_t now_ms) const;
  bool is_recent(std::int64_t then_ms, std::int64_t now_ms) const;
  std::optional<Written> last_written(std::string_view instance_id) const;
  void remember(std::string_view instance_id, const Written& written);
  void forget(std::string_view instance_id);

  StateManager& state_;
  const base::Clock& clock_;
  const RegistryOptions options_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Written, Hash, std::equal_to<>> written_;
};

}  // namespace mrgc::fleet
