#include "mrgc/fleet/cluster_health.h"

#include <algorithm>
#include <set>

#include "fleet/minutes.h"
#include "mrgc/fleet/metrics_collector.h"

namespace mrgc::fleet {
namespace {

constexpr std::size_t kInstancePage = 10'000;

// States in which an instance sends heartbeats; what a quarantined one does is not asked any more.
bool should_be_heard(InstanceState state) {
  return state == InstanceState::kLaunching || state == InstanceState::kAvailable || state == InstanceState::kDraining;
}

// Counts instances page by page: all of them at once would be a lot of memory for a few sums.
class InstanceCounter {
 public:
  InstanceCounter(ClusterHealth& health, std::int64_t late_before_s) : health_(health), late_before_s_(late_before_s) {
    for (const InstanceState state : kAllInstanceStates) health_.instances_by_state.emplace(state, 0);
  }

  void count(const GpuInstance& instance) {
    ++health_.instances_by_state[instance.state];
    if (instance.state == InstanceState::kTerminated) return;
    ++health_.total_instances;
    ++health_.instances_by_region[instance.region];
    ++health_.instances_by_pool[instance.model_pool];
    if (instance.state == InstanceState::kQuarantined) ++health_.quarantined;
    if (instance.state == InstanceState::kAvailable) {
      ++available_;
      queue_depths_ += static_cast<double>(instance.queue_depth.value_or(0));
    }
    if (should_be_heard(instance.state) && instance.last_heartbeat.value_or(0) < late_before_s_) {
      health_.late_instances.push_back(instance.instance_id);
    }
  }

  void finish() {
    if (available_ > 0) health_.avg_queue_depth = queue_depths_ / static_cast<double>(available_);
    health_.late_heartbeats = health_.late_instances.size();
    std::ranges::sort(health_.late_instances);
    health_.late_instances.resize(std::min(health_.late_instances.size(), ClusterHealth::kMaxLateNamed));
  }

 private:
  ClusterHealth& health_;
  const std::int64_t late_before_s_;
  std::size_t available_ = 0;
  double queue_depths_ = 0;
};

Result<void> add_instances(ClusterHealth& health, StateManager& state, std::int64_t late_before_s) {
  InstanceCounter counter(health, late_before_s);
  ListOptions options;
  options.limit = kInstancePage;
  do {
    Result<Listing<GpuInstance>> page = state.scan_instances(options);
    if (!page) return base::forward_error(page);
    health.malformed += page->malformed;
    for (const GpuInstance& instance : page->rows) counter.count(instance);
    options.start_after = std::move(page->next);
  } while (!options.start_after.empty());
  counter.finish();
  return {};
}

// Of each region the newest minute counts that every collector has had a minute to flush. A younger one, of which parts
// may be missing, is better than nothing.
void add_rates(ClusterHealth& health, const std::vector<Metric>& rows, std::int64_t now_s) {
  for (const std::string& region : schema().regions) health.rps_by_region.emplace(region, 0);
  std::set<std::string_view> settled_regions;
  for (const Metric& row : rows) {  // oldest first, so the newest stays
    const bool settled = row.minute() + kMinuteSeconds + ClusterHealth::kFlushedAfterS <= now_s;
    if (!settled && settled_regions.contains(row.region)) continue;
    if (settled) settled_regions.insert(row.region);
    health.rps_by_region[row.region] = row.parts.empty() ? row.value : aggregate(Aggregation::kRate, row.parts);
  }
  for (const auto& [region, rps] : health.rps_by_region) health.total_rps += rps;
}

QuantileSketch merged_sketch(const std::vector<Metric>& rows) {
  QuantileSketch all;
  for (const Metric& row : rows) {
    if (const MetricPart merged = merge_parts(row.parts); merged.sketch) all.merge(*merged.sketch);
  }
  return all;
}

// The mean of what was given, when anything was.
std::optional<double> mean_of(const std::vector<Metric>& rows) {
  MetricPart all;
  for (const Metric& row : rows) all.merge(merge_parts(row.parts));
  if (all.count == 0) return std::nullopt;
  return all.sum / static_cast<double>(all.count);
}

// Reads rows of the recent minutes and counts the unreadable ones.
class RecentRows {
 public:
  RecentRows(StateManager& state, std::int64_t now_s, ClusterHealth& health)
      : state_(state), running_minute_(minute_of(now_s)), health_(health) {}

  Result<std::vector<Metric>> of(MetricId metric, bool complete_minutes_only) {
    const std::int64_t from_s =
        std::max<std::int64_t>(0, running_minute_ - ClusterHealth::kRecentMinutes * kMinuteSeconds);
    const std::int64_t to_s = complete_minutes_only ? running_minute_ - 1 : running_minute_ + kMinuteSeconds - 1;
    Result<Listing<Metric>> listing = state_.list_metrics(metric_kind(metric).name, from_s, std::max(from_s, to_s));
    if (!listing) return base::forward_error(listing);
    health_.malformed += listing->malformed;
    return std::move(listing->rows);
  }

 private:
  StateManager& state_;
  const std::int64_t running_minute_;
  ClusterHealth& health_;
};

Result<void> add_latency(ClusterHealth& health, RecentRows& recent) {
  const auto samples = recent.of(MetricId::kInferenceLatency, false);
  if (!samples) return std::unexpected(samples.error());
  if (const QuantileSketch sketch = merged_sketch(*samples); sketch.count() > 0) {
    health.latency = {
        .p50_ms = sketch.quantile(0.50), .p95_ms = sketch.quantile(0.95), .p99_ms = sketch.quantile(0.99)};
    return {};
  }
  for (const auto& [metric, place] : {std::pair(MetricId::kInferenceLatencyP50, &LatencyPercentiles::p50_ms),
                                      std::pair(MetricId::kInferenceLatencyP95, &LatencyPercentiles::p95_ms),
                                      std::pair(MetricId::kInferenceLatencyP99, &LatencyPercentiles::p99_ms)}) {
    const auto rows = recent.of(metric, false);
    if (!rows) return std::unexpected(rows.error());
    health.latency.*place = mean_of(*rows);
  }
  return {};
}

}  // namespace

Result<ClusterHealth> MetricsCollector::get_cluster_health_summary(const HealthOptions& options) {
  const std::int64_t now_s = clock_.now_s();
  ClusterHealth health;
  Result<void> counted = add_instances(health, state_, now_s - options.lost_after_s);
  if (!counted) return base::forward_error(counted);
  RecentRows recent(state_, now_s, health);
  const auto rates = recent.of(MetricId::kRps, true);
  if (!rates) return std::unexpected(rates.error());
  add_rates(health, *rates, now_s);
  if (Result<void> added = add_latency(health, recent); !added) return base::forward_error(added);
  return health;
}

}  // namespace mrgc::fleet
