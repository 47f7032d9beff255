#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"
#include "mrgc/store/requests.h"
#include "mrgc/store/table.h"

/// What DynamoDB checks before it does anything, with its messages; shared by every store and by the server.
/// All fail with `kValidation`.
namespace mrgc::store {

inline constexpr std::size_t kMinTableNameLength = 3;
inline constexpr std::size_t kMaxTableNameLength = 255;
inline constexpr std::size_t kMaxPartitionKeyBytes = 2048;
inline constexpr std::size_t kMaxSortKeyBytes = 1024;
inline constexpr std::size_t kMaxIndexes = 20;
inline constexpr std::size_t kMaxLocalIndexes = 5;
inline constexpr std::size_t kMaxBatchGetKeys = 100;
inline constexpr std::size_t kMaxBatchWrites = 25;
inline constexpr std::size_t kMaxTransactionActions = 100;
/// Of all items of a transaction together, as DynamoDB counts their sizes (API Reference, TransactWriteItems).
inline constexpr std::size_t kMaxTransactionBytes = std::size_t{4} << 20;
inline constexpr std::int64_t kMaxScanSegments = 1'000'000;

/// 3 to 255 of `A-Z a-z 0-9 _ - .`.
Result<void> check_table_name(std::string_view name);

/// Names, key types, distinct indexes, and how many there are.
Result<void> check_table_spec(const TableSpec& spec);

/// `key` is exactly the table's key: all its attributes with their types, no other, none empty or too long.
Result<void> check_key(const KeySchema& keys, const item::Item& key);

/// `item` can be stored: it has the table's key, index keys have their types, it is not too large or too deep.
Result<void> check_item(const TableSpec& spec, const item::Item& item);

/// As `check_item`, for the outcome of an update, whose messages differ.
Result<void> check_updated_item(const TableSpec& spec, const item::Item& item);

/// `bytes` is not too much for the items of one transaction.
Result<void> check_transaction_size(std::size_t bytes);
/// Of what a transaction's writes send: items, keys, and values of expressions.
Result<void> check_transaction_payload(std::size_t bytes);

/// `value`, which has the key's type, can be the value of a key: it is neither empty nor too long.
Result<void> check_key_value(const KeyAttribute& key, const item::ValueView& value, bool is_partition);

/// The key of the index has this type.
Result<void> check_index_key_type(const IndexSpec& index, const KeyAttribute& key, item::Type type);
/// `value` can be that key of the index: it has its type, and is neither empty nor too long.
Result<void> check_index_key_value(const IndexSpec& index, const KeyAttribute& key, const item::ValueView& value,
                                   bool is_partition);
/// As that, of the value that an update gives it: of an empty one AWS tells less.
Result<void> check_given_index_key_value(const IndexSpec& index, const KeyAttribute& key, const item::ValueView& value,
                                         bool is_partition);

/// The error of a put, an update or a deletion whose request is wrong in itself. Since 2026 AWS says in front of its
/// message how many faults there are, but for faults of keys and of what the item has.
Error in_envelope(Error error);

/// Calls `check(key, is_partition)` for the partition key, then the sort key if there is one, until it fails.
template <typename Check>
Result<void> check_each_key(const KeySchema& keys, Check&& check) {
  if (auto checked = check(keys.partition, true); !checked) return checked;
  return keys.sort ? check(*keys.sort, false) : Result<void>();
}

/// Calls `check(index, key, is_partition)` for the keys of a table's indexes. Of several indexes that fail, the one
/// with the first name is told, as on AWS (measured in 2026).
template <typename Check>
Result<void> check_each_index_key(const TableSpec& spec, Check&& check) {
  Result<void> outcome;
  const IndexSpec* told = nullptr;
  for (const IndexSpec& index : spec.indexes) {
    if (told != nullptr && told->name < index.name) continue;
    auto checked = check_each_key(
        index.keys, [&](const KeyAttribute& key, bool is_partition) { return check(index, key, is_partition); });
    if (checked) continue;
    outcome = std::move(checked);
    told = &index;
  }
  return outcome;
}

/// No path leads into a key of the table or of an index: keys are scalars. `entered` are the attributes that an
/// expression's paths lead into.
Result<void> check_paths_spare_keys(const TableSpec& spec, std::span<const std::string_view> entered);

/// Attributes are chosen by `parameter` only beside a `Select` that leaves the choice to it. `scans`: of a scan, not a
/// query.
Result<void> check_select_leaves_choice(Select select, std::string_view parameter, bool scans);

/// Names and values come only with an expression that can use them.
Result<void> check_expression_inputs(bool has_expression, const Names& names, const item::Item& values);

}  // namespace mrgc::store
