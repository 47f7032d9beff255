#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/session.h"
#include "mrgc/fleet/routing_score.h"

namespace mrgc::cli {
namespace {

struct BestOptions {
  std::string pool;
  std::size_t limit = 10;
  std::int64_t max_age_s = fleet::RegistryOptions{}.stale_after_s;
};
struct UpdateOptions {
  std::string id;
  std::int64_t queue_depth = 0;
  double latency_ms = 0;
  std::string health = "healthy";
};

void declare_best(CLI::App& command, BestOptions& options) {
  command.add_option("--pool", options.pool, "Only instances of this model pool");
  command.add_option("--limit", options.limit, "How many, 1 to 1000")
      ->check(CLI::Range(std::size_t{1}, fleet::BestQuery::kMaxLimit))
      ->capture_default_str();
  command.add_option("--max-age-s", options.max_age_s, "Leave out what was not updated for so many seconds")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}))
      ->capture_default_str();
  command.footer(
      "The instances are those of --region. Equal scores are ordered by instance id.\n"
      "Example: mrgc route best --region us-east-1 --pool model-a --limit 5\n"
      "JSON: {region, instances: [{instance_id, region, model_pool, routing_score, queue_depth, avg_latency_ms, "
      "health_status, last_updated, subnet_cidr}], stale, expired, malformed (rows passed over)}");
}

void show_best(const Context& context, const fleet::BestInstances& best) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{"INSTANCE"},
                   {"POOL"},
                   {"SCORE", kRight},
                   {"ACTIVE", kRight},
                   {"LATENCY (MS)", kRight},
                   {"HEALTH"},
                   {"UPDATED (S AGO)", kRight},
                   {"SUBNET"}});
  const std::int64_t now_s = context.environment.clock.now_s();
  for (const fleet::RoutingState& row : best.instances) {
    table.add_row({row.instance_id, row.model_pool, fmt::format("{:.2f}", row.routing_score),
                   std::to_string(row.queue_depth), fmt::format("{:.1f}", row.avg_latency_ms),
                   std::string(fleet::to_string(row.health_status)), age_text(now_s, row.last_updated),
                   row.subnet_cidr});
  }
  if (best.instances.empty()) {
    context.out() << fmt::format("no instance of {} takes requests now\n", context.options.region);
  } else {
    table.print(context.out(), context.style);
  }
}

void write_best(const Context& context, const fleet::BestInstances& best) {
  Json json;
  json.begin_object().field("region", context.options.region).key("instances").begin_array();
  for (const fleet::RoutingState& row : best.instances) {
    json.begin_object().field("instance_id", row.instance_id).field("region", row.region);
    json.field("model_pool", row.model_pool).field("routing_score", row.routing_score);
    json.field("queue_depth", row.queue_depth).field("avg_latency_ms", row.avg_latency_ms);
    json.field("health_status", fleet::to_string(row.health_status)).field("last_updated", row.last_updated);
    json.field("subnet_cidr", row.subnet_cidr).end_object();
  }
  json.end_array().field("stale", best.stale).field("expired", best.expired).field("malformed", best.malformed);
  json.end_object().print(context.out());
}

void warn_of_left_out(const Context& context, const fleet::BestInstances& best, std::int64_t max_age_s) {
  if (best.stale > 0) {
    context.log.warn(
        "rows left out because they were not updated for more than {} s: {}; 'mrgc health' names silent instances, "
        "--max-age-s takes older rows",
        max_age_s, best.stale);
  }
  if (best.expired > 0) {
    context.log.warn("expired rows left out: {}; 'mrgc health' names silent instances", best.expired);
  }
  if (best.malformed > 0) {
    context.log.warn("{} rows of the routing table cannot be read and were left out", best.malformed);
  }
}

Done route_best(const Context& context, const BestOptions& options) {
  auto session = Session::open(context, IfMissing::kFail, {.stale_after_s = options.max_age_s});
  if (!session) return std::unexpected(session.error());
  const auto best =
      (*session)->registry().get_best_instances_for_routing(context.options.region, options.limit, options.pool);
  if (!best) return failed(best.error());
  context.json() ? write_best(context, *best) : show_best(context, *best);
  warn_of_left_out(context, *best, options.max_age_s);
  return {};
}

void declare_update(CLI::App& command, UpdateOptions& options) {
  command.add_option("id", options.id, "The instance")->required();
  command.add_option("--queue-depth", options.queue_depth, "Its active requests, 0 to 10")->required();
  command.add_option("--latency-ms", options.latency_ms, "Its average latency in milliseconds")->required();
  command.add_option("--health", options.health, "Its own word on its health")
      ->check(CLI::IsMember({"healthy", "degraded", "unhealthy"}))
      ->capture_default_str();
  command.footer(
      "Example: mrgc route update i-1 --queue-depth 2 --latency-ms 150   (score 85.50)\n"
      "JSON: {instance_id, routing_score}");
}

Done route_update(const Context& context, const UpdateOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto updated = (*session)->registry().update_routing_metrics(
      options.id, options.queue_depth, options.latency_ms, *fleet::parse_health_status(options.health));
  if (!updated) return failed(updated.error());
  if (context.json()) {
    Json json;
    json.begin_object().field("instance_id", options.id).field("routing_score", updated->routing_score).end_object();
    json.print(context.out());
  } else {
    context.out() << fmt::format("{} has routing score {:.2f}\n", options.id, updated->routing_score);
  }
  return {};
}

}  // namespace

void add_route_commands(CLI::App& app, Action& chosen) {
  CLI::App& group = add_group(app, "route", "The best instances for the next request");
  add_command(group, chosen, "best", "Show the best instances of the region", declare_best, route_best);
  add_command(group, chosen, "update", "Note what is measured of an instance, and score it", declare_update,
              route_update);
}

}  // namespace mrgc::cli
