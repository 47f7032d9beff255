#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/item/value.h"
#include "mrgc/store/table.h"

/// The fleet's five tables, as `schema/tables.json` defines them. The file is part of the library; nothing is read at
/// run time.

namespace mrgc::fleet {

/// The five tables, in the order of the schema file.
enum class Table : std::uint8_t { kGpuInstances, kRoutingState, kAutoscalingState, kCleanupValidation, kMetrics };
inline constexpr std::size_t kTableCount = 5;

/// An attribute of a table.
struct AttributeSchema {
  std::string name;
  item::Type type = item::Type::kString;
  std::string description;
  std::vector<std::string> allowed;  ///< the only values it may have; empty: any
  bool addition = false;             ///< whether it goes beyond the specification's own list
};

/// How long a table's rows live.
struct TimeToLiveSchema {
  std::string attribute;     ///< holds the Unix time in seconds after which the row is gone
  std::int64_t after_s = 0;  ///< how long after `counts_from`
  std::string counts_from;   ///< in words
};

struct TableSchema {
  std::string name;  ///< without prefix, such as `gpu-instances`
  std::string purpose;
  store::KeySchema keys;
  std::vector<AttributeSchema> attributes;
  std::vector<store::IndexSpec> indexes;
  TimeToLiveSchema ttl;
};

/// All of it. Immutable, so thread-safe.
struct Schema {
  std::string default_prefix;
  std::vector<std::string> regions;  ///< in order, at most 60; the first is the primary
  std::vector<TableSchema> tables;   ///< in the order of `Table`

  const TableSchema& table(Table which) const { return tables[static_cast<std::size_t>(which)]; }

  /// A region's place in `regions`, or nothing when it is none of them. It tells apart what the regions write for the
  /// same moment: see `Metric::timestamp`.
  std::optional<std::int64_t> region_ordinal(std::string_view region) const;

  /// The full name, such as `mrgc-gpu-instances`.
  std::string table_name(Table which, std::string_view prefix) const;

  /// What to create for `which`.
  store::TableSpec table_spec(Table which, std::string_view prefix) const;
};

/// The schema that is built into the library.
const Schema& schema();

/// Reads text in the form of `schema/tables.json`.
/// Errors: `kValidation`, naming what is missing, of the wrong type, or unknown.
Result<Schema> parse_schema(std::string_view json);

}  // namespace mrgc::fleet
