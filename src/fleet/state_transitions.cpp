#include <fmt/format.h>

#include <string>

#include "fleet/checks.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

// The states that `to` may follow, as a condition, with the proof that a return from draining needs.
std::string transition_condition(InstanceState to, item::ItemBuilder& values) {
  std::string condition;
  for (const InstanceState from : legal_previous_states(to)) {
    const std::string placeholder = fmt::format(":{}", to_string(from));
    values.set(placeholder, to_string(from));
    if (!condition.empty()) condition += " OR ";
    condition += from == InstanceState::kDraining && to == InstanceState::kAvailable
                     ? fmt::format("(#state = {} AND cleanup_passed_at > drained_at)", placeholder)
                     : fmt::format("#state = {}", placeholder);
  }
  return condition;
}

// What a change of state sets and removes. A drain forgets the proof of an earlier one, whatever the clocks say.
std::string transition_update(const StateChange& change, std::int64_t now_s, item::ItemBuilder& values) {
  values.set(":to", to_string(change.to)).set(":now", now_s);
  std::string set = "SET #state = :to, state_changed_at = :now";
  std::string remove;
  if (change.queue_depth) {
    set += ", queue_depth = :depth";
    values.set(":depth", *change.queue_depth);
  }
  switch (change.to) {
    case InstanceState::kLaunching:
    case InstanceState::kAvailable: break;
    case InstanceState::kDraining:
      set += ", drained_at = :now";
      remove = ", cleanup_passed_at";
      break;
    case InstanceState::kQuarantined:
      set += ", quarantine_reason = :reason";
      values.set(":reason", change.quarantine_reason);
      break;
    case InstanceState::kTerminated:
      values.set(":ttl", now_s + schema().table(Table::kGpuInstances).ttl.after_s);
      return set + ", #ttl = :ttl";
  }
  return set + " REMOVE #ttl" + remove;
}

// Why the condition did not hold, told from the instance as it is; the instance itself when it is there already.
Result<GpuInstance> explain(const item::Item& there, InstanceState to) {
  Result<GpuInstance> row = GpuInstance::from_item(there);
  if (!row || row->state == to) return row;
  if (is_legal_transition(row->state, to)) {
    return base::fail(ErrorCode::kRefused,
                      fmt::format("instance {} is draining since {} and has no cleanup validation that passed after "
                                  "that; record one first",
                                  row->instance_id, row->drained_at.value_or(0)));
  }
  return base::fail(ErrorCode::kIllegalTransition,
                    fmt::format("instance {} cannot become {}: it is {}", row->instance_id, to_string(to),
                                describe_state(row->state)));
}

}  // namespace

Result<GpuInstance> StateManager::update_instance_state(std::string_view instance_id, const StateChange& change) {
  Result<void> checked = first_error(check_name("an instance id", instance_id),
                                     change.queue_depth ? check_queue_depth(*change.queue_depth) : Result<void>());
  if (!checked) return base::forward_error(checked);
  if (change.to == InstanceState::kLaunching) {
    return base::fail(ErrorCode::kInvalidArgument, "an instance becomes launching only by registering");
  }
  item::ItemBuilder values;
  auto update = impl_->request<store::UpdateItemRequest>(Table::kGpuInstances);
  update.key = key_of("instance_id", instance_id);
  update.condition_expression = transition_condition(change.to, values);
  update.update_expression = transition_update(change, impl_->clock.now_s(), values);
  update.names = {{"#state", "state"}, {"#ttl", "ttl"}};
  update.return_values = store::ReturnValues::kAllNew;
  auto written = impl_->operations.write_at_home(
      std::move(update), std::move(values), {.noun = "instance", .id = instance_id, .missing = "is not registered"});
  if (written) return GpuInstance::from_item(*written->attributes);
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  return explain(*failed_item(written.error()), change.to);
}

}  // namespace mrgc::fleet
