#include "engine/table.h"

#include <algorithm>

namespace mrgc::engine {

const store::IndexSpec* Table::find_index(std::string_view name) const {
  const auto found = std::ranges::find(spec.indexes, name, &store::IndexSpec::name);
  return found == spec.indexes.end() ? nullptr : &*found;
}

const store::IndexSpec* Table::find_index(std::uint16_t index_number) const {
  const auto found = std::ranges::find(indexes, index_number, &TableIndex::number);
  return found == indexes.end() ? nullptr : &spec.indexes[static_cast<std::size_t>(found - indexes.begin())];
}

void Table::add_index(store::IndexSpec index, store::TableStatus status) {
  spec.indexes.push_back(std::move(index));
  indexes.push_back({.number = next_index_number++, .status = status});
}

void Table::remove_index(std::string_view name) {
  const auto position = find_index(name) - spec.indexes.data();
  spec.indexes.erase(spec.indexes.begin() + position);
  indexes.erase(indexes.begin() + position);
}

bool Table::is_updating() const {
  return std::ranges::any_of(indexes, [](const TableIndex& i) { return i.status == store::TableStatus::kCreating; });
}

bool Table::has_local_index() const { return std::ranges::any_of(spec.indexes, &store::IndexSpec::local); }

TablePtr Table::successor() const {
  auto table = std::make_shared<Table>();
  table->number = number;
  table->id = id;
  table->created_ms = created_ms;
  table->spec = spec;
  table->indexes = indexes;
  table->next_index_number = next_index_number;
  table->ttl_attribute = ttl_attribute;
  table->stream_created_ms = stream_created_ms;
  table->on_demand_since_ms = on_demand_since_ms;
  table->counters = counters;
  table->last_removal = last_removal;
  return table;
}

store::TableDescription Table::describe() const {
  store::TableDescription description{
      .spec = spec,
      .status = is_updating() ? store::TableStatus::kUpdating : store::TableStatus::kActive,
      .table_id = id,
      .created_ms = created_ms,
      .item_count = static_cast<std::uint64_t>(counters->items.load()),
      .size_bytes = static_cast<std::uint64_t>(counters->bytes.load()),
      .stream_created_ms = stream_created_ms,
      .on_demand_since_ms = on_demand_since_ms};
  if (!ttl_attribute.empty()) description.time_to_live_attribute = ttl_attribute;
  for (const TableIndex& index : indexes) {
    description.indexes.push_back({.status = index.status,
                                   .item_count = static_cast<std::uint64_t>(index.counters->items.load()),
                                   .size_bytes = static_cast<std::uint64_t>(index.counters->bytes.load())});
  }
  return description;
}

}  // namespace mrgc::engine
