#include <fmt/format.h>

#include <set>

#include "engine/cancellation.h"
#include "engine/capacity.h"
#include "engine/capacity_sum.h"
#include "engine/keyspace.h"
#include "engine/read_path.h"
#include "expression/placeholders.h"
#include "expression/projection.h"
#include "store/validation.h"

// ReadPath: reads of single items by key.
namespace mrgc::engine {
namespace {

/// How much a batch returns before it leaves the rest to the next (API Reference, BatchGetItem).
constexpr std::size_t kMaxBatchGetBytes = std::size_t{16} << 20;

using MaybeProjection = std::optional<expression::Projection>;

Result<MaybeProjection> parse_projection(const std::string& text, const store::Names& names) {
  if (auto checked = store::check_expression_inputs(!text.empty(), names, {}); !checked) {
    return base::forward_error(checked);
  }
  if (text.empty()) return MaybeProjection();
  expression::Placeholders placeholders(names, {});
  if (auto checked = placeholders.check_syntax(); !checked) return base::forward_error(checked);
  auto projection = expression::Projection::parse(text, placeholders);
  if (!projection) return base::forward_error(projection);
  if (auto checked = placeholders.check_all_used(); !checked) return base::forward_error(checked);
  return MaybeProjection(std::move(*projection));
}

struct Read {
  std::optional<item::Item> item;
  std::size_t size_bytes = 0;
};

Result<void> check_paths(const Table& table, const MaybeProjection& projection) {
  return projection ? store::check_paths_spare_keys(table.spec, projection->entered_attributes()) : Result<void>();
}

// `key` has been checked.
Result<Read> read_item(const KvReader& kv, const Table& table, const item::Item& key, const MaybeProjection& projection,
                       const KvSnapshot* snapshot) {
  auto stored = kv.get(Family::kItems, item_key(table, key), snapshot);
  if (!stored) return base::forward_error(stored);
  if (!*stored) return Read{};
  item::Item item = item::Item::from_trusted(std::move(**stored));
  const std::size_t size_bytes = item.size_bytes();
  if (projection) item = projection->apply(item);
  return Read{.item = std::move(item), .size_bytes = size_bytes};
}

Result<Read> check_and_read_item(const KvReader& kv, const Table& table, const item::Item& key,
                                 const MaybeProjection& projection, const KvSnapshot* snapshot) {
  if (auto checked = store::check_key(table.spec.keys, key); !checked) return base::forward_error(checked);
  if (auto checked = check_paths(table, projection); !checked) return base::forward_error(checked);
  return read_item(kv, table, key, projection, snapshot);
}

Result<void> check_batch(const store::BatchGetItemRequest& request) {
  std::size_t keys = 0;
  for (const auto& [table, wanted] : request.tables) {
    if (wanted.keys.empty()) {
      return base::invalid(
          "1 validation error detected: Value at 'requestItems.member.keys' failed to satisfy constraint: "
          "Member must have length greater than or equal to 1");
    }
    keys += wanted.keys.size();
    std::set<std::string_view> distinct;
    for (const item::Item& key : wanted.keys) distinct.insert(key.encoded());
    if (distinct.size() != wanted.keys.size()) {
      return base::invalid("Provided list of item keys contains duplicates");
    }
  }
  if (keys == 0) {
    return base::invalid(
        "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1");
  }
  if (keys > store::kMaxBatchGetKeys) return base::invalid("Too many items requested for the BatchGetItem call");
  return {};
}

// The projections of a batch's tables, in its order.
Result<std::vector<MaybeProjection>> parse_projections(const store::BatchGetItemRequest& request) {
  std::vector<MaybeProjection> projections;
  for (const auto& [name, wanted] : request.tables) {
    auto projection = parse_projection(wanted.projection_expression, wanted.names);
    if (!projection) return base::forward_error(projection);
    projections.push_back(std::move(*projection));
  }
  return projections;
}

// The tables of a batch, in its order, with its keys checked.
Result<std::vector<TablePtr>> find_tables(const Catalog& catalog, const store::BatchGetItemRequest& request) {
  std::vector<TablePtr> tables;
  for (const auto& [name, wanted] : request.tables) {
    auto table = catalog.find(name);
    if (!table) return base::forward_error(table);
    for (const item::Item& key : wanted.keys) {
      if (auto checked = store::check_key((*table)->spec.keys, key); !checked) return base::forward_error(checked);
    }
    tables.push_back(std::move(*table));
  }
  return tables;
}

// A key that is not the table's cancels a transaction; anything else refuses it.
std::unexpected<Error> refused(const store::TransactGetItemsRequest& request, std::size_t at, Error error) {
  if (error.detail_as<store::SchemaMismatch>() == nullptr) return std::unexpected(std::move(error));
  std::vector<store::CancellationReasons::Reason> reasons(request.gets.size());
  reasons[at] = cancellation_reason(error);
  return std::unexpected(transaction_canceled(std::move(reasons)));
}

}  // namespace

Result<store::GetItemResult> ReadPath::get_item(const store::GetItemRequest& request) const {
  auto projection = parse_projection(request.projection_expression, request.names);
  if (!projection) return base::forward_error(projection);
  auto table = catalog_.find(request.table);
  if (!table) return base::forward_error(table);
  auto read = check_and_read_item(kv_, **table, request.key, *projection, nullptr);
  if (!read) return base::forward_error(read);
  const ReadKind kind = request.consistent_read ? ReadKind::kConsistent : ReadKind::kEventual;
  return store::GetItemResult{
      .item = std::move(read->item),
      .capacity = {.table = request.table, .table_units = read_units(read->size_bytes, kind), .indexes = {}}};
}

Result<store::BatchGetItemResult> ReadPath::batch_get_item(const store::BatchGetItemRequest& request) const {
  if (auto checked = check_batch(request); !checked) return base::forward_error(checked);
  auto projections = parse_projections(request);
  if (!projections) return base::forward_error(projections);
  auto tables = find_tables(catalog_, request);
  if (!tables) return base::forward_error(tables);
  store::BatchGetItemResult result;
  std::size_t returned_bytes = 0;
  bool is_full = false;  // from the first item on that did not go in
  for (std::size_t at = 0; const auto& [name, wanted] : request.tables) {
    const Table& table = *(*tables)[at];
    const MaybeProjection& projection = (*projections)[at++];
    if (auto checked = check_paths(table, projection); !checked) return base::forward_error(checked);
    const ReadKind kind = wanted.consistent_read ? ReadKind::kConsistent : ReadKind::kEventual;
    store::ConsumedCapacity capacity{.table = name, .table_units = 0, .indexes = {}};
    std::vector<item::Item>& found = result.items[name];
    for (const item::Item& key : wanted.keys) {
      auto read = is_full ? Result<Read>() : read_item(kv_, table, key, projection, nullptr);
      if (!read) return base::forward_error(read);
      is_full = is_full || returned_bytes + read->size_bytes > kMaxBatchGetBytes;
      if (is_full) {
        auto& rest = result.unprocessed
                         .try_emplace(name,
                                      store::BatchGetItemRequest::Keys{
                                          {}, wanted.consistent_read, wanted.projection_expression, wanted.names})
                         .first->second;
        rest.keys.push_back(key);
        continue;
      }
      capacity.table_units += read_units(read->size_bytes, kind);
      returned_bytes += read->size_bytes;
      if (read->item) found.push_back(std::move(*read->item));
    }
    result.capacity.push_back(std::move(capacity));
  }
  return result;
}

Result<store::TransactGetItemsResult> ReadPath::transact_get_items(
    const store::TransactGetItemsRequest& request) const {
  if (request.gets.empty() || request.gets.size() > store::kMaxTransactionActions) {
    return base::invalid(
        fmt::format("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
                    "Member must have length {}",
                    request.gets.empty() ? "greater than or equal to 1" : "less than or equal to 100"));
  }
  store::TransactGetItemsResult result;
  std::set<std::string> keys;
  std::size_t bytes = 0;
  // Commits are atomic, so one moment of the store is one moment of every item.
  const auto snapshot = kv_.snapshot();
  for (const auto& get : request.gets) {
    auto projection = parse_projection(get.projection_expression, get.names);
    if (!projection) return base::forward_error(projection);
    auto table = catalog_.find(get.table);
    if (!table) return base::forward_error(table);
    auto read = check_and_read_item(kv_, **table, get.key, *projection, snapshot.get());
    if (!read) return refused(request, result.items.size(), std::move(read.error()));
    if (!keys.insert(item_key(**table, get.key)).second) {
      return base::invalid("Transaction request cannot include multiple operations on one item");
    }
    bytes += read->size_bytes;
    if (auto checked = store::check_transaction_size(bytes); !checked) return base::forward_error(checked);
    add_capacity(
        result.capacity,
        {.table = get.table, .table_units = read_units(read->size_bytes, ReadKind::kTransactional), .indexes = {}});
    result.items.push_back(std::move(read->item));
  }
  return result;
}

}  // namespace mrgc::engine
