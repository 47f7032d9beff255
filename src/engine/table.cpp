#include "engine/table.h"

#include <algorithm>
#include <limits>

#include "store/validation.h"

namespace mrgc::engine {
namespace {

using item::Item;
using item::MapView;
using item::Type;
using item::Value;
using item::ValueView;

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

// Reading: a member that is missing, mistyped or out of range makes nothing of the whole.

std::optional<ValueView> member(const MapView& map, std::string_view name, Type type) {
  const auto value = map.find(name);
  return value && value->type() == type ? value : std::nullopt;
}

std::optional<std::string> text(const MapView& map, std::string_view name) {
  const auto value = member(map, name, Type::kString);
  if (!value) return std::nullopt;
  return std::string(value->as_string());
}

// A whole number of at least 0 and at most `max`.
std::optional<std::int64_t> number(const MapView& map, std::string_view name, std::int64_t max) {
  const auto value = member(map, name, Type::kNumber);
  const auto whole = value ? value->as_number().to_int64() : std::nullopt;
  return whole && *whole >= 0 && *whole <= max ? whole : std::nullopt;
}

std::optional<store::KeyAttribute> decode_key(const MapView& map, std::string_view member_name) {
  const auto key = member(map, member_name, Type::kMap);
  if (!key) return std::nullopt;
  auto name = text(key->as_map(), "name");
  const auto type = number(key->as_map(), "type", static_cast<std::int64_t>(Type::kNull));
  if (!name || !type) return std::nullopt;
  return store::KeyAttribute{.name = std::move(*name), .type = static_cast<Type>(*type)};
}

std::optional<store::KeySchema> decode_keys(const MapView& map) {
  const auto keys = member(map, "keys", Type::kMap);
  auto partition = keys ? decode_key(keys->as_map(), "partition") : std::nullopt;
  if (!partition) return std::nullopt;
  store::KeySchema schema{.partition = std::move(*partition), .sort = std::nullopt};
  if (keys->as_map().find("sort")) {
    schema.sort = decode_key(keys->as_map(), "sort");
    if (!schema.sort) return std::nullopt;
  }
  return schema;
}

std::optional<std::vector<std::string>> decode_included(const MapView& map) {
  const auto included = member(map, "included", Type::kList);
  if (!included) return std::nullopt;
  std::vector<std::string> names;
  for (const ValueView name : included->as_list()) {
    if (name.type() != Type::kString) return std::nullopt;
    names.emplace_back(name.as_string());
  }
  return names;
}

std::optional<store::IndexSpec> decode_index(const ValueView& index) {
  if (index.type() != Type::kMap) return std::nullopt;
  const MapView map = index.as_map();
  auto name = text(map, "name");
  auto keys = decode_keys(map);
  const auto projection = number(map, "projection", static_cast<std::int64_t>(store::Projection::kInclude));
  auto included = decode_included(map);
  if (!name || !keys || !projection || !included) return std::nullopt;
  return store::IndexSpec{.name = std::move(*name),
                          .keys = std::move(*keys),
                          .projection = static_cast<store::Projection>(*projection),
                          .included = std::move(*included)};
}

std::optional<store::TableSpec> decode_spec(const MapView& map) {
  auto name = text(map, "name");
  auto keys = decode_keys(map);
  const auto indexes = member(map, "indexes", Type::kList);
  if (!name || !keys || !indexes) return std::nullopt;
  store::TableSpec spec{.name = std::move(*name), .keys = std::move(*keys), .indexes = {}};
  for (const ValueView one : indexes->as_list()) {
    auto index = decode_index(one);
    if (!index) return std::nullopt;
    spec.indexes.push_back(std::move(*index));
  }
  return spec;
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
  const MapView map = record.attributes();
  const auto table_number = number(map, "number", std::numeric_limits<std::uint32_t>::max());
  auto id = text(map, "id");
  const auto created_ms = number(map, "created_ms", std::numeric_limits<std::int64_t>::max());
  auto ttl_attribute = text(map, "ttl_attribute");
  auto spec = decode_spec(map);
  if (!table_number || !id || !created_ms || !ttl_attribute || !spec || !store::check_table_spec(*spec)) {
    return base::fail(ErrorCode::kStorage, "a table's record in the store does not read back");
  }
  auto table = std::make_shared<Table>();
  table->number = static_cast<std::uint32_t>(*table_number);
  table->id = std::move(*id);
  table->created_ms = *created_ms;
  table->ttl_attribute = std::move(*ttl_attribute);
  table->spec = std::move(*spec);
  return table;
}

}  // namespace mrgc::engine
