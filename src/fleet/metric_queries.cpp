#include "fleet/checks.h"
#include "fleet/minutes.h"
#include "mrgc/fleet/metrics_collector.h"

namespace mrgc::fleet {
namespace {

// What parts amount to, on the scale of their metric. Computed here rather than taken from the row's `value`, which is
// a flush behind when a writer died between its two writes.
MetricSummary summarize(const MetricPart& merged, double value, Aggregation aggregation) {
  MetricSummary summary;
  summary.value = value;
  summary.count = aggregation == Aggregation::kRate ? merged.requests : merged.count;
  if (merged.count > 0) {
    summary.min = merged.min;
    summary.max = merged.max;
  }
  if (merged.sketch) {
    summary.p50 = merged.sketch->quantile(0.50);
    summary.p95 = merged.sketch->quantile(0.95);
    summary.p99 = merged.sketch->quantile(0.99);
  }
  return summary;
}

MetricReading reading_of(const Metric& row) {
  MetricReading reading;
  reading.metric_name = row.metric_name;
  reading.minute = row.minute();
  reading.region = row.region;
  reading.unit = row.unit;
  const MetricKind* kind = find_metric_kind(row.metric_name);
  if (kind == nullptr || row.parts.empty()) {
    // Somebody else's metric: only its value is known.
    reading.total.value = row.value;
    return reading;
  }
  const Aggregation aggregation = kind->aggregation;
  reading.total = summarize(merge_parts(row.parts), aggregate(aggregation, row.parts), aggregation);
  for (const auto& [pool, writers] : row.parts) {
    reading.pools.emplace(pool, summarize(merge_parts(writers), aggregate(aggregation, writers), aggregation));
  }
  return reading;
}

Result<MetricReadings> readings_of(const Result<Listing<Metric>>& listing) {
  if (!listing) return std::unexpected(listing.error());
  MetricReadings readings;
  readings.malformed = listing->malformed;
  for (const Metric& row : listing->rows) readings.readings.push_back(reading_of(row));
  return readings;
}

// The last second of the minute: the rows of all regions.
std::int64_t end_of_minute(std::int64_t time_s) { return minute_of(time_s) + kMinuteSeconds - 1; }

}  // namespace

Result<MetricReadings> MetricsCollector::query_metric(std::string_view metric_name, std::int64_t from_s,
                                                      std::int64_t to_s) {
  if (Result<void> checked = check_time_range(from_s, to_s); !checked) return base::forward_error(checked);
  return readings_of(list_all([&](const ListOptions& options) {
    return state_.list_metrics(metric_name, minute_of(from_s), end_of_minute(to_s), options);
  }));
}

Result<MetricReadings> MetricsCollector::query_metrics_by_region(std::string_view region, std::int64_t from_s,
                                                                 std::int64_t to_s) {
  if (Result<void> checked = check_time_range(from_s, to_s); !checked) return base::forward_error(checked);
  return readings_of(list_all([&](const ListOptions& options) {
    return state_.list_metrics_by_region(region, minute_of(from_s), end_of_minute(to_s), options);
  }));
}

}  // namespace mrgc::fleet
