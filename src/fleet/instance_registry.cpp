#include "mrgc/fleet/instance_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace mrgc::fleet {
namespace {

// Of what was last written; enough for any one process, and bounded whatever ids it is given. Forgetting costs one
// write for each instance.
constexpr std::size_t kMaxRemembered = 100'000;

}  // namespace

InstanceRegistry::InstanceRegistry(StateManager& state, const base::Clock& clock, const RegistryOptions& options)
    : state_(state), clock_(clock), options_(options) {}

Result<Registered> InstanceRegistry::register_new_instance(const Registration& registration) {
  return state_.register_instance(registration);
}

Result<GpuInstance> InstanceRegistry::mark_instance_available(std::string_view instance_id) {
  if (Result<void> clean = refuse_failed_cleanup(instance_id); !clean) return base::forward_error(clean);
  StateChange change;
  change.to = InstanceState::kAvailable;
  Result<GpuInstance> instance = state_.update_instance_state(instance_id, change);
  if (!instance) return instance;
  if (Result<void> entered = enter_routing(*instance); !entered) return base::forward_error(entered);
  return instance;
}

// A failed verdict may have been left by a region that could not reach the instance's home. Whoever would let the
// instance take requests applies it instead.
Result<void> InstanceRegistry::refuse_failed_cleanup(std::string_view instance_id) {
  const Result<GpuInstance> instance = state_.get_instance(instance_id);
  if (!instance) return std::unexpected(instance.error());
  if (!is_legal_transition(instance->state, InstanceState::kAvailable)) return {};
  const std::int64_t life_since_s = instance->verdicts_count_from.value_or(instance->launch_time);
  const std::int64_t since_s = std::max(life_since_s, instance->drained_at.value_or(0));
  const auto validations = state_.list_cleanup_validations(instance_id, since_s);
  if (!validations) return std::unexpected(validations.error());
  for (const CleanupValidation& validation : validations->rows) {
    if (validation.validation_status != ValidationStatus::kFailed) continue;
    const Result<GpuInstance> quarantined = mark_instance_quarantined(instance_id, validation.quarantine_reason);
    if (!quarantined) return std::unexpected(quarantined.error());
    return base::fail(ErrorCode::kRefused,
                      fmt::format("instance {} failed its cleanup validation of {} ({}) and is quarantined now",
                                  instance_id, validation.validation_timestamp, validation.quarantine_reason));
  }
  return {};
}

Result<void> InstanceRegistry::enter_routing(const GpuInstance& instance) {
  const Result<double> idle_score = routing_score(0, 0, HealthStatus::kHealthy);
  if (!idle_score) return std::unexpected(idle_score.error());
  RoutingState row;
  row.instance_id = instance.instance_id;
  row.region = instance.region;
  row.routing_score = *idle_score;
  row.subnet_cidr = instance.subnet_cidr;
  row.model_pool = instance.model_pool;
  forget(instance.instance_id);
  // A row that is older than the change is what a lost instance of that id left behind.
  const Result<bool> created = state_.create_routing_state(row, instance.state_changed_at);
  if (!created) return std::unexpected(created.error());
  if (!*created) return {};
  // Somebody may have taken the instance out of routing before the row was there to be removed.
  const Result<GpuInstance> now = state_.get_instance_at(instance.region, instance.instance_id);
  if (!now && now.error().code != ErrorCode::kNotFound) return std::unexpected(now.error());
  if (now && now->state == InstanceState::kAvailable) return {};
  return state_.delete_routing_state(instance.instance_id, instance.region);
}

Result<GpuInstance> InstanceRegistry::leave_routing(std::string_view instance_id, const StateChange& change) {
  Result<GpuInstance> instance = state_.update_instance_state(instance_id, change);
  if (!instance) return instance;
  forget(instance_id);
  Result<void> removed = state_.delete_routing_state(instance_id, instance->region);
  if (!removed) return base::forward_error(removed);
  return instance;
}

Result<GpuInstance> InstanceRegistry::mark_instance_draining(std::string_view instance_id) {
  StateChange change;
  change.to = InstanceState::kDraining;
  return leave_routing(instance_id, change);
}

Result<GpuInstance> InstanceRegistry::mark_instance_quarantined(std::string_view instance_id, std::string_view reason) {
  StateChange change;
  change.to = InstanceState::kQuarantined;
  change.quarantine_reason = reason;
  return leave_routing(instance_id, change);
}

Result<GpuInstance> InstanceRegistry::mark_instance_terminated(std::string_view instance_id) {
  StateChange change;
  change.to = InstanceState::kTerminated;
  return leave_routing(instance_id, change);
}

Result<void> InstanceRegistry::heartbeat(std::string_view instance_id, std::int64_t queue_depth,
                                         std::string_view boot_id) {
  return state_.heartbeat(instance_id, queue_depth, boot_id);
}

Result<CleanupRecord> InstanceRegistry::record_cleanup_validation(const CleanupReport& report) {
  CleanupValidation row;
  row.instance_id = report.instance_id;
  row.validation_status = report.passed ? ValidationStatus::kPassed : ValidationStatus::kFailed;
  row.gpu_memory_wiped = report.gpu_memory_wiped;
  row.system_memory_wiped = report.system_memory_wiped;
  row.enclave_stopped = report.enclave_stopped;
  row.integrity_check = report.integrity_check;
  row.validator_id = report.validator_id;
  if (!report.passed) {
    row.failure_reason = report.failure_reason;
    row.quarantine_reason = "cleanup validation failed";
    if (!report.failure_reason.empty()) row.quarantine_reason += ": " + report.failure_reason;
  }
  // The verdict first: whatever happens next, it stands.
  Result<CleanupValidation> stored = state_.create_cleanup_validation(std::move(row));
  if (!stored) return base::forward_error(stored);
  return report.passed ? apply_passed(std::move(*stored)) : apply_failed(std::move(*stored));
}

Result<CleanupRecord> InstanceRegistry::apply_passed(CleanupValidation row) {
  Result<void> proven = state_.record_cleanup_proof(row.instance_id);
  if (!proven) return base::forward_error(proven);
  return CleanupRecord{.row = std::move(row), .applied = true};
}

Result<CleanupRecord> InstanceRegistry::apply_failed(CleanupValidation row) {
  Result<GpuInstance> quarantined = mark_instance_quarantined(row.instance_id, row.quarantine_reason);
  if (quarantined) return CleanupRecord{.row = std::move(row), .applied = true};
  const ErrorCode code = quarantined.error().code;
  const bool verdict_is_enough = code == ErrorCode::kUnavailable || code == ErrorCode::kIllegalTransition;
  if (!verdict_is_enough) return base::forward_error(quarantined);
  return CleanupRecord{.row = std::move(row), .applied = false};
}

Result<RoutingUpdate> InstanceRegistry::update_routing_metrics(std::string_view instance_id, std::int64_t queue_depth,
                                                               double avg_latency_ms, HealthStatus health) {
  const Result<double> score = routing_score(queue_depth, avg_latency_ms, health);
  if (!score) return std::unexpected(score.error());
  const std::int64_t now_ms = clock_.now_ms();
  const std::optional<Written> last = last_written(instance_id);
  if (last && says_nothing_new(*last, *score, health, now_ms)) {
    return RoutingUpdate{.routing_score = *score, .written = false};
  }
  const bool look = !last || !is_recent(last->looked_at_ms, now_ms);
  Result<void> written = write_routing(
      instance_id,
      {.routing_score = *score, .queue_depth = queue_depth, .avg_latency_ms = avg_latency_ms, .health_status = health},
      look);
  if (!written) {
    forget(instance_id);
    return base::forward_error(written);
  }
  remember(instance_id,
           {.score = *score, .health = health, .at_ms = now_ms, .looked_at_ms = look ? now_ms : last->looked_at_ms});
  return RoutingUpdate{.routing_score = *score, .written = true};
}

// A row may outlive its instance's availability, when whoever ended that died before removing the row; every update
// would renew it then. And a row may be gone though the instance is available, when nobody updated it for an hour.
Result<void> InstanceRegistry::write_routing(std::string_view instance_id, const RoutingFacts& facts, bool look) {
  if (look) {
    if (const auto available = available_at_home(instance_id); !available) return std::unexpected(available.error());
  }
  Result<void> written = state_.update_routing_state(instance_id, facts);
  if (written || written.error().code != ErrorCode::kNotFound) return written;
  const Result<GpuInstance> instance = available_at_home(instance_id);
  if (!instance) return std::unexpected(instance.error());
  if (Result<void> entered = enter_routing(*instance); !entered) return entered;
  return state_.update_routing_state(instance_id, facts);
}

// The instance as its home has it, when it is available there. Otherwise its routing row, if any, is removed.
Result<GpuInstance> InstanceRegistry::available_at_home(std::string_view instance_id) {
  std::string home = state_.regions().own();
  Result<GpuInstance> instance = state_.get_instance_at(home, instance_id);
  if (instance && instance->region != home) {
    home = instance->region;
    instance = state_.get_instance_at(home, instance_id);
  }
  if (instance && instance->state == InstanceState::kAvailable) return instance;
  if (!instance && instance.error().code != ErrorCode::kNotFound) return instance;
  if (Result<void> removed = state_.delete_routing_state(instance_id, home); !removed) {
    return base::forward_error(removed);
  }
  if (!instance) return instance;
  return base::fail(ErrorCode::kNotFound, fmt::format("instance {} has no routing row: it is {}", instance_id,
                                                      describe_state(instance->state)));
}

bool InstanceRegistry::says_nothing_new(const Written& last, double score, HealthStatus health,
                                        std::int64_t now_ms) const {
  return last.health == health && std::abs(last.score - score) < options_.score_step && is_recent(last.at_ms, now_ms);
}

// A clock that went back says nothing about how long ago it was.
bool InstanceRegistry::is_recent(std::int64_t then_ms, std::int64_t now_ms) const {
  return now_ms >= then_ms && now_ms - then_ms < options_.refresh_after_s * 1000;
}

std::optional<InstanceRegistry::Written> InstanceRegistry::last_written(std::string_view instance_id) const {
  const std::lock_guard lock(mutex_);
  const auto last = written_.find(instance_id);
  return last == written_.end() ? std::nullopt : std::optional(last->second);
}

void InstanceRegistry::remember(std::string_view instance_id, const Written& written) {
  const std::lock_guard lock(mutex_);
  if (written_.size() >= kMaxRemembered && !written_.contains(instance_id)) written_.clear();
  written_.insert_or_assign(std::string(instance_id), written);
}

void InstanceRegistry::forget(std::string_view instance_id) {
  const std::lock_guard lock(mutex_);
  if (const auto last = written_.find(instance_id); last != written_.end()) written_.erase(last);
}

Result<Listing<GpuInstance>> InstanceRegistry::get_available_instances(std::string_view region,
                                                                       std::string_view model_pool,
                                                                       const ListOptions& options) {
  return state_.list_available_instances(region, model_pool, options);
}

Result<BestInstances> InstanceRegistry::get_best_instances_for_routing(std::string_view region, std::size_t limit,
                                                                       std::string_view model_pool) {
  BestQuery query;
  query.region = region;
  query.limit = limit;
  query.model_pool = model_pool;
  query.stale_after_s = options_.stale_after_s;
  return state_.find_best_instances(query);
}

}  // namespace mrgc::fleet
