#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/item/item.h"
#include "mrgc/store/table.h"

namespace mrgc::engine {

/// How much a table or an index holds, as of the last commit.
struct Counters {
  std::atomic<std::int64_t> items{0};
  std::atomic<std::int64_t> bytes{0};
};

/// What the engine keeps of an index, besides what was asked for.
struct TableIndex {
  std::uint16_t number = 0;  ///< part of its storage keys; never used again in the table
  store::TableStatus status = store::TableStatus::kActive;
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();
};

/// A table as the engine keeps it. It never changes, so requests share it without a lock: a changed table is a new
/// `Table` with the same number and counters. A dropped one lives on until the last request that found it has ended.
struct Table {
  std::uint32_t number = 0;  ///< prefix of all the table's storage keys; never used again after the table
  std::string id;            ///< `store::TableDescription::table_id`
  std::int64_t created_ms = 0;
  store::TableSpec spec;
  std::vector<TableIndex> indexes;  ///< of each index in `spec`
  std::uint16_t next_index_number = 0;
  std::string ttl_attribute;                       ///< empty: TTL is off
  std::optional<std::int64_t> stream_created_ms;   ///< of its latest stream
  std::optional<std::int64_t> on_demand_since_ms;  ///< see `store::TableDescription`
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();

  std::uint64_t last_removal = 0;  ///< the catalog's number of the last removal that this table comes after

  /// Set, while every stripe is held, when the table is dropped or replaced. A write that finds it set when its turn
  /// comes looks the table up again, among the decided ones.
  std::atomic<bool> retired{false};

  /// The index of this name, or of this `TableIndex::number`, or null.
  const store::IndexSpec* find_index(std::string_view name) const;
  const store::IndexSpec* find_index(std::uint16_t index_number) const;
  /// `index` is one of `spec`.
  const TableIndex& index_state(const store::IndexSpec& index) const {
    return indexes[static_cast<std::size_t>(&index - spec.indexes.data())];
  }

  void add_index(store::IndexSpec index, store::TableStatus status);
  /// `name` is the name of an index that there is.
  void remove_index(std::string_view name);
  /// Whether an index is being made.
  bool is_updating() const;
  bool has_local_index() const;

  /// A table that takes the place of this one: the same number, identity and counters, to be changed.
  std::shared_ptr<Table> successor() const;

  store::TableDescription describe() const;
};

using TablePtr = std::shared_ptr<Table>;

}  // namespace mrgc::engine
