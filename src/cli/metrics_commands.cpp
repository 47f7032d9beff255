#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/session.h"
#include "mrgc/fleet/metric_kinds.h"
#include "mrgc/fleet/routing_score.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli {
namespace {

using fleet::MetricId;

struct QueryOptions {
  std::string metric;
  std::string region;
  std::int64_t minutes = 24 * 60;
};
struct RecordOptions {
  std::string metric;
  std::string pool;
  std::optional<double> value;
  std::string operation;
};

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const fleet::MetricKind& kind : fleet::metric_kinds()) names.emplace_back(kind.name);
  return names;
}

// --- query -------------------------------------------------------------------------------------------------------

void declare_query(CLI::App& command, QueryOptions& options) {
  command.add_option("--metric", options.metric, "This metric, of all regions")->check(CLI::IsMember(metric_names()));
  command.add_option("--in-region", options.region, "This region, all metrics")
      ->check(CLI::IsMember(fleet::schema().regions));
  command.add_option("--minutes", options.minutes, "How far back, up to 43,200 (30 days, which rows live)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{43'200}))
      ->capture_default_str();
  command.footer(
      "With both, that metric of that region.\n"
      "Example: mrgc metrics query --metric rps --minutes 90\n"
      "JSON: {from_s, to_s, readings: [{metric_name, minute (Unix seconds), region, unit, value, count, min, max, p50, "
      "p95, p99, pools: {POOL: {value, count, ...}}}], counts: {METRIC: samples in all readings, of rps the requests}, "
      "malformed}; null: not known");
}

Result<fleet::MetricReadings> read_metrics(fleet::MetricsCollector& metrics, const QueryOptions& options,
                                           std::int64_t from_s, std::int64_t to_s) {
  if (options.metric.empty()) return metrics.query_metrics_by_region(options.region, from_s, to_s);
  auto found = metrics.query_metric(options.metric, from_s, to_s);
  if (found && !options.region.empty()) {
    std::erase_if(found->readings,
                  [&](const fleet::MetricReading& reading) { return reading.region != options.region; });
  }
  return found;
}

void write_summary(Json& json, const fleet::MetricSummary& summary) {
  json.field("value", summary.value).field("count", summary.count).field("min", summary.min);
  json.field("max", summary.max).field("p50", summary.p50).field("p95", summary.p95).field("p99", summary.p99);
}

// By metric, how many samples there are in all readings; of rps, requests.
std::map<std::string, std::uint64_t> count_samples(const fleet::MetricReadings& found) {
  std::map<std::string, std::uint64_t> counts;
  for (const fleet::MetricReading& reading : found.readings) counts[reading.metric_name] += reading.total.count;
  return counts;
}

void write_readings(const Context& context, const fleet::MetricReadings& found, std::int64_t from_s,
                    std::int64_t to_s) {
  Json json;
  json.begin_object().field("from_s", from_s).field("to_s", to_s).key("readings").begin_array();
  for (const fleet::MetricReading& reading : found.readings) {
    json.begin_object().field("metric_name", reading.metric_name).field("minute", reading.minute);
    json.field("region", reading.region).field("unit", reading.unit);
    write_summary(json, reading.total);
    json.key("pools").begin_object();
    for (const auto& [pool, summary] : reading.pools) {
      json.key(pool).begin_object();
      write_summary(json, summary);
      json.end_object();
    }
    json.end_object().end_object();
  }
  json.end_array().key("counts").begin_object();
  for (const auto& [metric, count] : count_samples(found)) json.field(metric, count);
  json.end_object().field("malformed", found.malformed).end_object().print(context.out());
}

void show_readings(const Context& context, const fleet::MetricReadings& found) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"MINUTE (UTC)"},
                   {"METRIC"},
                   {"REGION"},
                   {"VALUE", kRight},
                   {"UNIT"},
                   {"COUNT", kRight},
                   {"P50", kRight},
                   {"P95", kRight},
                   {"P99", kRight}});
  const auto number = [](std::optional<double> maybe) { return maybe ? fmt::format("{:.1f}", *maybe) : std::string(); };
  for (const fleet::MetricReading& reading : found.readings) {
    const fleet::MetricSummary& total = reading.total;
    table.add_row({utc_text(reading.minute).substr(0, 16), reading.metric_name, reading.region,
                   fmt::format("{:.2f}", total.value), reading.unit, with_commas(total.count), number(total.p50),
                   number(total.p95), number(total.p99)});
  }
  if (!found.readings.empty()) table.print(context.out(), context.style);
  std::string summary = fmt::format("{} rows", found.readings.size());
  for (const auto& [metric, count] : count_samples(found)) {
    const bool requests = metric == fleet::metric_kind(MetricId::kRps).name;
    summary += fmt::format(", {}: {} {}", metric, with_commas(count), requests ? "requests" : "samples");
  }
  context.out() << context.style.dim(summary) << '\n';
}

Done query_metrics(const Context& context, const QueryOptions& options) {
  if (options.metric.empty() && options.region.empty()) {
    return usage_error("say of what: --metric METRIC, --in-region REGION, or both");
  }
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const std::int64_t to_s = context.environment.clock.now_s();
  const std::int64_t from_s = std::max<std::int64_t>(0, to_s - options.minutes * 60);
  const auto found = read_metrics((*session)->metrics(), options, from_s, to_s);
  if (!found) return failed(found.error());
  context.json() ? write_readings(context, *found, from_s, to_s) : show_readings(context, *found);
  if (found->malformed > 0) {
    context.log.warn("{} rows of the metrics table cannot be read and were left out", found->malformed);
  }
  return {};
}

// --- record ------------------------------------------------------------------------------------------------------

void declare_record(CLI::App& command, RecordOptions& options) {
  command.add_option("--metric", options.metric, "Which")->required()->check(CLI::IsMember(metric_names()));
  command.add_option("--pool", options.pool, "The model pool it is about")->required();
  command.add_option("--value", options.value, "In the metric's unit; cleanup results have none");
  command.add_option("--operation", options.operation, "Of an enclave operation: which, such as attest");
  command.footer(
      "It is recorded for --region and the minute that runs. Of several values of one minute the last counts for rps, "
      "and all of them otherwise.\n"
      "Example: mrgc metrics record --metric rps --pool model-a --value 45.2\n"
      "JSON: {metric_name, rows (written)}");
}

Result<void> record_value(fleet::MetricsCollector& metrics, const std::string& region, const RecordOptions& options) {
  const std::string& pool = options.pool;
  const double value = options.value.value_or(0);
  switch (fleet::find_metric_kind(options.metric)->id) {
    case MetricId::kRps: return metrics.record_rps(region, pool, value);
    case MetricId::kQueueDepth:
      if (std::floor(value) != value || value < 0 || value > fleet::kMaxQueueDepth) {  // true of NaN, too
        return base::fail(ErrorCode::kInvalidArgument, "a queue depth is a whole number of 0 to 10");
      }
      return metrics.record_queue_depth(region, pool, static_cast<std::int64_t>(value));
    case MetricId::kModelLoadTime: return metrics.record_model_load_time(region, pool, value);
    case MetricId::kInferenceLatency: return metrics.record_inference_latency_sample(region, pool, value);
    case MetricId::kInferenceLatencyP50: return metrics.record_inference_latency(region, pool, value, "p50");
    case MetricId::kInferenceLatencyP95: return metrics.record_inference_latency(region, pool, value, "p95");
    case MetricId::kInferenceLatencyP99: return metrics.record_inference_latency(region, pool, value, "p99");
    case MetricId::kEnclaveOperation: return metrics.record_enclave_operation(region, pool, options.operation, value);
    case MetricId::kCleanupPassed: return metrics.record_cleanup_result(region, pool, true);
    case MetricId::kCleanupFailed: return metrics.record_cleanup_result(region, pool, false);
  }
  std::unreachable();
}

// Whether the options belong to the metric, all of them and no others.
Done check_options(const RecordOptions& options) {
  const fleet::MetricKind& kind = *fleet::find_metric_kind(options.metric);
  const bool is_count = kind.aggregation == fleet::Aggregation::kCount;
  if (is_count && options.value) {
    return usage_error(fmt::format("{} has no --value: each call records one result", kind.name));
  }
  if (!is_count && !options.value) {
    return usage_error(fmt::format("say what was measured: --value NUMBER, in {}", kind.unit));
  }
  const bool is_operation = kind.id == MetricId::kEnclaveOperation;
  if (is_operation && options.operation.empty()) {
    return usage_error("say which operation it was: --operation NAME, such as attest");
  }
  if (!is_operation && !options.operation.empty()) {
    return usage_error(fmt::format("{} has no --operation; only enclave_operation has", kind.name));
  }
  return {};
}

Done record_metric(const Context& context, const RecordOptions& options) {
  if (Done checked = check_options(options); !checked) return checked;
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const Result<void> recorded = record_value((*session)->metrics(), context.options.region, options);
  if (!recorded) return failed(recorded.error());
  const fleet::FlushReport report = (*session)->metrics().flush();
  if (report.error) return failed(*report.error);
  if (context.json()) {
    Json json;
    json.begin_object().field("metric_name", options.metric).field("rows", report.written).end_object();
    json.print(context.out());
  } else {
    context.out() << fmt::format("{} recorded for {} in {}\n", options.metric, options.pool, context.options.region);
  }
  return {};
}

}  // namespace

void add_metrics_commands(CLI::App& app, Action& chosen) {
  CLI::App& group = add_group(app, "metrics", "What was measured, by minute, metric and region");
  add_command(group, chosen, "query", "Show readings, oldest first", declare_query, query_metrics);
  add_command(group, chosen, "record", "Record one measurement", declare_record, record_metric);
}

}  // namespace mrgc::cli
