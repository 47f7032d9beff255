#include <fmt/format.h>

#include "fleet/checks.h"
#include "fleet/minutes.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

Subject decision(std::string_view model_pool) {
  return {.noun = "pool", .id = model_pool, .missing = "has no such autoscaling row"};
}

Result<void> check_capacity(std::string_view what, std::int64_t capacity) {
  if (capacity >= 0) return {};
  return base::fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be {}", what, capacity));
}

Result<void> check_row(const AutoscalingState& row) {
  if (row.min_capacity > row.max_capacity) {
    return base::fail(ErrorCode::kInvalidArgument, fmt::format("the least capacity, {}, is above the greatest, {}",
                                                               row.min_capacity, row.max_capacity));
  }
  return first_error(
      check_name("a model pool", row.model_pool), check_region(row.region),
      check_time("a decision's timestamp", row.timestamp), check_capacity("the current capacity", row.current_capacity),
      check_capacity("the desired capacity", row.desired_capacity),
      check_capacity("the least capacity", row.min_capacity), check_amount("the current rate", row.current_rps),
      check_amount("the target rate", row.target_rps));
}

}  // namespace

Result<AutoscalingState> StateManager::put_autoscaling_state(AutoscalingState row) {
  if (Result<void> checked = check_row(row); !checked) return base::forward_error(checked);
  row.timestamp = region_second(row.timestamp, row.region);
  // The epoch's own minute holds limits, which last.
  const bool is_decision = row.timestamp >= kMinuteSeconds;
  row.ttl = is_decision ? std::optional(row.timestamp + Impl::ttl_after_s(Table::kAutoscalingState)) : std::nullopt;
  auto put = impl_->request<store::PutItemRequest>(Table::kAutoscalingState);
  put.item = row.to_item();
  auto written = impl_->operations.write_at(row.region, std::move(put));
  if (!written) return base::forward_error(written);
  return row;
}

Result<AutoscalingState> StateManager::get_autoscaling_state(std::string_view model_pool, std::int64_t timestamp) {
  if (Result<void> checked = check_name("a model pool", model_pool); !checked) return base::forward_error(checked);
  return impl_->row_of<AutoscalingState>(
      impl_->operations.get(Table::kAutoscalingState, key_of("model_pool", model_pool, "timestamp", timestamp)),
      decision(model_pool));
}

Result<void> StateManager::delete_autoscaling_state(std::string_view model_pool, std::int64_t timestamp) {
  if (Result<void> checked = check_name("a model pool", model_pool); !checked) return checked;
  const Result<std::string_view> home = region_of_second(timestamp);
  if (!home) return std::unexpected(home.error());
  auto erase = impl_->request<store::DeleteItemRequest>(Table::kAutoscalingState);
  erase.key = key_of("model_pool", model_pool, "timestamp", timestamp);
  auto written = impl_->operations.write_at(*home, std::move(erase));
  if (!written) return base::forward_error(written);
  return {};
}

Result<AutoscalingState> StateManager::latest_autoscaling_state(std::string_view model_pool, std::int64_t since_s,
                                                                std::string_view region) {
  Result<void> checked =
      first_error(check_name("a model pool", model_pool), check_time("the start of a time range", since_s),
                  region.empty() ? Result<void>() : check_region(region));
  if (!checked) return base::forward_error(checked);
  auto query = impl_->request<store::QueryRequest>(Table::kAutoscalingState);
  query.key_condition_expression = "model_pool = :pool AND #timestamp > :since";
  query.names = {{"#timestamp", "timestamp"}};
  item::ItemBuilder values;
  values.set(":pool", model_pool).set(":since", std::max(since_s, kMinuteSeconds - 1));
  if (!region.empty()) {
    query.filter_expression = "#region = :region";
    query.names.emplace("#region", "region");
    values.set(":region", region);
  }
  query.values = values.build();
  query.scan_forward = false;
  ListOptions options;
  options.limit = 1;
  Result<Listing<AutoscalingState>> latest = impl_->list<AutoscalingState>(std::move(query), options);
  if (!latest) return base::forward_error(latest);
  if (latest->rows.empty()) return not_found(decision(model_pool));
  return std::move(latest->rows.front());
}

Result<Listing<AutoscalingState>> StateManager::list_autoscaling_by_region(std::string_view region, std::int64_t from_s,
                                                                           std::int64_t to_s,
                                                                           const ListOptions& options) {
  Result<void> checked = first_error(check_region(region), check_time_range(from_s, to_s));
  if (!checked) return base::forward_error(checked);
  return impl_->list<AutoscalingState>(impl_->in_time_range(Table::kAutoscalingState, "region-timestamp-index",
                                                            {"region", region}, {"timestamp", from_s, to_s}),
                                       options);
}

}  // namespace mrgc::fleet
