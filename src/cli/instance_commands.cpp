#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "cli/commands.h"
#include "cli/instance_output.h"
#include "cli/json.h"
#include "cli/session.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli {
namespace {

using fleet::GpuInstance;

struct IdOptions {
  std::string id;
};
struct RegisterOptions {
  fleet::Registration facts;
  std::vector<std::string> metadata;
};
struct ListOptions {
  std::string region;
  std::string pool;
  std::string state;
};
struct HeartbeatOptions {
  std::string id;
  std::int64_t queue_depth = 0;
  std::string boot_id;
};
struct QuarantineOptions {
  std::string id;
  std::string reason;
};
struct CleanupOptions {
  fleet::CleanupReport report;
  bool failed = false;
};

void declare_id(CLI::App& command, std::string& id) {
  command.add_option("id", id, "The instance, such as i-1234567890abcdef0")->required();
}

// Says what was done, or shows the object that programs asked for.
void say(const Context& context, std::string_view id, std::string_view what) {
  if (context.json()) {
    Json json;
    json.begin_object().field("instance_id", id).field("result", what).end_object().print(context.out());
  } else {
    context.out() << fmt::format("{} {}\n", id, what);
  }
}

// --- register, get, list -----------------------------------------------------------------------------------------

void declare_register(CLI::App& command, RegisterOptions& options) {
  fleet::Registration& facts = options.facts;
  declare_id(command, facts.instance_id);
  command.add_option("--pool", facts.model_pool, "The model pool it serves")->required();
  command.add_option("--ip", facts.ip_address, "Private IP address");
  command.add_option("--subnet", facts.subnet_id, "Subnet");
  command.add_option("--subnet-cidr", facts.subnet_cidr, "The subnet's address range");
  command.add_option("--zone", facts.availability_zone, "Availability zone");
  command.add_option("--boot-id", facts.boot_id, "Tells this boot of the machine from others");
  command.add_option("--metadata", options.metadata, "Further facts, NAME=VALUE; may be repeated")->take_all();
  command.footer(
      "The instance's home is --region. Makes the tables, and the store, where they are missing.\n"
      "Example: mrgc instance register i-1 --pool model-a --region us-east-2 --ip 10.66.10.50\n"
      "JSON: {instance_id, result (created, refreshed)}");
}

Done register_instance(const Context& context, const RegisterOptions& options) {
  fleet::Registration facts = options.facts;
  facts.region = context.options.region;
  for (const std::string& fact : options.metadata) {
    const auto equals = fact.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return usage_error(fmt::format("--metadata is NAME=VALUE, not \"{}\"", fact));
    }
    facts.metadata.insert_or_assign(fact.substr(0, equals), fact.substr(equals + 1));
  }
  auto session = Session::open(context, IfMissing::kCreate);
  if (!session) return std::unexpected(session.error());
  if (const Result<void> created = (*session)->state().create_tables(); !created) return failed(created.error());
  const auto registered = (*session)->registry().register_new_instance(facts);
  if (!registered) return failed(registered.error());
  say(context, facts.instance_id, *registered == fleet::Registered::kCreated ? "created" : "refreshed");
  return {};
}

Done get_instance(const Context& context, const IdOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto instance = (*session)->state().get_instance(options.id);
  if (!instance) return failed(instance.error());
  show_instance(context, *instance);
  return {};
}

void declare_list(CLI::App& command, ListOptions& options) {
  std::vector<std::string> states;
  states.reserve(fleet::kAllInstanceStates.size());
  for (const fleet::InstanceState state : fleet::kAllInstanceStates) states.emplace_back(fleet::to_string(state));
  command.add_option("--in-region", options.region, "Only those that run there")
      ->check(CLI::IsMember(fleet::schema().regions));
  command.add_option("--pool", options.pool, "Only those of this model pool");
  command.add_option("--state", options.state, "Only those in this state")->check(CLI::IsMember(states));
  command.footer(
      "Example: mrgc instance list --in-region us-west-2 --state draining\n"
      "JSON: {instances: [as of 'instance get']}");
}

// A part of the rows, by the narrowest index there is.
Result<fleet::Listing<GpuInstance>> list_part(fleet::StateManager& state, const ListOptions& options,
                                              const fleet::ListOptions& part) {
  if (!options.pool.empty()) return state.list_instances_by_pool(options.pool, part);
  if (!options.region.empty()) return state.list_instances_by_region(options.region, part);
  if (!options.state.empty()) return state.list_instances_by_state(*fleet::parse_instance_state(options.state), part);
  return state.scan_instances(part);
}

// The rows with the heartbeats that indexes lack.
Result<fleet::Listing<GpuInstance>> read_instances(fleet::StateManager& state, const ListOptions& options) {
  auto listed = fleet::list_all([&](const fleet::ListOptions& part) { return list_part(state, options, part); });
  const bool is_scan = options.region.empty() && options.pool.empty() && options.state.empty();
  if (!listed || is_scan) return listed;
  std::vector<std::string> ids;
  for (const GpuInstance& instance : listed->rows) {
    if (!options.region.empty() && instance.region != options.region) continue;
    if (!options.state.empty() && fleet::to_string(instance.state) != options.state) continue;
    ids.push_back(instance.instance_id);
  }
  auto fetched = state.fetch_instances(ids);
  if (fetched) fetched->malformed += listed->malformed;
  return fetched;
}

Done list_instances(const Context& context, const ListOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  auto instances = read_instances((*session)->state(), options);
  if (!instances) return failed(instances.error());
  std::ranges::sort(instances->rows, {}, [](const GpuInstance& instance) {
    return std::tie(instance.region, instance.model_pool, instance.instance_id);
  });
  show_instances(context, instances->rows);
  if (instances->malformed > 0) {
    context.log.warn("{} rows of the instance table cannot be read and were left out", instances->malformed);
  }
  return {};
}

// --- Life ----------------------------------------------------------------------------------------------------------

void declare_heartbeat(CLI::App& command, HeartbeatOptions& options) {
  declare_id(command, options.id);
  command.add_option("--queue-depth", options.queue_depth, "Its active requests, 0 to 10")->capture_default_str();
  command.add_option("--boot-id", options.boot_id, "Only this boot may speak for the instance");
  command.footer("JSON: {instance_id, result}");
}

Done heartbeat(const Context& context, const HeartbeatOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto beaten = (*session)->registry().heartbeat(options.id, options.queue_depth, options.boot_id);
  if (!beaten) return failed(beaten.error());
  say(context, options.id, "is alive");
  return {};
}

// A change of state that needs no more than the id.
template <Result<GpuInstance> (fleet::InstanceRegistry::*change)(std::string_view)>
Done change_state(const Context& context, const IdOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const Result<GpuInstance> changed = ((*session)->registry().*change)(options.id);
  if (!changed) return failed(changed.error());
  say(context, options.id, fleet::to_string(changed->state));
  return {};
}

void declare_quarantine(CLI::App& command, QuarantineOptions& options) {
  declare_id(command, options.id);
  command.add_option("--reason", options.reason, "Why")->required();
  command.footer("Example: mrgc instance quarantine i-1 --reason 'ECC errors'\nJSON: {instance_id, result}");
}

Done quarantine(const Context& context, const QuarantineOptions& options) {
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto changed = (*session)->registry().mark_instance_quarantined(options.id, options.reason);
  if (!changed) return failed(changed.error());
  say(context, options.id, fleet::to_string(changed->state));
  return {};
}

void declare_cleanup(CLI::App& command, CleanupOptions& options) {
  fleet::CleanupReport& report = options.report;
  declare_id(command, report.instance_id);
  auto* passed = command.add_flag("--passed", report.passed, "All was wiped: a draining instance may return");
  auto* failed_flag = command.add_flag("--failed", options.failed, "It was not: the instance is quarantined");
  passed->excludes(failed_flag);
  const std::string of_failed = " (of a failed validation)";
  command.add_flag("--gpu-memory-wiped", report.gpu_memory_wiped, "GPU memory was wiped" + of_failed);
  command.add_flag("--system-memory-wiped", report.system_memory_wiped, "System memory was wiped" + of_failed);
  command.add_flag("--enclave-stopped", report.enclave_stopped, "The enclave was stopped" + of_failed);
  command.add_option("--failure", report.failure_reason, "What went wrong" + of_failed);
  command.add_option("--integrity-check", report.integrity_check, "Hash of the validation, such as sha256:...");
  command.add_option("--validator", report.validator_id, "Who validated");
  command.footer(
      "Example: mrgc instance cleanup i-1 --passed --integrity-check sha256:abc\n"
      "JSON: {instance_id, validation_status, validation_timestamp, applied (whether the instance's own row has it)}");
}

Done cleanup(const Context& context, const CleanupOptions& options) {
  if (options.report.passed == options.failed) return usage_error("say how the validation went: --passed or --failed");
  if (options.report.passed && !options.report.failure_reason.empty()) {
    return usage_error("a validation that passed has no --failure; say --failed, or leave it out");
  }
  fleet::CleanupReport report = options.report;
  if (report.passed) report.gpu_memory_wiped = report.system_memory_wiped = report.enclave_stopped = true;
  auto session = Session::open(context);
  if (!session) return std::unexpected(session.error());
  const auto recorded = (*session)->registry().record_cleanup_validation(report);
  if (!recorded) return failed(recorded.error());
  const std::string_view status = fleet::to_string(recorded->row.validation_status);
  if (context.json()) {
    Json json;
    json.begin_object().field("instance_id", report.instance_id).field("validation_status", status);
    json.field("validation_timestamp", recorded->row.validation_timestamp).field("applied", recorded->applied);
    json.end_object().print(context.out());
  } else {
    context.out() << fmt::format("{}: cleanup validation {}; {}\n", report.instance_id, status,
                                 report.passed       ? "'mrgc instance available' lets it return"
                                 : recorded->applied ? "the instance is quarantined"
                                                     : "the verdict stands, the instance is not changed");
  }
  return {};
}

}  // namespace

void add_instance_commands(CLI::App& app, Action& chosen) {
  CLI::App& group = add_group(app, "instance", "The life of instances");
  const auto declare_only_id = [](CLI::App& command, IdOptions& options) { declare_id(command, options.id); };
  const auto add_change = [&](const std::string& name, const std::string& description,
                              Done (*run)(const Context&, const IdOptions&)) {
    add_command<IdOptions>(group, chosen, name, description, declare_only_id, run)
        .footer("JSON: {instance_id, result (the state)}");
  };
  using Registry = fleet::InstanceRegistry;
  add_command(group, chosen, "register", "Register an instance as launching", declare_register, register_instance);
  add_command<IdOptions>(group, chosen, "get", "Show an instance in full", declare_only_id, get_instance)
      .footer(
          "JSON: {instance_id, region, model_pool, state, queue_depth, last_heartbeat, launch_time, state_changed_at, "
          "ip_address, subnet_id, subnet_cidr, availability_zone, boot_id, drained_at, cleanup_passed_at, "
          "verdicts_count_from, quarantine_reason, ttl, metadata}; times are Unix seconds; null: not known");
  add_command(group, chosen, "list", "Show instances", declare_list, list_instances);
  add_command(group, chosen, "heartbeat", "Note that an instance is alive", declare_heartbeat, heartbeat);
  add_change("available", "Let an instance take requests", change_state<&Registry::mark_instance_available>);
  add_change("drain", "Let an instance finish what it has, without new requests",
             change_state<&Registry::mark_instance_draining>);
  add_command(group, chosen, "quarantine", "Take an instance out of service for good", declare_quarantine, quarantine);
  add_change("terminate", "Note that an instance is gone", change_state<&Registry::mark_instance_terminated>);
  add_command(group, chosen, "cleanup", "Record how a cleanup validation went", declare_cleanup, cleanup);
}

}  // namespace mrgc::cli
