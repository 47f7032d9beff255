#include "engine/table_record.h"

#include <limits>
#include <utility>

#include "store/validation.h"

namespace mrgc::engine {
namespace {

using item::Item;
using item::MapView;
using item::Type;
using item::Value;
using item::ValueView;

constexpr std::int64_t kAnyNumber = std::numeric_limits<std::int64_t>::max();

Value encode_key(const store::KeyAttribute& key) {
  return Value(Value::Map{{"name", Value(key.name)}, {"type", Value(static_cast<int>(key.type))}});
}

Value encode_keys(const store::KeySchema& keys) {
  Value::Map map{{"partition", encode_key(keys.partition)}};
  if (keys.sort) map.emplace("sort", encode_key(*keys.sort));
  return Value(std::move(map));
}

Value encode_throughput(const store::Throughput& throughput) {
  return Value(Value::Map{{"read", Value(throughput.read_units)}, {"write", Value(throughput.write_units)}});
}

Value encode_index(const store::IndexSpec& index, const TableIndex& state) {
  Value::List included;
  for (const std::string& name : index.included) included.emplace_back(name);
  Value::Map map{{"name", Value(index.name)},
                 {"keys", encode_keys(index.keys)},
                 {"projection", Value(static_cast<int>(index.projection))},
                 {"included", Value(std::move(included))},
                 {"local", Value(index.local)},
                 {"number", Value(static_cast<std::int64_t>(state.number))},
                 {"status", Value(static_cast<int>(state.status))}};
  if (index.throughput) map.emplace("throughput", encode_throughput(*index.throughput));
  return Value(std::move(map));
}

Value encode_settings(const store::TableSettings& settings) {
  Value::Map tags;
  for (const auto& [key, value] : settings.tags) tags.emplace(key, Value(value));
  Value::Map map{{"billing_mode", Value(static_cast<int>(settings.billing_mode))},
                 {"deletion_protection", Value(settings.deletion_protection)},
                 {"tags", Value(std::move(tags))}};
  if (settings.throughput) map.emplace("throughput", encode_throughput(*settings.throughput));
  if (settings.on_demand_limits) map.emplace("on_demand_limits", encode_throughput(*settings.on_demand_limits));
  if (settings.stream) map.emplace("stream", Value(static_cast<int>(*settings.stream)));
  if (settings.table_class) map.emplace("table_class", Value(static_cast<int>(*settings.table_class)));
  return Value(std::move(map));
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

std::optional<bool> flag(const MapView& map, std::string_view name) {
  const auto value = member(map, name, Type::kBool);
  if (!value) return std::nullopt;
  return value->as_bool();
}

// As `number`, for an enumeration whose last value is `last`.
template <typename Enum>
std::optional<Enum> choice(const MapView& map, std::string_view name, Enum last) {
  const auto value = number(map, name, static_cast<std::int64_t>(last));
  if (!value) return std::nullopt;
  return static_cast<Enum>(*value);
}

// Nothing for what is no throughput; an empty one within when there is none.
std::optional<std::optional<store::Throughput>> decode_throughput(const MapView& map, std::string_view name) {
  using Outcome = std::optional<std::optional<store::Throughput>>;
  if (!map.find(name)) return Outcome(std::in_place);
  const auto part = member(map, name, Type::kMap);
  const auto read = part ? number(part->as_map(), "read", kAnyNumber) : std::nullopt;
  const auto write = part ? number(part->as_map(), "write", kAnyNumber) : std::nullopt;
  if (!read || !write) return std::nullopt;
  return Outcome(store::Throughput{.read_units = *read, .write_units = *write});
}

struct DecodedIndex {
  store::IndexSpec spec;
  TableIndex state;
};

std::optional<DecodedIndex> decode_index(const ValueView& index) {
  if (index.type() != Type::kMap) return std::nullopt;
  const MapView map = index.as_map();
  auto name = text(map, "name");
  auto keys = decode_keys(map);
  const auto projection = choice(map, "projection", store::Projection::kInclude);
  auto included = decode_included(map);
  const auto local = flag(map, "local");
  const auto throughput = decode_throughput(map, "throughput");
  const auto index_number = number(map, "number", std::numeric_limits<std::uint16_t>::max());
  const auto status = choice(map, "status", store::TableStatus::kUpdating);
  if (!name || !keys || !projection || !included || !local || !throughput || !index_number || !status) {
    return std::nullopt;
  }
  return DecodedIndex{.spec = {.name = std::move(*name),
                               .keys = std::move(*keys),
                               .projection = *projection,
                               .included = std::move(*included),
                               .local = *local,
                               .throughput = *throughput},
                      .state = {.number = static_cast<std::uint16_t>(*index_number), .status = *status}};
}

std::optional<store::TableSettings> decode_settings(const MapView& table) {
  const auto settings = member(table, "settings", Type::kMap);
  if (!settings) return std::nullopt;
  const MapView map = settings->as_map();
  const auto billing_mode = choice(map, "billing_mode", store::BillingMode::kProvisioned);
  const auto throughput = decode_throughput(map, "throughput");
  const auto on_demand_limits = decode_throughput(map, "on_demand_limits");
  const auto deletion_protection = flag(map, "deletion_protection");
  const auto tags = member(map, "tags", Type::kMap);
  if (!billing_mode || !throughput || !on_demand_limits || !deletion_protection || !tags) return std::nullopt;
  store::TableSettings decoded{.billing_mode = *billing_mode,
                               .throughput = *throughput,
                               .on_demand_limits = *on_demand_limits,
                               .deletion_protection = *deletion_protection};
  decoded.stream = choice(map, "stream", store::StreamView::kNewAndOldImages);
  decoded.table_class = choice(map, "table_class", store::TableClass::kInfrequentAccess);
  if (decoded.stream.has_value() != map.find("stream").has_value()) return std::nullopt;
  if (decoded.table_class.has_value() != map.find("table_class").has_value()) return std::nullopt;
  for (const auto& [key, value] : tags->as_map()) {
    if (value.type() != Type::kString) return std::nullopt;
    decoded.tags.emplace(key, value.as_string());
  }
  return decoded;
}

// Fills in the table's specification and its indexes; false when the record does not read back.
bool decode_spec(const MapView& map, Table& table) {
  auto name = text(map, "name");
  auto keys = decode_keys(map);
  auto settings = decode_settings(map);
  const auto indexes = member(map, "indexes", Type::kList);
  if (!name || !keys || !settings || !indexes) return false;
  table.spec.name = std::move(*name);
  table.spec.keys = std::move(*keys);
  table.spec.settings = std::move(*settings);
  for (const ValueView one : indexes->as_list()) {
    auto index = decode_index(one);
    if (!index) return false;
    table.spec.indexes.push_back(std::move(index->spec));
    table.indexes.push_back(index->state);
  }
  return store::check_table_spec(table.spec).has_value();
}

}  // namespace

Item encode_table(const Table& table) {
  Value::List indexes;
  for (const store::IndexSpec& index : table.spec.indexes) {
    indexes.push_back(encode_index(index, table.index_state(index)));
  }
  Value::Map map({{"number", Value(static_cast<std::int64_t>(table.number))},
                  {"id", Value(table.id)},
                  {"created_ms", Value(table.created_ms)},
                  {"name", Value(table.spec.name)},
                  {"keys", encode_keys(table.spec.keys)},
                  {"indexes", Value(std::move(indexes))},
                  {"ttl_attribute", Value(table.ttl_attribute)},
                  {"next_index_number", Value(static_cast<std::int64_t>(table.next_index_number))},
                  {"settings", encode_settings(table.spec.settings)}});
  if (table.stream_created_ms) map.emplace("stream_created_ms", Value(*table.stream_created_ms));
  if (table.on_demand_since_ms) map.emplace("on_demand_since_ms", Value(*table.on_demand_since_ms));
  return Item::from_map(map);
}

Result<TablePtr> decode_table(const Item& record) {
  const MapView map = record.attributes();
  auto table = std::make_shared<Table>();
  const auto table_number = number(map, "number", std::numeric_limits<std::uint32_t>::max());
  auto id = text(map, "id");
  const auto created_ms = number(map, "created_ms", kAnyNumber);
  auto ttl_attribute = text(map, "ttl_attribute");
  const auto next_index = number(map, "next_index_number", std::numeric_limits<std::uint16_t>::max());
  if (!table_number || !id || !created_ms || !ttl_attribute || !next_index || !decode_spec(map, *table)) {
    return base::fail(ErrorCode::kStorage, "a table's record in the store does not read back");
  }
  table->number = static_cast<std::uint32_t>(*table_number);
  table->id = std::move(*id);
  table->created_ms = *created_ms;
  table->ttl_attribute = std::move(*ttl_attribute);
  table->next_index_number = static_cast<std::uint16_t>(*next_index);
  table->stream_created_ms = number(map, "stream_created_ms", kAnyNumber);
  table->on_demand_since_ms = number(map, "on_demand_since_ms", kAnyNumber);
  // Records were without it while it was the time of the creation always.
  const bool on_demand = table->spec.settings.billing_mode == store::BillingMode::kPayPerRequest;
  if (on_demand && !table->on_demand_since_ms) table->on_demand_since_ms = created_ms;
  return table;
}

}  // namespace mrgc::engine
