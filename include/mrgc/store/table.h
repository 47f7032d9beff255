#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/item/item.h"
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

/// The key of an item that has one, by the schema of its table; with that of an index, what the item is found by there:
/// a page that ended with it goes on from this.
item::Item key_of(const item::Item& item, const KeySchema& table, const KeySchema* index = nullptr);

/// What an index holds besides the keys of the index and of the table.
enum class Projection : std::uint8_t { kAll, kKeysOnly, kInclude };

/// Capacity units a second, provisioned or at most. Kept and told; nothing here is throttled by them.
struct Throughput {
  std::int64_t read_units = 0;
  std::int64_t write_units = 0;
  friend bool operator==(const Throughput&, const Throughput&) = default;
};

/// A secondary index. Items without all of its key attributes are not in it (a sparse index). A local one has the
/// table's partition key, is made with the table and goes with it.
struct IndexSpec {
  std::string name;
  KeySchema keys;
  Projection projection = Projection::kAll;
  std::vector<std::string> included;  ///< the further attributes of `kInclude`; empty otherwise
  bool local = false;
  std::optional<Throughput> throughput;  ///< of a global index of a provisioned table
  friend bool operator==(const IndexSpec&, const IndexSpec&) = default;
};

enum class BillingMode : std::uint8_t { kPayPerRequest, kProvisioned };
enum class TableClass : std::uint8_t { kStandard, kInfrequentAccess };

/// Which images of a changed item the records of a table's stream carry.
enum class StreamView : std::uint8_t { kKeysOnly, kNewImage, kOldImage, kNewAndOldImages };

/// What can be changed of a table while it is in use.
struct TableSettings {
  BillingMode billing_mode = BillingMode::kPayPerRequest;
  std::optional<Throughput> throughput;        ///< of a provisioned table
  std::optional<Throughput> on_demand_limits;  ///< of an on-demand table; 0: no limit
  std::optional<StreamView> stream;            ///< set while the table has a stream
  bool deletion_protection = false;            ///< `delete_table` is refused
  std::optional<TableClass> table_class;
  std::map<std::string, std::string, std::less<>> tags;  ///< at most 50
  friend bool operator==(const TableSettings&, const TableSettings&) = default;
};

/// What a table is made of. Names have 3 to 255 of `A-Z a-z 0-9 _ - .`; a table has at most 20 global and 5 local
/// indexes.
struct TableSpec {
  std::string name;
  KeySchema keys;
  std::vector<IndexSpec> indexes;
  TableSettings settings;
  friend bool operator==(const TableSpec&, const TableSpec&) = default;
};

/// Of a table or an index. An index that is being created is filled from the table meanwhile.
enum class TableStatus : std::uint8_t { kCreating, kActive, kDeleting, kUpdating };

/// The status as DynamoDB writes it: `CREATING`, `ACTIVE`, `DELETING`, `UPDATING`.
std::string_view to_string(TableStatus status);

/// An index as it is.
struct IndexDescription {
  TableStatus status = TableStatus::kActive;
  std::uint64_t item_count = 0;  ///< exact and current
  std::uint64_t size_bytes = 0;  ///< of the projected items, as DynamoDB counts item sizes
};

/// A table as it is.
struct TableDescription {
  TableSpec spec;
  TableStatus status = TableStatus::kActive;
  std::string table_id;                               ///< differs for every creation of a table of the same name
  std::int64_t created_ms = 0;                        ///< milliseconds since the Unix epoch
  std::uint64_t item_count = 0;                       ///< exact and current; AWS refreshes it every six hours
  std::uint64_t size_bytes = 0;                       ///< as DynamoDB counts item sizes, without indexes
  std::optional<std::string> time_to_live_attribute;  ///< set while TTL is enabled
  std::vector<IndexDescription> indexes;              ///< in the order of `spec.indexes`
  /// Of the table's latest stream, when it has or had one: the part of the stream's name that differs for each, and
  /// the time of its beginning, milliseconds since the Unix epoch.
  std::optional<std::int64_t> stream_created_ms;
  /// When the table was last made one that is paid by the request, milliseconds since the Unix epoch; nothing when it
  /// never was one.
  std::optional<std::int64_t> on_demand_since_ms;
};

}  // namespace mrgc::store
