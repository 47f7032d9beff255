#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/item/value.h"

namespace mrgc::store {

/// An attribute that is part of a key: its name and its type, which is S, N or B.
struct KeyAttribute {
  std::string name;
  item::Type type = item::Type::kString;
  friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

/// A partition key and, optionally, a sort key (Developer Guide, "Core components: primary key").
struct KeySchema {
  KeyAttribute partition;
  std::optional<KeyAttribute> sort;
  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

/// What an index holds besides the keys of the index and of the table.
enum class Projection : std::uint8_t { kAll, kKeysOnly, kInclude };

/// A global secondary index. Items without all of its key attributes are not in it (a sparse index).
struct IndexSpec {
  std::string name;
  KeySchema keys;
  Projection projection = Projection::kAll;
  std::vector<std::string> included;  ///< the further attributes of `kInclude`; empty otherwise
  friend bool operator==(const IndexSpec&, const IndexSpec&) = default;
};

/// What a table is made of. Names have 3 to 255 of `A-Z a-z 0-9 _ - .`; a table has at most 20 indexes.
struct TableSpec {
  std::string name;
  KeySchema keys;
  std::vector<IndexSpec> indexes;
  friend bool operator==(const TableSpec&, const TableSpec&) = default;
};

enum class TableStatus : std::uint8_t { kCreating, kActive, kDeleting };

/// The status as DynamoDB writes it: `CREATING`, `ACTIVE`, `DELETING`.
std::string_view to_string(TableStatus status);

/// A table as it is.
struct TableDescription {
  TableSpec spec;
  TableStatus status = TableStatus::kActive;
  std::string table_id;                               ///< differs for every creation of a table of the same name
  std::int64_t created_ms = 0;                        ///< milliseconds since the Unix epoch
  std::uint64_t item_count = 0;                       ///< exact and current; AWS refreshes it every six hours
  std::uint64_t size_bytes = 0;                       ///< as DynamoDB counts item sizes, without indexes
  std::optional<std::string> time_to_live_attribute;  ///< set while TTL is enabled
};

}  // namespace mrgc::store
