#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mrgc::fleet {

/// The metrics that are collected (specification: Metrics Collector), as places in `metric_kinds()`.
enum class MetricId : std::uint8_t {
  kRps,
  kQueueDepth,
  kModelLoadTime,
  kInferenceLatency,
  kInferenceLatencyP50,
  kInferenceLatencyP95,
  kInferenceLatencyP99,
  kEnclaveOperation,
  kCleanupPassed,
  kCleanupFailed,
};

/// How the minute's parts become one value.
enum class Aggregation : std::uint8_t {
  kRate,   ///< counted requests over 60 s, and of every source's given rates the mean, summed
  kMean,   ///< the mean of all samples
  kP95,    ///< the 95th percentile of all samples, from the merged sketches
  kCount,  ///< how many there were
};

struct MetricKind {
  MetricId id;
  std::string_view name;  ///< `metric_name` in the table
  std::string_view unit;  ///< `unit` in the table, in the words of CloudWatch
  Aggregation aggregation;
};

/// The one table of metrics, in the order of `MetricId`.
std::span<const MetricKind> metric_kinds();

const MetricKind& metric_kind(MetricId id);

/// The kind with that `metric_name`, or null.
const MetricKind* find_metric_kind(std::string_view name);

}  // namespace mrgc::fleet
