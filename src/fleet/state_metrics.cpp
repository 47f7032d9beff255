#include <fmt/format.h>

#include "fleet/checks.h"
#include "fleet/metric_merge.h"
#include "fleet/minutes.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

Subject reading(std::string_view metric_name) {
  return {.noun = "metric", .id = metric_name, .missing = "has no row of that second"};
}

Result<void> check_own_second(const Metric& row) {
  if (Result<void> checked = first_error(check_region(row.region), check_time("a minute", row.timestamp)); !checked) {
    return checked;
  }
  const std::int64_t wanted = region_second(row.timestamp, row.region);
  if (row.timestamp == wanted) return {};
  return base::fail(ErrorCode::kInvalidArgument, fmt::format("{}'s row of that minute has the timestamp {}, not {}",
                                                             row.region, wanted, row.timestamp));
}

// `POOL`, or `POOL/OPERATION`.
Result<void> check_series(std::string_view series) {
  const std::size_t slash = series.find('/');
  if (slash == std::string_view::npos) return check_name("a model pool", series);
  return first_error(check_name("a model pool", series.substr(0, slash)),
                     check_name("an operation", series.substr(slash + 1)));
}

Result<void> check_part(const MetricPart& part) {
  return first_error(check_sum("a metric's sum", part.sum), check_amount("a metric's least sample", part.min),
                     check_amount("a metric's greatest sample", part.max));
}

Result<void> check_write(const MetricWrite& write) {
  Result<void> checked = first_error(check_region(write.region), check_name("a writer", write.writer),
                                     check_time("a minute", write.minute));
  for (const auto& [pool, part] : write.parts) {
    if (checked) checked = first_error(check_series(pool), check_part(part));
  }
  if (checked && (write.parts.empty() || write.minute % kMinuteSeconds != 0)) {
    return base::fail(ErrorCode::kInvalidArgument, "a metric write has at least one part and a whole minute");
  }
  return checked;
}

}  // namespace

Result<void> StateManager::create_metric(const Metric& row) {
  Result<void> checked = first_error(check_name("a metric name", row.metric_name), check_own_second(row),
                                     check_amount("a metric's value", row.value));
  if (!checked) return checked;
  Metric fresh = row;
  fresh.ttl = row.minute() + Impl::ttl_after_s(Table::kMetrics);
  auto put = impl_->request<store::PutItemRequest>(Table::kMetrics);
  put.item = fresh.to_item();
  put.condition_expression = "attribute_not_exists(metric_name)";
  auto written = impl_->operations.write_at(row.region, std::move(put));
  if (!written) return base::forward_error(written);
  return {};
}

Result<Metric> StateManager::get_metric(std::string_view metric_name, std::int64_t timestamp) {
  if (Result<void> checked = check_name("a metric name", metric_name); !checked) return base::forward_error(checked);
  return impl_->row_of<Metric>(
      impl_->operations.get(Table::kMetrics, key_of("metric_name", metric_name, "timestamp", timestamp)),
      reading(metric_name));
}

Result<Metric> StateManager::merge_metric_parts(const MetricWrite& write) {
  if (Result<void> checked = check_write(write); !checked) return base::forward_error(checked);
  return MetricMerge(impl_->operations, write).run();
}

Result<void> StateManager::delete_metric(std::string_view metric_name, std::int64_t timestamp) {
  if (Result<void> checked = check_name("a metric name", metric_name); !checked) return checked;
  const Result<std::string_view> home = region_of_second(timestamp);
  if (!home) return std::unexpected(home.error());
  auto erase = impl_->request<store::DeleteItemRequest>(Table::kMetrics);
  erase.key = key_of("metric_name", metric_name, "timestamp", timestamp);
  auto written = impl_->operations.write_at(*home, std::move(erase));
  if (!written) return base::forward_error(written);
  return {};
}

Result<Listing<Metric>> StateManager::list_metrics(std::string_view metric_name, std::int64_t from_s, std::int64_t to_s,
                                                   const ListOptions& options) {
  Result<void> checked = first_error(check_name("a metric name", metric_name), check_time_range(from_s, to_s));
  if (!checked) return base::forward_error(checked);
  return impl_->list<Metric>(
      impl_->in_time_range(Table::kMetrics, "", {"metric_name", metric_name}, {"timestamp", from_s, to_s}), options);
}

Result<Listing<Metric>> StateManager::list_metrics_by_region(std::string_view region, std::int64_t from_s,
                                                             std::int64_t to_s, const ListOptions& options) {
  Result<void> checked = first_error(check_region(region), check_time_range(from_s, to_s));
  if (!checked) return base::forward_error(checked);
  return impl_->list<Metric>(
      impl_->in_time_range(Table::kMetrics, "region-timestamp-index", {"region", region}, {"timestamp", from_s, to_s}),
      options);
}

}  // namespace mrgc::fleet
