#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/base/random.h"
#include "mrgc/fleet/cluster_health.h"
#include "mrgc/fleet/metric_kinds.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::fleet {

/// What a metric's samples of a minute amount to.
struct MetricSummary {
  double value = 0;                     ///< by the metric's aggregation, in the row's unit
  std::uint64_t count = 0;              ///< samples; of `rps` the counted requests
  std::optional<double> min, max;       ///< of the samples, when there are any
  std::optional<double> p50, p95, p99;  ///< of the samples within 1 %, where the metric keeps a sketch
};

/// One metric, minute and region.
struct MetricReading {
  std::string metric_name;
  std::int64_t minute = 0;  ///< Unix time in seconds of the minute's start
  std::string region;
  std::string unit;
  MetricSummary total;
  std::map<std::string, MetricSummary, std::less<>> pools;  ///< by model pool; enclave operations by `POOL/OPERATION`
};

struct MetricReadings {
  std::vector<MetricReading> readings;  ///< oldest first
  std::size_t malformed = 0;            ///< unreadable rows, left out
};

struct FlushReport {
  std::size_t written = 0;  ///< rows brought up to date; of `rps` counted requests and given rates are one each
  std::size_t pending = 0;  ///< rows that could not be; the next flush tries again
  /// Rows that the store refuses for good, as those that are full: what was not in them yet is lost, unless more is
  /// recorded for the same row, which tries once more with all of it.
  std::size_t dropped = 0;
  std::optional<Error> error = {};  ///< the first reason for one of the latter two
};

struct CollectorOptions {
  /// Whose word the rates are that `record_rps` takes, 1 to 121 of `A-Z a-z 0-9 . _ : -`. It outlives the collector, so
  /// that a restarted process goes on as the same source and its rates do not count twice. Collectors that measure
  /// shares of the same pool's requests need names of their own.
  std::string source = "default";
};

/// Collects and aggregates the cluster's metrics (specification: Metrics Collector).
///
/// What is recorded is aggregated in memory by metric, minute, region and model pool; `flush` brings it to the store.
/// Call it every few seconds, or at least every minute. Each collector is a writer of its own, with an id made when it
/// is constructed, and only ever replaces its own part of a row by one that says more. So any number of collectors may
/// report the same metrics, flushing again is harmless, a failed flush loses nothing, and a restart loses what was not
/// flushed but doubles nothing. Given rates are the exception, because they do not add up over restarts: they belong to
/// a source that has a name (`CollectorOptions`), and who flushes last speaks for it.
///
/// A row holds a part of every writer and pool of its region and minute, and may have 400 KB, as DynamoDB limits it:
/// room for 5,000 parts or more with names of usual length, and for 400 to 2,000 of `inference_latency`, whose sketches
/// are larger. With more pools than that divided by the number of collectors, rows get full and flushes drop; let fewer
/// collectors report for more instances then.
///
/// Recording never waits for the store. Its errors: `kInvalidArgument` for an unknown region, a malformed pool (1 to
/// 128 of `A-Z a-z 0-9 . _ : -`) and a value that is not of 0 to 1E+15; `kLimitExceeded` when `kMaxParts` parts
/// wait for a flush. Thread-safe. What it is constructed from must outlive it.
class MetricsCollector {
 public:
  static constexpr std::size_t kMaxParts = 100'000;

  MetricsCollector(StateManager& state, const base::Clock& clock, base::Random& random,
                   const CollectorOptions& options = {});
  ~MetricsCollector();
  MetricsCollector(const MetricsCollector&) = delete;
  MetricsCollector& operator=(const MetricsCollector&) = delete;

  /// A rate that somebody else has measured, in requests a second. A pool's rate in a minute is the mean of what each
  /// source was told, added up; after a restart, of what it was told since. Use this or `record_request` for a pool's
  /// requests, not both. Errors: also `kInvalidArgument` when `CollectorOptions::source` is malformed.
  Result<void> record_rps(std::string_view region, std::string_view model_pool, double rps);

  /// One served request, of which the rate is computed.
  Result<void> record_request(std::string_view region, std::string_view model_pool);

  /// An instance's active requests, 0 to 10; averaged.
  Result<void> record_queue_depth(std::string_view region, std::string_view model_pool, std::int64_t queue_depth);

  /// In seconds; averaged.
  Result<void> record_model_load_time(std::string_view region, std::string_view model_pool, double load_time_s);

  /// A percentile (`p50`, `p95` or `p99`) that somebody else has computed, in milliseconds; averaged under the metric
  /// `inference_latency_p50` and so on. Errors: `kInvalidArgument` for another percentile.
  Result<void> record_inference_latency(std::string_view region, std::string_view model_pool, double latency_ms,
                                        std::string_view percentile);

  /// One request's latency in milliseconds; percentiles are computed over all.
  Result<void> record_inference_latency_sample(std::string_view region, std::string_view model_pool, double latency_ms);

  /// The duration of a Nitro Enclave operation (its name is formed like a pool's) in milliseconds; averaged.
  Result<void> record_enclave_operation(std::string_view region, std::string_view model_pool,
                                        std::string_view operation, double duration_ms);

  /// The outcome of a cleanup validation; counted under `cleanup_passed` or `cleanup_failed`.
  Result<void> record_cleanup_result(std::string_view region, std::string_view model_pool, bool passed);

  /// Writes what has changed since the last flush, each row in its home region. Rows of minutes that are over are
  /// forgotten once written or dropped. Waits for the store; concurrent flushes take turns.
  FlushReport flush();

  /// A metric's readings of all regions, from the minute of `from_s` to that of `to_s`, both included.
  Result<MetricReadings> query_metric(std::string_view metric_name, std::int64_t from_s, std::int64_t to_s);

  /// A region's readings of all metrics, from the minute of `from_s` to that of `to_s`, both included.
  Result<MetricReadings> query_metrics_by_region(std::string_view region, std::int64_t from_s, std::int64_t to_s);

  /// How the fleet is doing, from the own region's replica alone: what was not flushed is not in it. Reads the whole
  /// instance table.
  Result<ClusterHealth> get_cluster_health_summary(const HealthOptions& options = {});

 private:
  class Aggregator;

  Result<void> record_sample(MetricId metric, std::string_view region, std::string_view model_pool, double value);

  StateManager& state_;
  const base::Clock& clock_;
  const CollectorOptions options_;
  std::mutex flush_mutex_;
  std::unique_ptr<Aggregator> aggregator_;
};

}  // namespace mrgc::fleet
