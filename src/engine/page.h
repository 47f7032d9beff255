#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/entry_walk.h"
#include "engine/kv.h"
#include "engine/table.h"
#include "expression/condition.h"
#include "expression/key_condition.h"
#include "expression/projection.h"
#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// The expressions of a query or scan.
struct PageExpressions {
  std::optional<expression::KeyExpression> key;  ///< of a query
  std::optional<expression::Condition> filter;
  std::optional<expression::Projection> projection;
};

/// Parses the expressions of a query or scan, and checks all that can be told of a request without its table: AWS does
/// that first.
Result<PageExpressions> parse_expressions(const store::QueryRequest& request);
Result<PageExpressions> parse_expressions(const store::ScanRequest& request);

/// The part of a query or scan that both share: which table and index, what to keep and return, and where to go on.
struct PageSpec {
  TablePtr table;
  const store::IndexSpec* index = nullptr;  ///< null: the table itself; owned by `table`
  std::optional<expression::Condition> filter;
  std::optional<expression::Projection> projection;
  store::Select select = store::Select::kDefault;
  std::optional<std::int64_t> limit;
  std::optional<std::string> start_after;  ///< the storage key to go on behind
  bool consistent_read = false;
  bool scans = false;    ///< a scan, of which AWS tells some faults in other words than of a query
  bool fetches = false;  ///< a local index does not hold all that is asked for: items are read from the table

  const store::KeySchema& keys() const { return index == nullptr ? table->spec.keys : index->keys; }
  Family family() const { return index == nullptr ? Family::kItems : Family::kIndexes; }

  /// Cuts `range` to what lies behind `start_after` in its direction.
  void go_on(WalkRange& range) const;
};

/// The page of a request's members of the same names, but for where it starts. What is wrong with several parts of a
/// request is told in an order; the callers of these functions know it.
template <typename Request>
Result<PageSpec> prepare_page(TablePtr table, const Request& request, PageExpressions expressions);

extern template Result<PageSpec> prepare_page(TablePtr, const store::QueryRequest&, PageExpressions);
extern template Result<PageSpec> prepare_page(TablePtr, const store::ScanRequest&, PageExpressions);

/// Whether a `LastEvaluatedKey` has as many attributes as those of this table or index; empty: it is none.
Result<void> check_start_size(const PageSpec& spec, const item::Item& exclusive_start_key);

/// Whether it has this key of the table or index.
Result<void> check_start_has(const store::KeyAttribute& key, const item::Item& exclusive_start_key);

/// Lets the page go on behind it.
Result<void> set_start(PageSpec& spec, const item::Item& exclusive_start_key);

/// Whether what `Select` asks for can be had; decides whether it is fetched from the table.
Result<void> check_select(PageSpec& spec);

/// Whether the expressions can be had of the table or index; decides whether it is fetched from the table.
Result<void> check_page(PageSpec& spec);

/// Takes entries from the walk until the page is full; items that are fetched from the table for them are those of
/// `moment`, which is the walk's. Errors: `kWouldBlock` when that takes more than `max_entries`, of which each counts
/// for more when the filter is long.
Result<store::PageResult> collect_page(const PageSpec& spec, EntryWalk& entries, const KvReader& kv,
                                       const KvSnapshot* moment, std::int64_t max_entries);

}  // namespace mrgc::engine
