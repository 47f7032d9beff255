#include "store/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "base/ascii.h"

namespace mrgc::store {
namespace {

using item::Type;

bool is_name_character(char c) { return base::is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; }

Result<void> check_name(std::string_view name, std::string_view parameter) {
  if (name.size() < kMinTableNameLength || name.size() > kMaxTableNameLength) {
    return base::invalid(
        fmt::format("{} must be at least 3 characters long and at most 255 characters long", parameter));
  }
  if (!std::ranges::all_of(name, is_name_character)) {
    return base::invalid(
        fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
                    "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
                    name, parameter == "TableName" ? "tableName" : "indexName"));
  }
  return {};
}

bool is_key_type(Type type) { return type == Type::kString || type == Type::kNumber || type == Type::kBinary; }

Result<void> check_key_schema(const KeySchema& keys) {
  for (const KeyAttribute* key : {&keys.partition, keys.sort ? &*keys.sort : nullptr}) {
    if (key == nullptr) continue;
    if (key->name.empty() || key->name.size() > 255) {
      return base::invalid(
          "One or more parameter values were invalid: a key attribute's name must have 1 to 255 bytes");
    }
    if (!is_key_type(key->type)) {
      return base::invalid(
          fmt::format("One or more parameter values were invalid: key attribute {} must be of type S, N "
                      "or B, and is {}",
                      key->name, item::to_string(key->type)));
    }
  }
  if (keys.sort && keys.sort->name == keys.partition.name) {
    return base::invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  return {};
}

std::string shown(const KeySchema& keys) {
  std::string text =
      fmt::format("SchemaElement: key{{{}:{}:HASH}}", keys.partition.name, item::to_string(keys.partition.type));
  if (keys.sort) {
    text += fmt::format(", SchemaElement: key{{{}:{}:RANGE}}", keys.sort->name, item::to_string(keys.sort->type));
  }
  return text;
}

// An attribute has one type in the whole table, whichever keys name it.
Result<void> check_key_types_agree(const TableSpec& spec) {
  std::map<std::string_view, std::pair<Type, const KeySchema*>> defined;
  const auto check_all = [&](const KeySchema& keys) {
    return check_each_key(keys, [&](const KeyAttribute& key, bool) -> Result<void> {
      const auto& [type, by] = defined.try_emplace(key.name, key.type, &keys).first->second;
      if (type == key.type) return {};
      return base::invalid(fmt::format(
          "One or more parameter values were invalid: Attributes cannot be redefined. Please check that "
          "your attribute has the same type as previously defined. Existing schema: Schema:[{}] New schema: "
          "Schema:[{}]",
          shown(*by), shown(keys)));
    });
  };
  if (auto checked = check_all(spec.keys); !checked) return checked;
  for (const IndexSpec& index : spec.indexes) {
    if (auto checked = check_all(index.keys); !checked) return checked;
  }
  return {};
}

Result<void> check_index(const IndexSpec& index) {
  if (auto named = check_name(index.name, "IndexName"); !named) return named;
  if (auto keyed = check_key_schema(index.keys); !keyed) return keyed;
  if (index.projection == Projection::kInclude && index.included.empty()) {
    return base::invalid(
        "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is "
        "not specified");
  }
  if (index.projection != Projection::kInclude && !index.included.empty()) {
    return base::invalid(
        fmt::format("One or more parameter values were invalid: ProjectionType is {}, but "
                    "NonKeyAttributes is specified",
                    index.projection == Projection::kAll ? "ALL" : "KEYS_ONLY"));
  }
  return {};
}

std::string_view content_of(const item::ValueView& value) {
  return value.type() == Type::kBinary ? value.as_binary() : value.as_string();
}

std::unexpected<Error> mismatch(std::string message) {
  return std::unexpected(Error{.code = ErrorCode::kValidation,
                               .message = std::move(message),
                               .retryable = false,
                               .detail = std::make_shared<SchemaMismatch>()});
}

}  // namespace

Result<void> check_key_value(const KeyAttribute& key, const item::ValueView& value, bool is_partition) {
  if (value.type() == Type::kNumber) return {};
  const std::string_view content = content_of(value);
  if (content.empty()) {
    return base::invalid(
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute "
                    "cannot contain an empty {} value. Key: {}",
                    value.type() == Type::kString ? "string" : "binary", key.name));
  }
  if (is_partition && content.size() > kMaxPartitionKeyBytes) {
    return mismatch(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit "
        "of2048 bytes");
  }
  if (!is_partition && content.size() > kMaxSortKeyBytes) {
    return mismatch(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the "
        "size limit of 1024 bytes");
  }
  return {};
}

namespace {

Result<void> check_item_key(const KeyAttribute& key, const item::Item& item, bool is_partition) {
  const auto value = item.find(key.name);
  if (!value) {
    return mismatch(fmt::format("One or more parameter values were invalid: Missing the key {} in the item", key.name));
  }
  if (value->type() != key.type) {
    return mismatch(
        fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} "
                    "actual: {}",
                    key.name, item::to_string(key.type), item::to_string(value->type())));
  }
  return check_key_value(key, *value, is_partition);
}

}  // namespace

Result<void> check_index_key_type(const IndexSpec& index, const KeyAttribute& key, item::Type type) {
  if (type == key.type) return {};
  return mismatch(
      fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: "
                  "{} Actual: {} IndexName: {}",
                  key.name, item::to_string(key.type), item::to_string(type), index.name));
}

Result<void> check_index_key_value(const IndexSpec& index, const KeyAttribute& key, const item::ValueView& value,
                                   bool is_partition) {
  if (auto checked = check_index_key_type(index, key, value.type()); !checked) return checked;
  if (value.type() == Type::kNumber) return {};
  const std::string_view content = content_of(value);
  if (content.empty()) {
    return base::invalid(
        fmt::format("One or more parameter values are not valid. A value specified for a secondary index "
                    "key is not supported. The AttributeValue for a key attribute cannot contain an "
                    "empty {} value. IndexName: {}, IndexKey: {}",
                    value.type() == Type::kString ? "string" : "binary", index.name, key.name));
  }
  if (content.size() > (is_partition ? kMaxPartitionKeyBytes : kMaxSortKeyBytes)) {
    return base::invalid(
        fmt::format("One or more parameter values were invalid: Size of {} has exceeded the maximum size "
                    "limit of {} bytes. IndexName: {}, IndexKey: {}",
                    is_partition ? "hashkey" : "rangekey", is_partition ? kMaxPartitionKeyBytes : kMaxSortKeyBytes,
                    index.name, key.name));
  }
  return {};
}

Result<void> check_given_index_key_value(const IndexSpec& index, const KeyAttribute& key, const item::ValueView& value,
                                         bool is_partition) {
  const bool is_empty = value.type() == key.type && value.type() != Type::kNumber && content_of(value).empty();
  if (!is_empty) return check_index_key_value(index, key, value, is_partition);
  return base::invalid(fmt::format(
      "One or more parameter values are not valid. The update expression attempted to update a secondary "
      "index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an "
      "empty {} value.",
      value.type() == Type::kString ? "string" : "binary"));
}

namespace {

Result<void> check_index_key(const IndexSpec& index, const KeyAttribute& key, const item::Item& item,
                             bool is_partition) {
  const auto value = item.find(key.name);
  return value ? check_index_key_value(index, key, *value, is_partition) : Result<void>();
}

// Of an update AWS tells less: not which key it was, only whether its type or its size (API Reference,
// TransactWriteItems, "Cancellation reasons").
Result<void> check_updated_index_key(const IndexSpec& index, const KeyAttribute& key, const item::Item& item,
                                     bool is_partition) {
  const auto value = item.find(key.name);
  if (value && value->type() != key.type) {
    return base::invalid("The update expression attempted to update the secondary index key to unsupported type");
  }
  if (!value || value->type() == Type::kNumber) return {};
  if (content_of(*value).empty()) return check_given_index_key_value(index, key, *value, is_partition);
  if (content_of(*value).size() <= (is_partition ? kMaxPartitionKeyBytes : kMaxSortKeyBytes)) return {};
  return base::invalid("The update expression attempted to update the secondary index key beyond allowed size limits");
}

}  // namespace

Result<void> check_table_name(std::string_view name) { return check_name(name, "TableName"); }

Result<void> check_table_spec(const TableSpec& spec) {
  if (auto named = check_table_name(spec.name); !named) return named;
  if (auto keyed = check_key_schema(spec.keys); !keyed) return keyed;
  const auto local = static_cast<std::size_t>(std::ranges::count(spec.indexes, true, &IndexSpec::local));
  if (local > kMaxLocalIndexes) {
    return base::invalid(
        "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  if (spec.indexes.size() - local > kMaxIndexes) {
    return base::invalid(
        "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table "
        "limit of 20");
  }
  std::set<std::string_view> names;
  for (const IndexSpec& index : spec.indexes) {
    if (auto checked = check_index(index); !checked) return checked;
    if (!names.insert(index.name).second) {
      return base::invalid(
          fmt::format("One or more parameter values were invalid: Duplicate index name: {}", index.name));
    }
  }
  return check_key_types_agree(spec);
}

Result<void> check_key(const KeySchema& keys, const item::Item& key) {
  const std::size_t expected = keys.sort ? 2 : 1;
  const auto partition = key.find(keys.partition.name);
  const auto sort = keys.sort ? key.find(keys.sort->name) : std::nullopt;
  if (key.attributes().size() != expected || !partition || (keys.sort && !sort) ||
      partition->type() != keys.partition.type || (sort && sort->type() != keys.sort->type)) {
    return mismatch("The provided key element does not match the schema");
  }
  if (auto checked = check_key_value(keys.partition, *partition, true); !checked) return checked;
  if (sort) return check_key_value(*keys.sort, *sort, false);
  return {};
}

Result<void> check_item(const TableSpec& spec, const item::Item& item) {
  auto checked = check_each_key(
      spec.keys, [&](const KeyAttribute& key, bool is_partition) { return check_item_key(key, item, is_partition); });
  if (!checked) return checked;
  if (item.size_bytes() > item::kMaxItemSizeBytes) {
    return base::invalid("Item size has exceeded the maximum allowed size");
  }
  checked = check_each_index_key(spec, [&](const IndexSpec& index, const KeyAttribute& key, bool is_partition) {
    return check_index_key(index, key, item, is_partition);
  });
  if (!checked) return checked;
  return item::check_storable(item);
}

Result<void> check_updated_item(const TableSpec& spec, const item::Item& item) {
  if (item.size_bytes() > item::kMaxItemSizeBytes) {
    return base::invalid("Item size to update has exceeded the maximum allowed size");
  }
  auto checked = check_each_index_key(spec, [&](const IndexSpec& index, const KeyAttribute& key, bool is_partition) {
    return check_updated_index_key(index, key, item, is_partition);
  });
  if (!checked) return checked;
  return item::check_storable(item);
}

Result<void> check_transaction_size(std::size_t bytes) {
  if (bytes <= kMaxTransactionBytes) return {};
  return base::invalid(
      fmt::format("The aggregate size of the items in the transaction cannot exceed 4 MB, and is {} bytes", bytes));
}

Result<void> check_transaction_payload(std::size_t bytes) {
  if (bytes <= kMaxTransactionBytes) return {};
  return base::invalid(fmt::format("Transaction payload size cannot exceed 4MB. Payload Size: {}", bytes));
}

Result<void> check_paths_spare_keys(const TableSpec& spec, std::span<const std::string_view> entered) {
  if (entered.empty()) return {};
  const auto check = [&](const KeySchema& keys, std::string_view role) -> Result<void> {
    for (const KeyAttribute* key : {&keys.partition, keys.sort ? &*keys.sort : nullptr}) {
      if (key == nullptr || std::ranges::find(entered, key->name) == entered.end()) continue;
      return base::invalid(
          fmt::format("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: "
                      "{}",
                      role, key->name));
    }
    return {};
  };
  if (auto checked = check(spec.keys, "Key"); !checked) return checked;
  for (const IndexSpec& index : spec.indexes) {
    if (auto checked = check(index.keys, "IndexKey"); !checked) return checked;
  }
  return {};
}

Error in_envelope(Error error) {
  constexpr std::string_view kEnvelope = "1 validation error detected: ";
  if (error.code == ErrorCode::kValidation && !error.message.starts_with(kEnvelope)) error.message.insert(0, kEnvelope);
  return error;
}

Result<void> check_select_leaves_choice(Select select, std::string_view parameter, bool scans) {
  std::string_view chosen;
  switch (select) {
    case Select::kDefault:
    case Select::kSpecificAttributes: return {};
    case Select::kAllAttributes: chosen = "ALL_ATTRIBUTES"; break;
    case Select::kAllProjectedAttributes: chosen = "ALL_PROJECTED_ATTRIBUTES"; break;
    case Select::kCount: chosen = "only the Count"; break;
  }
  Error refused =
      base::invalid(fmt::format("Cannot specify the {} when choosing to get {}", parameter, chosen)).error();
  return std::unexpected(scans ? std::move(refused) : in_envelope(std::move(refused)));
}

Result<void> check_expression_inputs(bool has_expression, const Names& names, const item::Item& values) {
  if (has_expression) return {};
  if (!names.empty()) return base::invalid("ExpressionAttributeNames can only be specified when using expressions");
  if (!values.empty()) return base::invalid("ExpressionAttributeValues can only be specified when using expressions");
  return {};
}

}  // namespace mrgc::store
