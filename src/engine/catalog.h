#pragma once

#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kv.h"
#include "engine/table.h"

namespace mrgc::engine {

/// The store's tables by name. Thread-safe.
class Catalog {
 public:
  /// Reads the tables of the store.
  Result<void> load(const KvStore& kv);

  /// The table of this name. Errors: `kResourceNotFound`, with DynamoDB's words for operations on items.
  Result<TablePtr> find(std::string_view name) const;

  /// As `find`, with DynamoDB's words for operations on tables, which name the table.
  Result<TablePtr> find_to_manage(std::string_view name) const;

  /// The table of this number, or null when it is gone.
  TablePtr find(std::uint32_t number) const;

  std::vector<TablePtr> all() const;

  /// Up to `limit` names after `after`, ascending, and whether there are more.
  std::pair<std::vector<std::string>, bool> names(std::string_view after, std::size_t limit) const;

  /// Takes the name for a table whose creation is being committed, and gives the table a number that none has had;
  /// false when the name is taken.
  bool reserve(const TablePtr& table);
  /// The reserved table is committed, or was not.
  void settle(const TablePtr& table, bool committed);

  /// Puts `table` in the place of the one with its name.
  void replace(const TablePtr& table);
  void remove(const std::string& name);

  /// Adds to `batch` the records that make the table known after a restart, or forgotten. To be called while all
  /// stripes are held, so that table numbers are recorded in their order.
  void record(KvBatch& batch, const Table& table) const;
  void forget(KvBatch& batch, const Table& table) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, TablePtr, std::less<>> tables_;    // guarded by mutex_
  std::map<std::string, TablePtr, std::less<>> creating_;  // guarded by mutex_
  std::uint32_t last_number_ = 0;                          // guarded by mutex_
};

}  // namespace mrgc::engine
