#include "mrgc/fleet/metric_kinds.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mrgc::fleet {
namespace {

constexpr std::array kKinds = {
    MetricKind{MetricId::kRps, "rps", "Count/Second", Aggregation::kRate},
    MetricKind{MetricId::kQueueDepth, "queue_depth", "Count", Aggregation::kMean},
    MetricKind{MetricId::kModelLoadTime, "model_load_time", "Seconds", Aggregation::kMean},
    MetricKind{MetricId::kInferenceLatency, "inference_latency", "Milliseconds", Aggregation::kP95},
    MetricKind{MetricId::kInferenceLatencyP50, "inference_latency_p50", "Milliseconds", Aggregation::kMean},
    MetricKind{MetricId::kInferenceLatencyP95, "inference_latency_p95", "Milliseconds", Aggregation::kMean},
    MetricKind{MetricId::kInferenceLatencyP99, "inference_latency_p99", "Milliseconds", Aggregation::kMean},
    MetricKind{MetricId::kEnclaveOperation, "enclave_operation", "Milliseconds", Aggregation::kMean},
    MetricKind{MetricId::kCleanupPassed, "cleanup_passed", "Count", Aggregation::kCount},
    MetricKind{MetricId::kCleanupFailed, "cleanup_failed", "Count", Aggregation::kCount},
};

constexpr bool is_in_order_of_ids() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<std::size_t>(kKinds[i].id) != i) return false;
  }
  return true;
}
static_assert(is_in_order_of_ids());

}  // namespace

std::span<const MetricKind> metric_kinds() { return kKinds; }

const MetricKind& metric_kind(MetricId id) { return kKinds[static_cast<std::size_t>(id)]; }

const MetricKind* find_metric_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &MetricKind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace mrgc::fleet
