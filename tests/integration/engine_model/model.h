#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "integration/engine_model/expressions.h"

/// What the store should do, as simply as it can be said: a table is a map in memory.
namespace mrgc::model {

/// `pk` and `sk`.
using Key = std::pair<std::string, std::int64_t>;

item::Item to_item(const Key& key);

struct Table {
  std::map<Key, Attributes> items;
  std::string ttl_attribute;  ///< empty: TTL is off

  /// The item, or nothing inside.
  std::optional<Attributes> find(const Key& key) const;
  void set(const Key& key, const std::optional<Attributes>& item);
};

/// The entries of a table, or of an index of a sample table, that a query selects.
struct Selection {
  std::string index;                                ///< empty: the table
  std::string partition;                            ///< the value of the partition key
  std::function<bool(std::int64_t)> sort_key_fits;  ///< null: any
};

/// Where an entry stands in its partition: the sort key and, behind it in indexes, the item's key.
using Position = std::pair<std::int64_t, Key>;

/// The entries, as they are projected, in their order.
std::map<Position, Attributes> entries_of(const Table& table, const Selection& selection);

/// All entries of the table or index, in no particular order.
std::vector<Attributes> all_entries(const Table& table, const std::string& index);

/// The attributes of an entry's key, as `LastEvaluatedKey` has them.
Attributes key_of_entry(const std::string& index, const Attributes& entry);

}  // namespace mrgc::model
