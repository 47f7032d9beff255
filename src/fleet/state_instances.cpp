#include <fmt/format.h>

#include <string>

#include "fleet/checks.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

constexpr std::string_view kState = "state";

Subject instance(std::string_view instance_id) {
  return {.noun = "instance", .id = instance_id, .missing = "is not registered"};
}

std::unexpected<Error> refused(std::string message) { return base::fail(ErrorCode::kRefused, std::move(message)); }

std::unexpected<Error> refused_terminated(std::string_view instance_id) {
  return refused(fmt::format("instance {}: this boot was terminated; a new boot may register", instance_id));
}

Result<void> check_registration(const Registration& registration) {
  return first_error(check_name("an instance id", registration.instance_id), check_region(registration.region),
                     check_name("a model pool", registration.model_pool),
                     registration.boot_id.empty() ? Result<void>() : check_name("a boot id", registration.boot_id));
}

GpuInstance launching(const Registration& registration, std::int64_t now_s, std::int64_t verdicts_count_from) {
  GpuInstance row;
  row.instance_id = registration.instance_id;
  row.region = registration.region;
  row.model_pool = registration.model_pool;
  row.state = InstanceState::kLaunching;
  row.queue_depth = 0;
  row.last_heartbeat = now_s;
  row.launch_time = now_s;
  row.ip_address = registration.ip_address;
  row.subnet_id = registration.subnet_id;
  row.availability_zone = registration.availability_zone;
  row.metadata = registration.metadata;
  row.boot_id = registration.boot_id;
  row.state_changed_at = now_s;
  row.verdicts_count_from = verdicts_count_from;
  row.subnet_cidr = registration.subnet_cidr;
  return row;
}

// When a registration may take the place of a row: only another boot than the one that was terminated. Were the same
// one let in, a machine that was quarantined and terminated, but still runs, would come back unwiped. One that does not
// name its boot cannot be told from a terminated boot that has a name.
store::PutItemRequest launch_request(store::PutItemRequest request, const GpuInstance& row) {
  request.item = row.to_item();
  request.condition_expression = fmt::format(
      "attribute_not_exists(instance_id) OR (#state = :terminated AND {})",
      row.boot_id.empty() ? "attribute_not_exists(boot_id)" : "(attribute_not_exists(boot_id) OR boot_id <> :boot)");
  request.names = {{"#state", std::string(kState)}};
  item::ItemBuilder values;
  values.set(":terminated", "terminated");
  if (!row.boot_id.empty()) values.set(":boot", row.boot_id);
  request.values = values.build();
  request.return_old_on_failure = true;
  return request;
}

// Why an instance that is there keeps a registration from being more than a renewal; success when it does not.
Result<void> check_same_boot(const GpuInstance& there, const Registration& registration) {
  const std::string& id = there.instance_id;
  if (there.state == InstanceState::kTerminated) return refused_terminated(id);
  if (there.state == InstanceState::kQuarantined) {
    return refused(fmt::format("instance {} is quarantined ({}); terminate it before a new boot may register", id,
                               there.quarantine_reason));
  }
  if (there.boot_id != registration.boot_id) {
    return refused(
        fmt::format("instance {} is alive ({}) with boot id \"{}\"; terminate that one before another boot "
                    "registers",
                    id, to_string(there.state), there.boot_id));
  }
  if (there.region != registration.region || there.model_pool != registration.model_pool) {
    return refused(fmt::format("instance {} is alive ({}) in {} and pool {}; terminate it before it moves", id,
                               to_string(there.state), there.region, there.model_pool));
  }
  return {};
}

// The facts that a registration names, and a heartbeat.
store::UpdateItemRequest refresh_request(store::UpdateItemRequest request, const Registration& registration,
                                         std::int64_t now_s, item::ItemBuilder& values) {
  request.key = key_of("instance_id", registration.instance_id);
  request.names = {{"#state", std::string(kState)}};
  request.condition_expression =
      fmt::format("#state <> :terminated AND #state <> :quarantined AND model_pool = :pool AND {}",
                  registration.boot_id.empty() ? "attribute_not_exists(boot_id)" : "boot_id = :boot");
  request.update_expression = "SET last_heartbeat = :now";
  values.set(":now", now_s).set(":terminated", "terminated").set(":quarantined", "quarantined");
  values.set(":pool", registration.model_pool);
  if (!registration.boot_id.empty()) values.set(":boot", registration.boot_id);
  const auto set = [&](std::string_view name, const item::Value& value) {
    request.update_expression += fmt::format(", {0} = :{0}", name);
    values.set(fmt::format(":{}", name), value);
  };
  if (!registration.ip_address.empty()) set("ip_address", registration.ip_address);
  if (!registration.subnet_id.empty()) set("subnet_id", registration.subnet_id);
  if (!registration.subnet_cidr.empty()) set("subnet_cidr", registration.subnet_cidr);
  if (!registration.availability_zone.empty()) set("availability_zone", registration.availability_zone);
  if (!registration.metadata.empty()) set("metadata", registration.metadata);
  return request;
}

// Why a heartbeat did not hold, told from the instance as it is.
std::unexpected<Error> heartbeat_refusal(const item::Item& there, std::string_view boot_id) {
  const Result<GpuInstance> row = GpuInstance::from_item(there);
  if (!row) return std::unexpected(row.error());
  if (row->state == InstanceState::kTerminated) return refused_terminated(row->instance_id);
  return refused(fmt::format("instance {} is alive with boot id \"{}\", not \"{}\"; only that boot may report",
                             row->instance_id, row->boot_id, boot_id));
}

}  // namespace

Result<Registered> StateManager::register_instance(const Registration& registration) {
  if (Result<void> checked = check_registration(registration); !checked) return base::forward_error(checked);
  const std::int64_t now_s = impl_->clock.now_s();
  const Result<std::int64_t> verdicts_count_from = first_second_without_verdict(registration.instance_id, now_s);
  if (!verdicts_count_from) return std::unexpected(verdicts_count_from.error());

  Result<store::WriteItemResult> written = impl_->operations.write_at(
      registration.region, launch_request(impl_->request<store::PutItemRequest>(Table::kGpuInstances),
                                          launching(registration, now_s, *verdicts_count_from)));
  if (written) return Registered::kCreated;
  const item::Item* found = is_condition_failure(written.error()) ? failed_item(written.error()) : nullptr;
  if (found == nullptr) return base::forward_error(written);

  const Result<GpuInstance> there = GpuInstance::from_item(*found);
  if (!there) return std::unexpected(there.error());
  if (Result<void> same = check_same_boot(*there, registration); !same) return base::forward_error(same);
  item::ItemBuilder values;
  auto update =
      refresh_request(impl_->request<store::UpdateItemRequest>(Table::kGpuInstances), registration, now_s, values);
  auto refreshed =
      impl_->operations.write_at_home(std::move(update), std::move(values), instance(registration.instance_id));
  if (refreshed) return Registered::kRefreshed;
  if (!is_condition_failure(refreshed.error())) return base::forward_error(refreshed);
  return std::unexpected(Error{
      .code = ErrorCode::kTransactionConflict,
      .message = fmt::format("instance {} changed while it registered; try again", registration.instance_id),
      .retryable = true,
  });
}

// Verdicts get a second of their own that may lie ahead of the clock, so one of the instance's earlier life may seem
// younger than the new one.
Result<std::int64_t> StateManager::first_second_without_verdict(std::string_view instance_id, std::int64_t now_s) {
  ListOptions newest;
  newest.limit = 1;
  const Result<Listing<CleanupValidation>> verdicts = list_cleanup_validations(instance_id, now_s, newest);
  if (!verdicts) return std::unexpected(verdicts.error());
  return verdicts->rows.empty() ? now_s : verdicts->rows.front().validation_timestamp + 1;
}

Result<GpuInstance> StateManager::get_instance(std::string_view instance_id) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return base::forward_error(checked);
  return impl_->row_of<GpuInstance>(impl_->operations.get(Table::kGpuInstances, key_of("instance_id", instance_id)),
                                    instance(instance_id));
}

Result<GpuInstance> StateManager::get_instance_at(std::string_view region, std::string_view instance_id) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return base::forward_error(checked);
  return impl_->row_of<GpuInstance>(
      impl_->operations.get_at(region, Table::kGpuInstances, key_of("instance_id", instance_id)),
      instance(instance_id));
}

Result<void> StateManager::heartbeat(std::string_view instance_id, std::int64_t queue_depth, std::string_view boot_id) {
  Result<void> checked = first_error(check_name("an instance id", instance_id), check_queue_depth(queue_depth));
  if (!checked) return checked;
  auto update = impl_->request<store::UpdateItemRequest>(Table::kGpuInstances);
  update.key = key_of("instance_id", instance_id);
  update.update_expression = "SET last_heartbeat = :now, queue_depth = :depth";
  update.condition_expression = "#state <> :terminated";
  update.names = {{"#state", std::string(kState)}};
  item::ItemBuilder values;
  values.set(":now", impl_->clock.now_s()).set(":depth", queue_depth).set(":terminated", "terminated");
  if (!boot_id.empty()) {
    update.condition_expression += " AND boot_id = :boot";
    values.set(":boot", boot_id);
  }
  auto written = impl_->operations.write_at_home(std::move(update), std::move(values), instance(instance_id));
  if (written) return {};
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  return heartbeat_refusal(*failed_item(written.error()), boot_id);
}

Result<void> StateManager::record_cleanup_proof(std::string_view instance_id) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return checked;
  auto update = impl_->request<store::UpdateItemRequest>(Table::kGpuInstances);
  update.key = key_of("instance_id", instance_id);
  update.update_expression = "SET cleanup_passed_at = :now";
  // Time has whole seconds: one that passed in the drain's own may have looked before it, and would never count.
  update.condition_expression = "#state = :draining AND drained_at < :now";
  update.names = {{"#state", std::string(kState)}};
  item::ItemBuilder values;
  values.set(":now", impl_->clock.now_s()).set(":draining", "draining");
  auto written = impl_->operations.write_at_home(std::move(update), std::move(values), instance(instance_id));
  if (written) return {};
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  const Result<GpuInstance> there = GpuInstance::from_item(*failed_item(written.error()));
  if (there && there->state == InstanceState::kDraining) {
    return refused(fmt::format("instance {} was drained in this very second; validate again", instance_id));
  }
  return refused(
      fmt::format("instance {} is not draining; only a drained instance's cleanup lets it return", instance_id));
}

Result<void> StateManager::delete_instance(std::string_view instance_id) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return checked;
  auto erase = impl_->request<store::DeleteItemRequest>(Table::kGpuInstances);
  erase.key = key_of("instance_id", instance_id);
  erase.condition_expression = "#state = :terminated";
  erase.names = {{"#state", std::string(kState)}};
  auto written = impl_->operations.write_at_home(std::move(erase), item::ItemBuilder().set(":terminated", "terminated"),
                                                 instance(instance_id));
  if (written) return {};
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  return refused(fmt::format("instance {} is not terminated; terminate it first", instance_id));
}

}  // namespace mrgc::fleet
