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

/// How much a table holds, as of the last commit.
struct TableCounters {
  std::atomic<std::int64_t> items{0};
  std::atomic<std::int64_t> bytes{0};
};

/// A table as the engine keeps it. It never changes, so requests share it without a lock: a changed table is a new
/// `Table` with the same number and counters. A dropped one lives on until the last request that found it has ended.
struct Table {
  std::uint32_t number = 0;  ///< prefix of all the table's storage keys; never used again after the table
  std::string id;            ///< `store::TableDescription::table_id`
  std::int64_t created_ms = 0;
  store::TableSpec spec;
  std::string ttl_attribute;  ///< empty: TTL is off
  std::shared_ptr<TableCounters> counters = std::make_shared<TableCounters>();

  /// Set, while every stripe is held, when the table is dropped or replaced. A write that finds it set when its turn
  /// comes looks the table up again.
  std::atomic<bool> retired{false};

  /// The index of this name, or null.
  const store::IndexSpec* find_index(std::string_view name) const;
  std::uint16_t index_number(const store::IndexSpec& index) const {
    return static_cast<std::uint16_t>(&index - spec.indexes.data());
  }

  store::TableDescription describe(store::TableStatus status) const;
};

using TablePtr = std::shared_ptr<Table>;

/// The record of a table in the store's meta family.
item::Item encode_table(const Table& table);
/// Errors: `kStorage` when the record is not one.
Result<TablePtr> decode_table(const item::Item& record);

}  // namespace mrgc::engine
