#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/session.h"

namespace mrgc::cli {
namespace {

using fleet::ClusterHealth;

constexpr std::size_t kLateShown = 10;  // to people; programs get all that are named

struct HealthCommandOptions {
  std::int64_t late_after_s = fleet::HealthOptions{}.lost_after_s;
};

void declare_health(CLI::App& command, HealthCommandOptions& options) {
  command.add_option("--late-after-s", options.late_after_s, "Instances that were silent for longer count as late")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  command.footer(
      "Rates are those of each region's newest minute of the last five that ended at least 60 s ago, so that all "
      "collectors have flushed it; without one, of a later minute that is complete. Latencies are of the last five "
      "minutes and the running one.\n"
      "JSON: {total_rps, rps_by_region, total_instances, instances_by_state, instances_by_region, instances_by_pool, "
      "quarantined, avg_queue_depth, late_heartbeats, late_instances, latency_p50_ms, latency_p95_ms, latency_p99_ms, "
      "malformed}");
}

template <typename Map>
void write_counts(Json& json, std::string_view name, const Map& counts) {
  json.key(name).begin_object();
  for (const auto& [key, count] : counts) json.field(key, count);
  json.end_object();
}

std::map<std::string, std::size_t> named_states(const ClusterHealth& health) {
  std::map<std::string, std::size_t> named;
  for (const auto& [state, count] : health.instances_by_state) named.emplace(fleet::to_string(state), count);
  return named;
}

void write_health(const Context& context, const ClusterHealth& health) {
  Json json;
  json.begin_object().field("total_rps", health.total_rps);
  write_counts(json, "rps_by_region", health.rps_by_region);
  json.field("total_instances", health.total_instances);
  write_counts(json, "instances_by_state", named_states(health));
  write_counts(json, "instances_by_region", health.instances_by_region);
  write_counts(json, "instances_by_pool", health.instances_by_pool);
  json.field("quarantined", health.quarantined).field("avg_queue_depth", health.avg_queue_depth);
  json.field("late_heartbeats", health.late_heartbeats).key("late_instances").begin_array();
  for (const std::string& id : health.late_instances) json.value(id);
  json.end_array().field("latency_p50_ms", health.latency.p50_ms).field("latency_p95_ms", health.latency.p95_ms);
  json.field("latency_p99_ms", health.latency.p99_ms).field("malformed", health.malformed);
  json.end_object().print(context.out());
}

template <typename Map>
std::string counts_text(const Map& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text.empty() ? "none" : text;
}

void show_health(const Context& context, const ClusterHealth& health) {
  const auto show = [&](std::string_view name, std::string_view text) {
    context.out() << fmt::format("  {:<22}{}\n", name, printable(text));
  };
  const auto number = [](std::optional<double> ms) { return ms ? fmt::format("{:.0f}", *ms) : std::string("-"); };
  context.out() << context.style.bold("Fleet health") << '\n';
  show("instances", fmt::format("{} ({})", health.total_instances, counts_text(named_states(health))));
  show("by region", counts_text(health.instances_by_region));
  show("by pool", counts_text(health.instances_by_pool));
  show("average active", fmt::format("{:.2f} requests an available instance", health.avg_queue_depth));
  std::string rates;
  for (const auto& [region, rps] : health.rps_by_region) {
    rates += fmt::format("{}{} {:.2f}", rates.empty() ? "" : ", ", region, rps);
  }
  show("requests a second", fmt::format("{:.2f} ({})", health.total_rps, rates));
  show("latency (ms)", fmt::format("p50 {}, p95 {}, p99 {}", number(health.latency.p50_ms),
                                   number(health.latency.p95_ms), number(health.latency.p99_ms)));
  show("late heartbeats", std::to_string(health.late_heartbeats));
  for (std::size_t i = 0; i < std::min(kLateShown, health.late_instances.size()); ++i) {
    context.out() << context.style.warning(fmt::format("    {}", printable(health.late_instances[i]))) << '\n';
  }
  if (health.late_heartbeats > kLateShown) {
    context.out() << fmt::format("    and {} more\n", health.late_heartbeats - kLateShown);
  }
  if (health.late_heartbeats > 0) {
    context.out() << context.style.dim(
                         "    silent for too long: see 'mrgc instance get ID', end with 'mrgc instance terminate ID'")
                  << '\n';
  }
}

Done health(const Context& context, const HealthCommandOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto summary = (*session)->metrics().get_cluster_health_summary({.lost_after_s = options.late_after_s});
  if (!summary) return failed(summary.error());
  context.json() ? write_health(context, *summary) : show_health(context, *summary);
  if (summary->malformed > 0) {
    context.log.warn("{} rows cannot be read and were left out", summary->malformed);
  }
  return {};
}

}  // namespace

void add_health_command(CLI::App& app, Action& chosen) {
  add_command(app, chosen, "health", "How the whole fleet is doing", declare_health, health);
}

}  // namespace mrgc::cli
