#include "fleet/operations.h"

#include <fmt/format.h>

#include <utility>

namespace mrgc::fleet {
namespace {

double units(const store::ConsumedCapacity& capacity) { return capacity.total(); }
double units(const std::vector<store::ConsumedCapacity>& tables) {
  double sum = 0;
  for (const store::ConsumedCapacity& table : tables) sum += table.total();
  return sum;
}

// The caller has to know which of the regions it was that could not answer.
Error name_region(std::string_view region, Error error) {
  if (error.code == ErrorCode::kUnavailable) {
    error.message = fmt::format("region {} is unreachable or read-only: {}", region, error.message);
  }
  return error;
}

}  // namespace

std::unexpected<Error> not_found(const Subject& subject) {
  return base::fail(ErrorCode::kNotFound, fmt::format("{} {} {}", subject.noun, subject.id, subject.missing));
}

const item::Item* failed_item(const Error& error) {
  const auto* failure = error.detail_as<store::ConditionFailure>();
  return failure != nullptr && failure->item ? &*failure->item : nullptr;
}

StateStats Operations::stats() const {
  return {.reads = reads_, .writes = writes_, .read_units = read_units_, .write_units = write_units_};
}

template <typename T>
Result<T> Operations::count_read(std::string_view region, Result<T> result) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  if (!result) return std::unexpected(name_region(region, std::move(result.error())));
  read_units_.fetch_add(units(result->capacity), std::memory_order_relaxed);
  return result;
}

Result<store::WriteItemResult> Operations::count_write(std::string_view region, Result<store::WriteItemResult> result) {
  writes_.fetch_add(1, std::memory_order_relaxed);
  if (!result) return std::unexpected(name_region(region, std::move(result.error())));
  write_units_.fetch_add(units(result->capacity), std::memory_order_relaxed);
  return result;
}

Result<std::optional<item::Item>> Operations::get(Table table, const item::Item& key) {
  return get_from(regions_.own(), regions_.local(), table, key, /*consistent=*/false);
}

Result<std::optional<item::Item>> Operations::get_at(std::string_view region, Table table, const item::Item& key) {
  Result<store::Store*> store = regions_.store(region);
  if (!store) return base::forward_error(store);
  return get_from(region, **store, table, key, /*consistent=*/true);
}

Result<std::optional<item::Item>> Operations::get_from(std::string_view region, store::Store& store, Table table,
                                                       const item::Item& key, bool consistent) {
  store::GetItemRequest request;
  request.table = regions_.table_name(table);
  request.key = key;
  request.consistent_read = consistent;
  auto result = count_read(region, store::BlockingStore(store).get_item(std::move(request)));
  if (!result) return base::forward_error(result);
  return std::move(result->item);
}

Result<store::PageResult> Operations::read_page(store::QueryRequest request) {
  return count_read(regions_.own(), store::BlockingStore(regions_.local()).query(std::move(request)));
}

Result<store::PageResult> Operations::read_page(store::ScanRequest request) {
  return count_read(regions_.own(), store::BlockingStore(regions_.local()).scan(std::move(request)));
}

Result<store::BatchGetItemResult> Operations::batch_get(store::BatchGetItemRequest request) {
  return count_read(regions_.own(), store::BlockingStore(regions_.local()).batch_get_item(std::move(request)));
}

Result<store::WriteItemResult> Operations::write_at(std::string_view region, store::PutItemRequest request) {
  Result<store::Store*> store = regions_.store(region);
  if (!store) return base::forward_error(store);
  return count_write(region, store::BlockingStore(**store).put_item(std::move(request)));
}

Result<store::WriteItemResult> Operations::write_at(std::string_view region, store::UpdateItemRequest request) {
  Result<store::Store*> store = regions_.store(region);
  if (!store) return base::forward_error(store);
  return count_write(region, store::BlockingStore(**store).update_item(std::move(request)));
}

Result<store::WriteItemResult> Operations::write_at(std::string_view region, store::DeleteItemRequest request) {
  Result<store::Store*> store = regions_.store(region);
  if (!store) return base::forward_error(store);
  return count_write(region, store::BlockingStore(**store).delete_item(std::move(request)));
}

// Most writes are of rows that are at home here, so that is tried first without looking; a refusal shows the row and
// with it its home. An item may change its home while we look for it, when it registers elsewhere, but not for ever.
template <typename Request>
Result<store::WriteItemResult> Operations::write_home(Request request, item::ItemBuilder values,
                                                      const Subject& subject) {
  request.condition_expression = request.condition_expression.empty()
                                     ? std::string("#region = :home")
                                     : fmt::format("#region = :home AND ({})", request.condition_expression);
  request.names.emplace("#region", "region");
  request.return_old_on_failure = true;

  std::string home = regions_.own();
  for (std::size_t attempt = 0; attempt <= regions_.names().size(); ++attempt) {
    request.values = values.set(":home", home).build();
    Result<store::WriteItemResult> result = write_at(home, request);
    if (result || !is_condition_failure(result.error())) return result;
    const item::Item* found = failed_item(result.error());
    if (found == nullptr) return not_found(subject);
    const std::optional<std::string_view> actual_home = found->find_string("region");
    if (!actual_home || *actual_home == home) return result;
    home = *actual_home;
  }
  return std::unexpected(Error{
      .code = ErrorCode::kTransactionConflict,
      .message = fmt::format("{} {} keeps changing its home region; try again", subject.noun, subject.id),
      .retryable = true,
  });
}

Result<store::WriteItemResult> Operations::write_at_home(store::UpdateItemRequest request, item::ItemBuilder values,
                                                         const Subject& subject) {
  return write_home(std::move(request), std::move(values), subject);
}

Result<store::WriteItemResult> Operations::write_at_home(store::DeleteItemRequest request, item::ItemBuilder values,
                                                         const Subject& subject) {
  return write_home(std::move(request), std::move(values), subject);
}

}  // namespace mrgc::fleet
