#include "engine/table.h"

#include <algorithm>

namespace mrgc::engine {
namespace {

using item::Item;
using item::Value;

Value encode_key(const store::KeyAttribute& key) {
  return Value(Value::Map{{"name", Value(key.name)}, {"type", Value(static_cast<int>(key.type))}});
}

Value encode_keys(const store::KeySchema& keys) {
  Value::Map map{{"partition", encode_key(keys.partition)}};
  if (keys.sort) map.emplace("sort", encode_key(*keys.sort));
  return Value(std::move(map));
}

Value encode_index(const store::IndexSpec& index) {
  Value::List included;
  for (const std::string& name : index.included) included.emplace_back(name);
  return Value(Value::Map{{"name", Value(index.name)},
                          {"keys", encode_keys(index.keys)},
                          {"projection", Value(static_cast<int>(index.projection))},
                          {"included", Value(std::move(included))}});
}

// Reading: a missing or mistyped member throws std::bad_optional_access, which decode_table turns into an error.

std::string text(const item::MapView& map, std::string_view name) {
  return std::string(map.find(name).value().as_string());
}

std::int64_t number(const item::MapView& map, std::string_view name) {
  return map.find(name).value().as_number().to_int64().value();
}

store::KeyAttribute decode_key(const item::MapView& map) {
  return {.name = text(map, "name"), .type = static_cast<item::Type>(number(map, "type"))};
}

store::KeySchema decode_keys(const item::MapView& map) {
  store::KeySchema keys{.partition = decode_key(map.find("partition").value().as_map()), .sort = std::nullopt};
  if (const auto sort = map.find("sort")) keys.sort = decode_key(sort->as_map());
  return keys;
}

store::IndexSpec decode_index(const item::MapView& map) {
  store::IndexSpec index{.name = text(map, "name"),
                         .keys = decode_keys(map.find("keys").value().as_map()),
                         .projection = static_cast<store::Projection>(number(map, "projection")),
                         .included = {}};
  for (const item::ValueView name : map.find("included").value().as_list()) {
    index.included.emplace_back(name.as_string());
  }
  return index;
}

}  // namespace

const store::IndexSpec* Table::find_index(std::string_view name) const {
  const auto found = std::ranges::find(spec.indexes, name, &store::IndexSpec::name);
  return found == spec.indexes.end() ? nullptr : &*found;
}

store::TableDescription Table::describe(store::TableStatus status) const {
  store::TableDescription description{.spec = spec,
                                      .status = status,
                                      .table_id = id,
                                      .created_ms = created_ms,
                                      .item_count = static_cast<std::uint64_t>(counters->items.load()),
                                      .size_bytes = static_cast<std::uint64_t>(counters->bytes.load()),
                                      .time_to_live_attribute = std::nullopt};
  if (!ttl_attribute.empty()) description.time_to_live_attribute = ttl_attribute;
  return description;
}

item::Item encode_table(const Table& table) {
  Value::List indexes;
  for (const store::IndexSpec& index : table.spec.indexes) indexes.push_back(encode_index(index));
  return Item::from_map({{"number", Value(static_cast<std::int64_t>(table.number))},
                         {"id", Value(table.id)},
                         {"created_ms", Value(table.created_ms)},
                         {"name", Value(table.spec.name)},
                         {"keys", encode_keys(table.spec.keys)},
                         {"indexes", Value(std::move(indexes))},
                         {"ttl_attribute", Value(table.ttl_attribute)}});
}

Result<TablePtr> decode_table(const item::Item& record) {
  try {
    const item::MapView map = record.attributes();
    auto table = std::make_shared<Table>();
    table->number = static_cast<std::uint32_t>(number(map, "number"));
    table->id = text(map, "id");
    table->created_ms = number(map, "created_ms");
    table->ttl_attribute = text(map, "ttl_attribute");
    table->spec.name = text(map, "name");
    table->spec.keys = decode_keys(map.find("keys").value().as_map());
    for (const item::ValueView index : map.find("indexes").value().as_list()) {
      table->spec.indexes.push_back(decode_index(index.as_map()));
    }
    return table;
  } catch (const std::bad_optional_access&) {
    return base::fail(ErrorCode::kStorage, "a table's record in the store does not read back");
  }
}

}  // namespace mrgc::engine
