#include <map>
#include <string>

#include "fleet/checks.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

constexpr std::size_t kMaxBatchKeys = 100;

// All items of an index with one partition key value.
store::QueryRequest by_key(store::QueryRequest request, std::string_view index, std::string_view attribute,
                           std::string_view value) {
  request.index = index;
  request.key_condition_expression = "#key = :key";
  request.names = {{"#key", std::string(attribute)}};
  request.values = item::ItemBuilder().set(":key", value).build();
  return request;
}

// Adds a condition on another attribute to what a query returns.
void add_filter(store::QueryRequest& request, std::string_view attribute, std::string_view value) {
  const std::string name = "#" + std::string(attribute);
  const std::string placeholder = ":" + std::string(attribute);
  if (!request.filter_expression.empty()) request.filter_expression += " AND ";
  request.filter_expression += name + " = " + placeholder;
  request.names.emplace(name, attribute);
  request.values = item::ItemBuilder(request.values).set(placeholder, value).build();
}

}  // namespace

Result<Listing<GpuInstance>> StateManager::list_instances_by_region(std::string_view region,
                                                                    const ListOptions& options) {
  if (Result<void> checked = check_region(region); !checked) return base::forward_error(checked);
  auto query = impl_->request<store::QueryRequest>(Table::kGpuInstances);
  return impl_->list<GpuInstance>(by_key(std::move(query), "region-index", "region", region), options);
}

Result<Listing<GpuInstance>> StateManager::list_instances_by_pool(std::string_view model_pool,
                                                                  const ListOptions& options) {
  if (Result<void> checked = check_name("a model pool", model_pool); !checked) return base::forward_error(checked);
  auto query = impl_->request<store::QueryRequest>(Table::kGpuInstances);
  return impl_->list<GpuInstance>(by_key(std::move(query), "model-pool-index", "model_pool", model_pool), options);
}

Result<Listing<GpuInstance>> StateManager::list_instances_by_state(InstanceState state, const ListOptions& options) {
  auto query = impl_->request<store::QueryRequest>(Table::kGpuInstances);
  return impl_->list<GpuInstance>(by_key(std::move(query), "state-index", "state", to_string(state)), options);
}

Result<Listing<GpuInstance>> StateManager::list_available_instances(std::string_view region,
                                                                    std::string_view model_pool,
                                                                    const ListOptions& options) {
  const std::string_view available = to_string(InstanceState::kAvailable);
  Result<void> checked = first_error(region.empty() ? Result<void>() : check_region(region),
                                     model_pool.empty() ? Result<void>() : check_name("a model pool", model_pool));
  if (!checked) return base::forward_error(checked);
  if (region.empty() && model_pool.empty()) return list_instances_by_state(InstanceState::kAvailable, options);
  // A pool is usually the smaller set of the two.
  auto query = impl_->request<store::QueryRequest>(Table::kGpuInstances);
  query = model_pool.empty() ? by_key(std::move(query), "region-index", "region", region)
                             : by_key(std::move(query), "model-pool-index", "model_pool", model_pool);
  add_filter(query, "state", available);
  if (!region.empty() && !model_pool.empty()) add_filter(query, "region", region);
  return impl_->list<GpuInstance>(std::move(query), options);
}

Result<Listing<GpuInstance>> StateManager::scan_instances(const ListOptions& options) {
  return impl_->list<GpuInstance>(impl_->request<store::ScanRequest>(Table::kGpuInstances), options);
}

Result<Listing<GpuInstance>> StateManager::fetch_instances(const std::vector<std::string>& instance_ids) {
  const std::string& table = impl_->regions.table_name(Table::kGpuInstances);
  // A batch must not name a key twice, and returns its items in any order.
  std::map<std::string, std::optional<item::Item>, std::less<>> found;
  for (const std::string& id : instance_ids) {
    if (Result<void> checked = check_name("an instance id", id); !checked) return base::forward_error(checked);
    found.try_emplace(id);
  }
  std::vector<item::Item> wanted;
  wanted.reserve(found.size());
  for (const auto& [id, item] : found) wanted.push_back(key_of("instance_id", id));
  while (!wanted.empty()) {
    const auto batch = wanted.end() - static_cast<std::ptrdiff_t>(std::min(wanted.size(), kMaxBatchKeys));
    store::BatchGetItemRequest request;
    request.tables[table].keys.assign(batch, wanted.end());
    wanted.erase(batch, wanted.end());
    Result<store::BatchGetItemResult> result = impl_->operations.batch_get(std::move(request));
    if (!result) return base::forward_error(result);
    const std::vector<item::Item>& items = result->items[table];
    const std::vector<item::Item>& unprocessed = result->unprocessed[table].keys;
    if (items.empty() && !unprocessed.empty()) {
      return std::unexpected(Error{.code = ErrorCode::kThroughputExceeded,
                                   .message = "the store returned nothing of a batch; try again more slowly",
                                   .retryable = true});
    }
    for (const item::Item& item : items) {
      const std::optional<std::string_view> id = item.find_string("instance_id");
      if (const auto place = id ? found.find(*id) : found.end(); place != found.end()) place->second = item;
    }
    wanted.insert(wanted.end(), unprocessed.begin(), unprocessed.end());
  }
  Listing<GpuInstance> listing;
  for (const std::string& id : instance_ids) {
    if (const auto& item = found.find(id)->second) Impl::take(listing, *item, impl_->clock.now_s());
  }
  return listing;
}

}  // namespace mrgc::fleet
