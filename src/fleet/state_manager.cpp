#include "mrgc/fleet/state_manager.h"

#include <fmt/format.h>

#include <algorithm>

#include "fleet/state_manager_impl.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

std::unexpected<Error> unlike_schema(const std::string& table, std::string_view difference) {
  return base::fail(
      ErrorCode::kResourceInUse,
      fmt::format("table {} is there already, but {}; use another prefix or delete it", table, difference));
}

bool same_index(const store::IndexSpec& a, const store::IndexSpec& b) {
  return a.keys == b.keys && a.projection == b.projection &&
         std::ranges::is_permutation(a.included, b.included);  // their order means nothing
}

// Further indexes do no harm: somebody may have added them for a purpose of his own.
Result<void> check_table(const store::TableDescription& table, const store::TableSpec& wanted) {
  if (table.spec.keys != wanted.keys) return unlike_schema(wanted.name, "its key is another");
  for (const store::IndexSpec& index : wanted.indexes) {
    const auto found = std::ranges::find(table.spec.indexes, index.name, &store::IndexSpec::name);
    if (found == table.spec.indexes.end()) {
      return unlike_schema(wanted.name, fmt::format("it lacks the index {}", index.name));
    }
    if (!same_index(*found, index)) {
      return unlike_schema(wanted.name, fmt::format("its index {} has another form", index.name));
    }
  }
  return {};
}

Result<void> enable_ttl(const store::BlockingStore& store, const store::TableDescription& table,
                        const std::string& attribute) {
  if (table.time_to_live_attribute == attribute) return {};
  if (table.time_to_live_attribute) {
    return unlike_schema(table.spec.name,
                         fmt::format("its time to live is the attribute {}", *table.time_to_live_attribute));
  }
  auto enabled = store.update_time_to_live({.table = table.spec.name, .attribute = attribute, .enabled = true});
  if (!enabled) return base::forward_error(enabled);
  return {};
}

Result<void> create_table(const store::BlockingStore& store, const store::TableSpec& wanted,
                          const std::string& ttl_attribute) {
  Result<store::TableDescription> table = store.describe_table({.table = wanted.name});
  if (!table && table.error().code == ErrorCode::kResourceNotFound) table = store.create_table({.spec = wanted});
  // Somebody else was quicker.
  if (!table && table.error().code == ErrorCode::kResourceInUse) table = store.describe_table({.table = wanted.name});
  if (!table) return base::forward_error(table);
  if (table->status != store::TableStatus::kActive) {
    return std::unexpected(Error{
        .code = ErrorCode::kResourceInUse,
        .message = fmt::format("table {} is {}; try again when it is ACTIVE", wanted.name, to_string(table->status)),
        .retryable = true});
  }
  if (Result<void> same = check_table(*table, wanted); !same) return same;
  return enable_ttl(store, *table, ttl_attribute);
}

}  // namespace

item::Item StateManager::Impl::position_of(std::string_view table_name, std::string_view index,
                                           const item::Item& item) const {
  for (std::size_t i = 0; i < kTableCount; ++i) {
    if (regions.table_name(static_cast<Table>(i)) != table_name) continue;
    const TableSchema& table = schema().tables[i];
    const auto found = std::ranges::find(table.indexes, index, &store::IndexSpec::name);
    return store::key_of(item, table.keys, found != table.indexes.end() ? &found->keys : nullptr);
  }
  return {};
}

StateManager::StateManager(const Regions& regions, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(regions, clock)) {}

StateManager::~StateManager() = default;

const Regions& StateManager::regions() const { return impl_->regions; }

StateStats StateManager::stats() const { return impl_->operations.stats(); }

Result<void> StateManager::create_tables() {
  for (store::Store* store : impl_->regions.distinct_stores()) {
    for (std::size_t i = 0; i < kTableCount; ++i) {
      const auto which = static_cast<Table>(i);
      const store::TableSpec wanted = schema().table_spec(which, impl_->regions.prefix());
      Result<void> created = create_table(store::BlockingStore(*store), wanted, schema().table(which).ttl.attribute);
      if (!created) return created;
    }
  }
  return {};
}

}  // namespace mrgc::fleet
