#include "mrgc/fleet/metrics_collector.h"

#include <fmt/format.h>

#include <array>
#include <mutex>
#include <string>
#include <utility>

#include "fleet/checks.h"
#include "fleet/metric_aggregator.h"

namespace mrgc::fleet {
namespace {

constexpr std::array<std::pair<std::string_view, MetricId>, 3> kPercentiles = {{
    {"p50", MetricId::kInferenceLatencyP50},
    {"p95", MetricId::kInferenceLatencyP95},
    {"p99", MetricId::kInferenceLatencyP99},
}};

// Tells sources from the writers that collectors are.
constexpr std::string_view kSourcePrefix = "source:";

Result<void> check_source(std::string_view source) {
  if (check_name("a source", source) && check_name("a source", fmt::format("{}{}", kSourcePrefix, source))) return {};
  return base::fail(ErrorCode::kInvalidArgument, "a source of rates has 1 to 121 of A-Z a-z 0-9 . _ : -");
}

// Whether the same write may succeed without a change of what is in it. A missing table may still be made, and a store
// that has gone read-only be mended.
bool may_succeed_later(const Error& error) {
  return error.retryable || error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kResourceNotFound;
}

}  // namespace

MetricsCollector::MetricsCollector(StateManager& state, const base::Clock& clock, base::Random& random,
                                   const CollectorOptions& options)
    : state_(state),
      clock_(clock),
      options_(options),
      aggregator_(std::make_unique<Aggregator>(random, fmt::format("{}{}", kSourcePrefix, options.source))) {}

MetricsCollector::~MetricsCollector() = default;

Result<void> MetricsCollector::record_sample(MetricId metric, std::string_view region, std::string_view model_pool,
                                             double value) {
  Result<void> checked = first_error(check_region(region), check_name("a model pool", model_pool),
                                     check_amount(metric_kind(metric).name, value));
  if (!checked) return checked;
  return aggregator_->record(metric, region, model_pool, Aggregator::Event::kSample, value, clock_.now_s());
}

Result<void> MetricsCollector::record_rps(std::string_view region, std::string_view model_pool, double rps) {
  Result<void> checked = first_error(check_source(options_.source), check_region(region),
                                     check_name("a model pool", model_pool), check_amount("a rate", rps));
  if (!checked) return checked;
  return aggregator_->record(MetricId::kRps, region, model_pool, Aggregator::Event::kRate, rps, clock_.now_s());
}

Result<void> MetricsCollector::record_request(std::string_view region, std::string_view model_pool) {
  Result<void> checked = first_error(check_region(region), check_name("a model pool", model_pool));
  if (!checked) return checked;
  return aggregator_->record(MetricId::kRps, region, model_pool, Aggregator::Event::kRequest, 0, clock_.now_s());
}

Result<void> MetricsCollector::record_queue_depth(std::string_view region, std::string_view model_pool,
                                                  std::int64_t queue_depth) {
  if (Result<void> checked = check_queue_depth(queue_depth); !checked) return checked;
  return record_sample(MetricId::kQueueDepth, region, model_pool, static_cast<double>(queue_depth));
}

Result<void> MetricsCollector::record_model_load_time(std::string_view region, std::string_view model_pool,
                                                      double load_time_s) {
  return record_sample(MetricId::kModelLoadTime, region, model_pool, load_time_s);
}

Result<void> MetricsCollector::record_inference_latency(std::string_view region, std::string_view model_pool,
                                                        double latency_ms, std::string_view percentile) {
  for (const auto& [name, metric] : kPercentiles) {
    if (percentile == name) return record_sample(metric, region, model_pool, latency_ms);
  }
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("the percentile is p50, p95 or p99, not \"{}\"", percentile));
}

Result<void> MetricsCollector::record_inference_latency_sample(std::string_view region, std::string_view model_pool,
                                                               double latency_ms) {
  return record_sample(MetricId::kInferenceLatency, region, model_pool, latency_ms);
}

Result<void> MetricsCollector::record_enclave_operation(std::string_view region, std::string_view model_pool,
                                                        std::string_view operation, double duration_ms) {
  Result<void> checked =
      first_error(check_region(region), check_name("a model pool", model_pool), check_name("an operation", operation),
                  check_amount("an operation's duration in milliseconds", duration_ms));
  if (!checked) return checked;
  return aggregator_->record(MetricId::kEnclaveOperation, region, fmt::format("{}/{}", model_pool, operation),
                             Aggregator::Event::kSample, duration_ms, clock_.now_s());
}

Result<void> MetricsCollector::record_cleanup_result(std::string_view region, std::string_view model_pool,
                                                     bool passed) {
  return record_sample(passed ? MetricId::kCleanupPassed : MetricId::kCleanupFailed, region, model_pool, 1);
}

FlushReport MetricsCollector::flush() {
  // One at a time, so that an older part never comes after a newer one.
  const std::lock_guard lock(flush_mutex_);
  FlushReport report;
  for (const Aggregator::Pending& pending : aggregator_->pending()) {
    if (Result<Metric> written = state_.merge_metric_parts(pending.write); written) {
      aggregator_->confirm(pending);
      ++report.written;
    } else {
      const bool keep = may_succeed_later(written.error());
      if (!keep) aggregator_->give_up(pending);
      ++(keep ? report.pending : report.dropped);
      if (!report.error) report.error = std::move(written.error());
    }
  }
  aggregator_->forget_finished(clock_.now_s());
  return report;
}

}  // namespace mrgc::fleet
