#include "engine/write_intent.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/capacity.h"
#include "engine/expiry.h"
#include "engine/expression_length.h"
#include "engine/keyspace.h"
#include "engine/stream_records.h"
#include "expression/placeholders.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

using expression::Condition;
using expression::Placeholders;
using expression::Role;
using store::ReturnValues;

std::unexpected<Error> condition_failed(const WriteIntent& intent, const std::optional<item::Item>& before) {
  auto failure = std::make_shared<store::ConditionFailure>();
  if (intent.return_old_on_failure) failure->item = before;
  return std::unexpected(Error{.code = ErrorCode::kConditionalCheckFailed,
                               .message = "The conditional request failed",
                               .retryable = false,
                               .detail = std::move(failure)});
}

// Parses a write's expressions into the intent and checks its placeholders.
template <typename Request>
Result<void> parse_expressions(WriteIntent& intent, const Request& request, std::string_view update) {
  const std::string& condition = request.condition_expression;
  const bool any = !condition.empty() || !update.empty();
  if (auto checked = store::check_expression_inputs(any, request.names, request.values); !checked || !any) {
    return checked;
  }
  Placeholders placeholders(request.names, request.values, length_of(request));
  if (auto checked = placeholders.check_syntax(); !checked) return checked;
  if (!update.empty()) {
    auto parsed = expression::Update::parse(update, placeholders);
    if (!parsed) return base::forward_error(parsed);
    intent.update = std::move(*parsed);
  }
  if (!condition.empty()) {
    auto parsed = Condition::parse(condition, placeholders, Role::kCondition);
    if (!parsed) return base::forward_error(parsed);
    intent.condition = std::move(*parsed);
  }
  return placeholders.check_all_used();
}

Result<void> check_update_spares_keys(const WriteIntent& intent) {
  const store::KeySchema& keys = intent.table->spec.keys;
  for (const std::string_view name : intent.update->top_level_attributes()) {
    if (name == keys.partition.name || (keys.sort && name == keys.sort->name)) {
      return base::invalid(
          fmt::format("One or more parameter values were invalid: Cannot update attribute {}. This "
                      "attribute is part of the key",
                      name));
    }
  }
  return {};
}

Result<void> check_old_or_none(ReturnValues values) {
  if (values == ReturnValues::kNone || values == ReturnValues::kAllOld) return {};
  return base::invalid("ReturnValues can only be ALL_OLD or NONE");
}

template <typename Request>
Result<WriteIntent> parse_common(const Request& request, WriteIntent::Kind kind, const item::Item& attributes,
                                 std::string_view update) {
  WriteIntent intent{.kind = kind, .attributes = attributes, .return_old_on_failure = request.return_old_on_failure};
  auto parsed = parse_expressions(intent, request, update);
  if (!parsed) return base::forward_error(parsed);
  if constexpr (requires { request.return_collections; }) intent.return_collections = request.return_collections;
  return intent;
}

// What an update gives keys of indexes, as far as the request tells, can be such. Of what it takes from the item AWS
// tells less, once it has the item: `store::check_updated_item`.
Result<void> check_given_index_keys(const WriteIntent& intent) {
  const auto check = [&](const store::IndexSpec& index, const store::KeyAttribute& key,
                         bool is_partition) -> Result<void> {
    const auto given = intent.update->given_value(key.name);
    if (!given) return {};
    return given->value ? store::check_given_index_key_value(index, key, *given->value, is_partition)
                        : store::check_index_key_type(index, key, given->type);
  };
  return store::check_each_index_key(intent.table->spec, check);
}

Result<void> check_paths(const WriteIntent& intent) {
  const store::TableSpec& spec = intent.table->spec;
  if (intent.condition) {
    auto checked = store::check_paths_spare_keys(spec, intent.condition->entered_attributes());
    if (!checked) return checked;
  }
  if (!intent.update) return {};
  if (auto checked = check_update_spares_keys(intent); !checked) return checked;
  if (auto checked = check_given_index_keys(intent); !checked) return checked;
  return store::check_paths_spare_keys(spec, intent.update->entered_attributes());
}

// --- What a change entails --------------------------------------------------------------------------------------

// Calls `visit(name)` for each attribute that the index holds, until it returns false; `kAll` has no such list.
template <typename Visit>
bool for_each_projected(const store::TableSpec& spec, const store::IndexSpec& index, Visit&& visit) {
  for (const store::KeySchema* keys : {&spec.keys, &index.keys}) {
    if (!visit(keys->partition.name)) return false;
    if (keys->sort && !visit(keys->sort->name)) return false;
  }
  for (const std::string& name : index.included) {
    if (!visit(name)) return false;
  }
  return true;
}

item::Item project(const store::TableSpec& spec, const store::IndexSpec& index, const item::Item& item) {
  if (index.projection == store::Projection::kAll) return item;
  item::ItemBuilder builder;
  for_each_projected(spec, index, [&](const std::string& name) {
    if (const auto value = item.find(name)) builder.set(name, *value);
    return true;
  });
  return builder.build();
}

// The names of the attributes in which two items differ.
std::vector<std::string_view> changed_attributes(const std::optional<item::Item>& before,
                                                 const std::optional<item::Item>& after) {
  const item::MapView old_map = before ? before->attributes() : item::MapView();
  const item::MapView new_map = after ? after->attributes() : item::MapView();
  std::vector<std::string_view> names;
  auto old_at = old_map.begin();
  auto new_at = new_map.begin();
  while (old_at != old_map.end() || new_at != new_map.end()) {
    if (new_at == new_map.end() || (old_at != old_map.end() && (*old_at).name < (*new_at).name)) {
      names.push_back((*old_at++).name);
    } else if (old_at == old_map.end() || (*new_at).name < (*old_at).name) {
      names.push_back((*new_at++).name);
    } else {
      if ((*old_at).value != (*new_at).value) names.push_back((*new_at).name);
      ++old_at;
      ++new_at;
    }
  }
  return names;
}

// Whether the index holds any of these attributes. Most writes are signs of life, which no index holds.
bool holds_any(const store::TableSpec& spec, const store::IndexSpec& index,
               const std::vector<std::string_view>& attributes) {
  if (index.projection == store::Projection::kAll) return !attributes.empty();
  return !for_each_projected(
      spec, index, [&](const std::string& name) { return std::ranges::find(attributes, name) == attributes.end(); });
}

// An index entry as it is before or after the change; without a key when the item is not in the index.
struct IndexEntry {
  std::optional<std::string> key;
  std::size_t partition_size = 0;

  IndexEntry(const Table& table, const store::IndexSpec& index, const std::optional<item::Item>& item,
             std::string_view base_key) {
    if (item) key = index_key(table, index, *item, base_key, &partition_size);
  }
  IndexChange change(bool added) const {
    return {.key = *key, .partition_size = static_cast<std::uint32_t>(partition_size), .added = added};
  }
};

// Writes what changes of an index that holds something that changed; returns its write units.
double record_index(CommitUnit& unit, const Table& table, const store::IndexSpec& index, std::string_view base_key,
                    const std::optional<item::Item>& before, const std::optional<item::Item>& after) {
  const IndexEntry old_entry(table, index, before, base_key);
  const IndexEntry new_entry(table, index, after, base_key);
  if (!old_entry.key && !new_entry.key) return 0;
  const bool moved = old_entry.key != new_entry.key;
  const std::size_t old_size = old_entry.key ? project(table.spec, index, *before).size_bytes() : 0;
  std::size_t new_size = 0;
  double units = 0;
  if (new_entry.key) {
    const item::Item entry = project(table.spec, index, *after);
    new_size = entry.size_bytes();
    unit.batch.put(Family::kIndexes, *new_entry.key, entry.encoded());
    if (moved) unit.index_changes.push_back(new_entry.change(true));
    units += write_units(moved ? new_size : std::max(new_size, old_size));
  }
  if (old_entry.key && moved) {
    unit.batch.remove(Family::kIndexes, *old_entry.key);
    unit.index_changes.push_back(old_entry.change(false));
    units += write_units(old_size);
  }
  const TableIndex& state = table.index_state(index);
  unit.deltas.push_back(
      {.counters = state.counters,
       .id = {.table = table.number, .index = state.number},
       .items = static_cast<int>(new_entry.key.has_value()) - static_cast<int>(old_entry.key.has_value()),
       .bytes = static_cast<std::int64_t>(new_size) - static_cast<std::int64_t>(old_size)});
  return units;
}

}  // namespace

Result<WriteIntent> parse(const store::PutItemRequest& request) {
  if (auto checked = check_old_or_none(request.return_values); !checked) return base::forward_error(checked);
  auto intent = parse_common(request, WriteIntent::Kind::kPut, request.item, {});
  if (intent) intent->return_values = request.return_values;
  return intent;
}

Result<WriteIntent> parse(const store::UpdateItemRequest& request) {
  auto intent = parse_common(request, WriteIntent::Kind::kUpdate, request.key, request.update_expression);
  if (intent) {
    intent->return_values = request.return_values;
    intent->older_parameters = request.older_parameters;
  }
  return intent;
}

Result<WriteIntent> parse(const store::DeleteItemRequest& request) {
  if (auto checked = check_old_or_none(request.return_values); !checked) return base::forward_error(checked);
  auto intent = parse_common(request, WriteIntent::Kind::kDelete, request.key, {});
  if (intent) intent->return_values = request.return_values;
  return intent;
}

Result<WriteIntent> parse(const store::ConditionCheck& request) {
  if (request.condition_expression.empty()) {
    return base::invalid("The expression can not be empty: a ConditionCheck needs a ConditionExpression");
  }
  return parse_common(request, WriteIntent::Kind::kCheck, request.key, {});
}

Result<void> resolve(const Catalog& catalog, std::string_view table, WriteIntent& intent) {
  auto found = catalog.find(table);
  if (!found) return base::forward_error(found);
  intent.table = std::move(*found);
  const store::TableSpec& spec = intent.table->spec;
  auto checked = intent.kind == WriteIntent::Kind::kPut ? store::check_item(spec, intent.attributes)
                                                        : store::check_key(spec.keys, intent.attributes);
  if (!checked) return checked;
  if (checked = check_paths(intent); !checked) return checked;
  intent.key = item_key(*intent.table, intent.attributes);
  return {};
}

Result<std::optional<item::Item>> decide(const WriteIntent& intent, const std::optional<item::Item>& before) {
  if (intent.condition && !intent.condition->matches(before ? before->attributes() : item::MapView())) {
    return condition_failed(intent, before);
  }
  switch (intent.kind) {
    case WriteIntent::Kind::kPut: return intent.attributes;
    case WriteIntent::Kind::kDelete: return std::nullopt;
    case WriteIntent::Kind::kCheck: return before;
    case WriteIntent::Kind::kUpdate: break;
  }
  if (!before && intent.update && intent.update->only_removes()) return std::nullopt;
  const item::Item& base = before ? *before : intent.attributes;
  if (!intent.update) return base;
  auto after = intent.update->apply(base);
  if (!after) return base::forward_error(after);
  if (auto checked = store::check_updated_item(intent.table->spec, *after); !checked) {
    return base::forward_error(checked);
  }
  return std::move(*after);
}

Result<void> check_update_size(const WriteIntent& intent, const std::optional<item::Item>& before) {
  if (!intent.update || intent.older_parameters) return {};
  const item::Item& base = before ? *before : intent.attributes;
  if (intent.update->charge_bytes(base) <= item::kMaxItemSizeBytes) return {};
  return base::invalid("Item size to update has exceeded the maximum allowed size");
}

std::optional<item::Item> returned_attributes(const WriteIntent& intent, const std::optional<item::Item>& before,
                                              const std::optional<item::Item>& after) {
  const auto part = [&](const std::optional<item::Item>& from) -> std::optional<item::Item> {
    if (!from || !intent.update) return std::nullopt;
    item::Item updated = intent.update->updated_part(*from);
    if (updated.empty()) return std::nullopt;
    return updated;
  };
  switch (intent.return_values) {
    case ReturnValues::kNone: return std::nullopt;
    case ReturnValues::kAllOld: return before;
    case ReturnValues::kAllNew: return after;
    case ReturnValues::kUpdatedOld: return part(before);
    case ReturnValues::kUpdatedNew: return part(after);
  }
  return std::nullopt;
}

store::ConsumedCapacity record_change(CommitUnit& unit, const ExpiryQueue& expiry, const TablePtr& table,
                                      const std::string& key, const std::optional<item::Item>& before,
                                      const std::optional<item::Item>& after, std::int64_t now_ms, bool expired) {
  const std::size_t old_size = before ? before->size_bytes() : 0;
  const std::size_t new_size = after ? after->size_bytes() : 0;
  const bool unchanged = before == after;
  if (!unchanged) {
    if (after) {
      unit.batch.put(Family::kItems, key, after->encoded());
    } else {
      unit.batch.remove(Family::kItems, key);
    }
  }
  expiry.record(unit.batch, *table, key, before, after, now_ms / 1000);
  unit.changes.push_back(encode_change({.kind = after ? ChangeRecord::Kind::kPut : ChangeRecord::Kind::kRemove,
                                        .unchanged = unchanged,
                                        .table = table->number,
                                        .time_ms = now_ms,
                                        .key = key,
                                        .after = after.value_or(item::Item())}));
  if (table->spec.settings.stream) {
    if (auto record = encode_stream_record(*table, before, after, now_ms, expired)) {
      unit.streams.push_back({.prefix = stream_prefix(table->number, table->stream_created_ms.value()),
                              .record = std::move(*record),
                              .change = unit.changes.size() - 1});
    }
  }
  unit.deltas.push_back({.counters = table->counters,
                         .id = {.table = table->number, .index = {}},
                         .items = static_cast<int>(after.has_value()) - static_cast<int>(before.has_value()),
                         .bytes = static_cast<std::int64_t>(new_size) - static_cast<std::int64_t>(old_size)});

  store::ConsumedCapacity capacity{
      .table = table->spec.name, .table_units = write_units(std::max(old_size, new_size)), .indexes = {}};
  const std::vector<std::string_view> changed = changed_attributes(before, after);
  for (const store::IndexSpec& index : table->spec.indexes) {
    if (!holds_any(table->spec, index, changed)) continue;
    const double units = record_index(unit, *table, index, key, before, after);
    if (units > 0) (index.local ? capacity.local_indexes : capacity.indexes).emplace_back(index.name, units);
  }
  return capacity;
}

void record_index_entry(CommitUnit& unit, const Table& table, const store::IndexSpec& index, const std::string& key,
                        const item::Item& item) {
  record_index(unit, table, index, key, std::nullopt, item);
}

}  // namespace mrgc::engine
