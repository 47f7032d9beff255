#include <cmath>

#include "fleet/attributes.h"
#include "fleet/checks.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

constexpr double kMaxScore = 100;

Subject routing_row(std::string_view instance_id) {
  return {
      .noun = "instance", .id = instance_id, .missing = "has no routing row; it gets one when it is marked available"};
}

Result<void> check_facts(double score, std::int64_t queue_depth, double avg_latency_ms) {
  if (std::isnan(score) || score < 0 || score > kMaxScore) {
    return base::fail(ErrorCode::kInvalidArgument, "a routing score is a number of 0 to 100");
  }
  return first_error(check_queue_depth(queue_depth), check_amount("a latency in milliseconds", avg_latency_ms));
}

}  // namespace

Result<bool> StateManager::create_routing_state(const RoutingState& row, std::int64_t replace_before_s) {
  Result<void> checked =
      first_error(check_name("an instance id", row.instance_id), check_name("a model pool", row.model_pool),
                  check_facts(row.routing_score, row.queue_depth, row.avg_latency_ms));
  if (!checked) return base::forward_error(checked);
  RoutingState fresh = row;
  fresh.last_updated = impl_->clock.now_s();
  fresh.ttl = fresh.last_updated + Impl::ttl_after_s(Table::kRoutingState);

  auto put = impl_->request<store::PutItemRequest>(Table::kRoutingState);
  put.item = fresh.to_item();
  put.condition_expression = "attribute_not_exists(instance_id) OR last_updated < :before";
  put.values = item::ItemBuilder().set(":before", replace_before_s).build();
  auto written = impl_->operations.write_at(row.region, std::move(put));
  if (written) return true;
  if (is_condition_failure(written.error())) return false;
  return base::forward_error(written);
}

Result<RoutingState> StateManager::get_routing_state(std::string_view instance_id) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return base::forward_error(checked);
  return impl_->row_of<RoutingState>(impl_->operations.get(Table::kRoutingState, key_of("instance_id", instance_id)),
                                     routing_row(instance_id));
}

Result<void> StateManager::update_routing_state(std::string_view instance_id, const RoutingFacts& facts) {
  Result<void> checked = first_error(check_name("an instance id", instance_id),
                                     check_facts(facts.routing_score, facts.queue_depth, facts.avg_latency_ms));
  if (!checked) return checked;
  const std::int64_t now_s = impl_->clock.now_s();
  auto update = impl_->request<store::UpdateItemRequest>(Table::kRoutingState);
  update.key = key_of("instance_id", instance_id);
  update.update_expression =
      "SET routing_score = :score, queue_depth = :depth, avg_latency_ms = :latency, health_status = :health, "
      "last_updated = :now, #ttl = :ttl";
  update.names = {{"#ttl", "ttl"}};
  item::ItemBuilder values;
  values.set(":score", to_number(facts.routing_score)).set(":depth", facts.queue_depth);
  values.set(":latency", to_number(facts.avg_latency_ms)).set(":health", to_string(facts.health_status));
  values.set(":now", now_s).set(":ttl", now_s + Impl::ttl_after_s(Table::kRoutingState));
  auto written = impl_->operations.write_at_home(std::move(update), std::move(values), routing_row(instance_id));
  if (!written) return base::forward_error(written);
  return {};
}

Result<void> StateManager::delete_routing_state(std::string_view instance_id, std::string_view home) {
  if (Result<void> checked = check_name("an instance id", instance_id); !checked) return checked;
  auto erase = impl_->request<store::DeleteItemRequest>(Table::kRoutingState);
  erase.key = key_of("instance_id", instance_id);
  erase.condition_expression = "#region = :home";
  erase.names = {{"#region", "region"}};
  erase.values = item::ItemBuilder().set(":home", home).build();
  auto written = impl_->operations.write_at(home, std::move(erase));
  // A row that is not there, or is at home elsewhere by now, is nothing that this home has to remove.
  if (!written && !is_condition_failure(written.error())) return base::forward_error(written);
  return {};
}

Result<Listing<RoutingState>> StateManager::list_routing_by_region(std::string_view region,
                                                                   const ListOptions& options) {
  if (Result<void> checked = check_region(region); !checked) return base::forward_error(checked);
  auto query = impl_->request<store::QueryRequest>(Table::kRoutingState);
  query.index = "region-score-index";
  query.key_condition_expression = "#region = :region";
  query.names = {{"#region", "region"}};
  query.values = item::ItemBuilder().set(":region", region).build();
  query.scan_forward = false;
  return impl_->list<RoutingState>(std::move(query), options);
}

}  // namespace mrgc::fleet
