#include <fmt/format.h>

#include "fleet/checks.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

// Validations of one instance take minutes; that so many fell into the same seconds is somebody's mistake.
constexpr int kMaxSlotAttempts = 60;

std::int64_t region_count() { return static_cast<std::int64_t>(schema().regions.size()); }

// The first second from `time_s` on that belongs to `region`: seconds are dealt out to the regions in turn.
std::int64_t slot_from(std::int64_t time_s, std::string_view region) {
  const std::int64_t ordinal = schema().region_ordinal(region).value();
  return time_s + (ordinal - time_s % region_count() + region_count()) % region_count();
}

Subject validation(std::string_view instance_id) {
  return {.noun = "instance", .id = instance_id, .missing = "has no cleanup validation of that second"};
}

std::unexpected<Error> stands(std::string_view instance_id) {
  return base::fail(ErrorCode::kRefused,
                    fmt::format("instance {} has a verdict there already, and a verdict stands; record another "
                                "validation instead",
                                instance_id));
}

// Whoever reads "passed" relies on all of it.
Result<void> check_verdict(const CleanupValidation& row) {
  const bool all_wiped = row.gpu_memory_wiped && row.system_memory_wiped && row.enclave_stopped;
  if (row.validation_status != ValidationStatus::kPassed || all_wiped) return {};
  return base::fail(ErrorCode::kInvalidArgument,
                    "a cleanup validation has passed only when the GPU memory and the system memory were wiped and the "
                    "enclave was stopped");
}

// Pending rows change where they were inserted, or two regions might each finish the same one in its own way.
Result<void> check_own(std::string_view own, std::int64_t validation_timestamp) {
  if (Result<void> checked = check_time("a validation's timestamp", validation_timestamp); !checked) return checked;
  if (slot_from(validation_timestamp, own) == validation_timestamp) return {};
  const auto& inserter = schema().regions[static_cast<std::size_t>(validation_timestamp % region_count())];
  return base::fail(ErrorCode::kRefused, fmt::format("the validation of {} was inserted in {}; change it there",
                                                     validation_timestamp, inserter));
}

}  // namespace

Result<CleanupValidation> StateManager::create_cleanup_validation(CleanupValidation row) {
  Result<void> checked = first_error(check_name("an instance id", row.instance_id), check_verdict(row));
  if (!checked) return base::forward_error(checked);
  const std::string& own = impl_->regions.own();
  row.validation_timestamp = slot_from(impl_->clock.now_s(), own);
  for (int attempt = 0; attempt < kMaxSlotAttempts; ++attempt, row.validation_timestamp += region_count()) {
    row.ttl = row.validation_timestamp + Impl::ttl_after_s(Table::kCleanupValidation);
    auto put = impl_->request<store::PutItemRequest>(Table::kCleanupValidation);
    put.item = row.to_item();
    put.condition_expression = "attribute_not_exists(instance_id)";
    auto written = impl_->operations.write_at(own, std::move(put));
    if (written) return row;
    if (!is_condition_failure(written.error())) return base::forward_error(written);
  }
  return base::fail(ErrorCode::kLimitExceeded, fmt::format("instance {} has had {} cleanup validations just now",
                                                           row.instance_id, kMaxSlotAttempts));
}

Result<CleanupValidation> StateManager::get_cleanup_validation(std::string_view instance_id,
                                                               std::int64_t validation_timestamp) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return base::forward_error(checked);
  const item::Item key = key_of("instance_id", instance_id, "validation_timestamp", validation_timestamp);
  return impl_->row_of<CleanupValidation>(impl_->operations.get(Table::kCleanupValidation, key),
                                          validation(instance_id));
}

Result<void> StateManager::update_cleanup_validation(const CleanupValidation& row) {
  Result<void> checked = first_error(check_name("an instance id", row.instance_id), check_verdict(row),
                                     check_own(impl_->regions.own(), row.validation_timestamp));
  if (!checked) return checked;
  if (row.validation_status == ValidationStatus::kPending) {
    return base::fail(ErrorCode::kInvalidArgument, "a pending validation is finished by a verdict: passed or failed");
  }
  CleanupValidation finished = row;
  finished.ttl = row.validation_timestamp + Impl::ttl_after_s(Table::kCleanupValidation);
  auto put = impl_->request<store::PutItemRequest>(Table::kCleanupValidation);
  put.item = finished.to_item();
  put.condition_expression = "validation_status = :pending";
  put.values = item::ItemBuilder().set(":pending", "pending").build();
  put.return_old_on_failure = true;
  auto written = impl_->operations.write_at(impl_->regions.own(), std::move(put));
  if (written) return {};
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  if (failed_item(written.error()) == nullptr) return not_found(validation(row.instance_id));
  return stands(row.instance_id);
}

Result<void> StateManager::delete_cleanup_validation(std::string_view instance_id, std::int64_t validation_timestamp) {
  Result<void> checked =
      first_error(check_name("an instance id", instance_id), check_own(impl_->regions.own(), validation_timestamp));
  if (!checked) return checked;
  auto erase = impl_->request<store::DeleteItemRequest>(Table::kCleanupValidation);
  erase.key = key_of("instance_id", instance_id, "validation_timestamp", validation_timestamp);
  erase.condition_expression = "validation_status = :pending";
  erase.values = item::ItemBuilder().set(":pending", "pending").build();
  erase.return_old_on_failure = true;
  auto written = impl_->operations.write_at(impl_->regions.own(), std::move(erase));
  if (written) return {};
  if (!is_condition_failure(written.error())) return base::forward_error(written);
  if (failed_item(written.error()) == nullptr) return not_found(validation(instance_id));
  return stands(instance_id);
}

Result<Listing<CleanupValidation>> StateManager::list_cleanup_validations(std::string_view instance_id,
                                                                          std::int64_t since_s,
                                                                          const ListOptions& options) {
  Result<void> checked =
      first_error(check_name("an instance id", instance_id), check_time("the start of a time range", since_s));
  if (!checked) return base::forward_error(checked);
  auto query = impl_->request<store::QueryRequest>(Table::kCleanupValidation);
  query.key_condition_expression = "instance_id = :id AND validation_timestamp >= :since";
  query.values = item::ItemBuilder().set(":id", instance_id).set(":since", since_s).build();
  query.scan_forward = false;
  return impl_->list<CleanupValidation>(std::move(query), options);
}

Result<Listing<CleanupValidation>> StateManager::list_cleanup_validations_by_status(ValidationStatus status,
                                                                                    std::int64_t from_s,
                                                                                    std::int64_t to_s,
                                                                                    const ListOptions& options) {
  if (Result<void> checked = check_time_range(from_s, to_s); !checked) return base::forward_error(checked);
  return impl_->list<CleanupValidation>(
      impl_->in_time_range(Table::kCleanupValidation, "status-timestamp-index",
                           {"validation_status", to_string(status)}, {"validation_timestamp", from_s, to_s}),
      options);
}

}  // namespace mrgc::fleet
