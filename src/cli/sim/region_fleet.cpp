#include "cli/sim/region_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "cli/sim/parallel.h"

namespace mrgc::cli::sim {
namespace {

// How many of the best a router looks at. When none of them has room it looks at all there are.
constexpr std::size_t kCandidates = 5;

constexpr double kLatencyWeight = 0.2;  // of the newest answer in an instance's moving average

bool is_alive(const SimInstance& instance) {
  return instance.phase == Phase::kLoading || instance.phase == Phase::kServing || instance.phase == Phase::kDraining ||
         instance.phase == Phase::kCleaning;
}

template <typename T>
Result<void> without_value(Result<T> result) {
  if (!result) return base::forward_error(result);
  return {};
}

}  // namespace

RegionFleet::RegionFleet(const fleet::Regions& regions, const base::Clock& clock, base::Executor& writers,
                         base::Random& writer_ids, std::vector<SimInstance> instances)
    : regions_(regions),
      clock_(clock),
      writers_(writers),
      state_(regions, clock),
      registry_(state_, clock),
      metrics_(state_, clock, writer_ids),
      instances_(std::move(instances)) {
  for (std::size_t i = 0; i < instances_.size(); ++i) places_.emplace(instances_[i].facts.instance_id, i);
}

Result<void> RegionFleet::register_all() {
  return run_all(writers_, instances_.size(), [&](std::size_t i) {
    instances_[i].phase = Phase::kLoading;
    return without_value(registry_.register_new_instance(instances_[i].facts));
  });
}

Result<void> RegionFleet::finish_loading(std::size_t instance, double load_time_s, double attestation_ms) {
  SimInstance& loaded = instances_[instance];
  if (auto available = registry_.mark_instance_available(loaded.facts.instance_id); !available) {
    return base::forward_error(available);
  }
  loaded.phase = Phase::kServing;
  auto recorded = metrics_.record_model_load_time(regions_.own(), pool_name(loaded), load_time_s);
  if (!recorded) return recorded;
  return metrics_.record_enclave_operation(regions_.own(), pool_name(loaded), "attest", attestation_ms);
}

Result<std::optional<std::size_t>> RegionFleet::find_room(std::size_t pool) {
  if (Result<void> published = publish_changes(); !published) return base::forward_error(published);
  for (const std::size_t limit : {kCandidates, fleet::BestQuery::kMaxLimit}) {
    const auto best = registry_.get_best_instances_for_routing(regions_.own(), limit, kModelPools[pool].name);
    if (!best) return std::unexpected(best.error());
    const auto found = first_with_room(*best, pool);
    if (found || best->instances.size() < limit) return found;
  }
  return std::nullopt;
}

std::optional<std::size_t> RegionFleet::first_with_room(const fleet::BestInstances& best, std::size_t pool) const {
  for (const fleet::RoutingState& row : best.instances) {
    // The store may know instances that are not of this replay; nobody can send them simulated requests.
    const auto place = places_.find(row.instance_id);
    if (place == places_.end()) continue;
    const SimInstance& instance = instances_[place->second];
    const bool answers = instance.phase == Phase::kServing && instance.pool == pool;
    if (answers && instance.active < fleet::kMaxQueueDepth) return place->second;
  }
  return std::nullopt;
}

void RegionFleet::begin_request(std::size_t instance) {
  SimInstance& serving = instances_[instance];
  if (serving.phase != Phase::kServing || serving.active >= fleet::kMaxQueueDepth) {
    throw std::logic_error("a request was sent to an instance that cannot take it");
  }
  ++serving.active;
  serving.peak_active = std::max(serving.peak_active, serving.active);
  if (!std::exchange(serving.changed, true)) changed_.push_back(instance);
}

Result<bool> RegionFleet::end_request(std::size_t instance, double latency_ms) {
  SimInstance& serving = instances_[instance];
  --serving.active;
  if (serving.phase == Phase::kLost) return false;
  serving.avg_latency_ms = serving.avg_latency_ms == 0
                               ? latency_ms
                               : serving.avg_latency_ms + kLatencyWeight * (latency_ms - serving.avg_latency_ms);
  if (serving.phase == Phase::kServing && !std::exchange(serving.changed, true)) changed_.push_back(instance);
  auto recorded = metrics_.record_request(regions_.own(), pool_name(serving));
  if (recorded) recorded = metrics_.record_inference_latency_sample(regions_.own(), pool_name(serving), latency_ms);
  if (!recorded) return base::forward_error(recorded);
  return true;
}

Result<bool> RegionFleet::drain(std::size_t instance) {
  SimInstance& draining = instances_[instance];
  if (draining.phase != Phase::kServing) return false;
  auto marked = registry_.mark_instance_draining(draining.facts.instance_id);
  if (!marked) return base::forward_error(marked);
  draining.phase = Phase::kDraining;
  return true;
}

bool RegionFleet::is_drained(std::size_t instance) const {
  return instances_[instance].phase == Phase::kDraining && instances_[instance].active == 0;
}

Result<void> RegionFleet::begin_cleanup(std::size_t instance) {
  SimInstance& drained = instances_[instance];
  fleet::CleanupValidation pending;
  pending.instance_id = drained.facts.instance_id;
  pending.validator_id = fmt::format("car-wash-{}", regions_.own());
  auto created = state_.create_cleanup_validation(std::move(pending));
  if (!created) return base::forward_error(created);
  drained.validation = std::move(*created);
  drained.phase = Phase::kCleaning;
  return {};
}

Result<void> RegionFleet::finish_cleanup(std::size_t instance, bool passed) {
  SimInstance& cleaned = instances_[instance];
  fleet::CleanupValidation& verdict = cleaned.validation;
  verdict.validation_status = passed ? fleet::ValidationStatus::kPassed : fleet::ValidationStatus::kFailed;
  verdict.gpu_memory_wiped = passed;
  verdict.system_memory_wiped = true;
  verdict.enclave_stopped = true;
  if (!passed) {
    verdict.failure_reason = "GPU memory still held data after ten overwrites";
    verdict.quarantine_reason = fmt::format("cleanup validation failed: {}", verdict.failure_reason);
  }
  Result<void> done = state_.update_cleanup_validation(verdict);
  if (!done) return done;
  done = metrics_.record_cleanup_result(regions_.own(), pool_name(cleaned), passed);
  if (!done) return done;
  return passed ? return_to_service(cleaned) : quarantine(cleaned);
}

Result<void> RegionFleet::return_to_service(SimInstance& instance) {
  Result<void> proven = state_.record_cleanup_proof(instance.facts.instance_id);
  if (!proven) return proven;
  auto available = registry_.mark_instance_available(instance.facts.instance_id);
  if (!available) return base::forward_error(available);
  instance.phase = Phase::kServing;
  return {};
}

Result<void> RegionFleet::quarantine(SimInstance& instance) {
  instance.phase = Phase::kQuarantined;
  return without_value(
      registry_.mark_instance_quarantined(instance.facts.instance_id, instance.validation.quarantine_reason));
}

bool RegionFleet::lose(std::size_t instance) {
  if (instances_[instance].phase != Phase::kServing) return false;
  instances_[instance].phase = Phase::kLost;
  return true;
}

Result<void> RegionFleet::beat() { return beat_with(registry_); }

Result<void> RegionFleet::beat_fully() {
  // A registry leaves out what it wrote just before; one that never wrote anything leaves out nothing.
  fleet::InstanceRegistry forgetful(state_, clock_);
  return beat_with(forgetful);
}

Result<void> RegionFleet::beat_with(fleet::InstanceRegistry& registry) {
  std::vector<SimInstance*> alive;
  for (SimInstance& instance : instances_) {
    if (!is_alive(instance)) continue;
    alive.push_back(&instance);
    if (instance.phase != Phase::kServing) continue;
    auto recorded = metrics_.record_queue_depth(regions_.own(), pool_name(instance), instance.active);
    if (!recorded) return recorded;
  }
  changed_.clear();
  return run_all(writers_, alive.size(), [&](std::size_t i) -> Result<void> {
    SimInstance& instance = *alive[i];
    Result<void> beaten = registry.heartbeat(instance.facts.instance_id, instance.active, instance.facts.boot_id);
    if (!beaten) return beaten;
    return publish(registry, instance);
  });
}

Result<void> RegionFleet::publish_changes() {
  Result<void> published =
      run_all(writers_, changed_.size(), [&](std::size_t i) { return publish(registry_, instances_[changed_[i]]); });
  changed_.clear();
  return published;
}

Result<void> RegionFleet::publish(fleet::InstanceRegistry& registry, SimInstance& instance) {
  instance.changed = false;
  if (instance.phase != Phase::kServing) return {};
  return without_value(registry.update_routing_metrics(instance.facts.instance_id, instance.active,
                                                       instance.avg_latency_ms, fleet::HealthStatus::kHealthy));
}

Result<void> RegionFleet::flush_metrics() {
  const fleet::FlushReport report = metrics_.flush();
  if (report.error) return std::unexpected(*report.error);
  return {};
}

}  // namespace mrgc::cli::sim
