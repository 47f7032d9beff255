#include "cli/instance_output.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>

namespace mrgc::cli {
namespace {

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string time_text(std::optional<std::int64_t> time_s) {
  return time_s ? fmt::format("{} UTC", utc_text(*time_s)) : std::string("-");
}

}  // namespace

void write_instance(Json& json, const fleet::GpuInstance& instance) {
  json.begin_object();
  json.field("instance_id", instance.instance_id).field("region", instance.region);
  json.field("model_pool", instance.model_pool).field("state", fleet::to_string(instance.state));
  json.field("queue_depth", instance.queue_depth).field("last_heartbeat", instance.last_heartbeat);
  json.field("launch_time", instance.launch_time).field("state_changed_at", instance.state_changed_at);
  json.field("ip_address", unless_empty(instance.ip_address)).field("subnet_id", unless_empty(instance.subnet_id));
  json.field("subnet_cidr", unless_empty(instance.subnet_cidr));
  json.field("availability_zone", unless_empty(instance.availability_zone));
  json.field("boot_id", unless_empty(instance.boot_id)).field("drained_at", instance.drained_at);
  json.field("cleanup_passed_at", instance.cleanup_passed_at);
  json.field("verdicts_count_from", instance.verdicts_count_from);
  json.field("quarantine_reason", unless_empty(instance.quarantine_reason)).field("ttl", instance.ttl);
  json.key("metadata").attribute(instance.metadata);
  json.end_object();
}

void show_instance(const Context& context, const fleet::GpuInstance& instance) {
  if (context.json()) {
    Json json;
    write_instance(json, instance);
    json.print(context.out());
    return;
  }
  const auto show = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) context.out() << fmt::format("  {:<18}{}\n", name, printable(text));
  };
  context.out() << context.style.bold(instance.instance_id) << '\n';
  show("state", fleet::to_string(instance.state));
  show("region", instance.region);
  show("model pool", instance.model_pool);
  show("active requests", instance.queue_depth ? std::to_string(*instance.queue_depth) : "-");
  show("last heartbeat", time_text(instance.last_heartbeat));
  show("launched", time_text(instance.launch_time));
  show("state changed", time_text(instance.state_changed_at));
  show("draining since", instance.drained_at ? time_text(instance.drained_at) : "");
  show("cleanup passed", instance.cleanup_passed_at ? time_text(instance.cleanup_passed_at) : "");
  show("quarantined for", instance.quarantine_reason);
  show("ip address", instance.ip_address);
  show("subnet", instance.subnet_id);
  show("subnet cidr", instance.subnet_cidr);
  show("zone", instance.availability_zone);
  show("boot id", instance.boot_id);
  show("row expires", instance.ttl ? time_text(instance.ttl) : "");
  for (const auto& [name, value] : instance.metadata) {
    const auto* text = value.as<std::string>();
    show("metadata", fmt::format("{} = {}", name, text != nullptr ? *text : "(see --json)"));
  }
}

void show_instances(const Context& context, const std::vector<fleet::GpuInstance>& instances) {
  if (context.json()) {
    Json json;
    json.begin_object().key("instances").begin_array();
    for (const fleet::GpuInstance& instance : instances) write_instance(json, instance);
    json.end_array().end_object().print(context.out());
    return;
  }
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table(
      {{"INSTANCE"}, {"REGION"}, {"POOL"}, {"STATE"}, {"ACTIVE", kRight}, {"HEARTBEAT (S AGO)", kRight}, {"ADDRESS"}});
  std::map<std::string_view, std::size_t> by_state;
  const std::int64_t now_s = context.environment.clock.now_s();
  for (const fleet::GpuInstance& instance : instances) {
    ++by_state[fleet::to_string(instance.state)];
    table.add_row({instance.instance_id, instance.region, instance.model_pool,
                   std::string(fleet::to_string(instance.state)),
                   instance.queue_depth ? std::to_string(*instance.queue_depth) : "-",
                   age_text(now_s, instance.last_heartbeat.value_or(0)), instance.ip_address});
  }
  if (!instances.empty()) table.print(context.out(), context.style);
  std::string summary = fmt::format("{} instances", instances.size());
  for (const auto& [state, count] : by_state) summary += fmt::format(", {} {}", count, state);
  context.out() << context.style.dim(summary) << '\n';
}

}  // namespace mrgc::cli
