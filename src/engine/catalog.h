#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kv.h"
#include "engine/table.h"

namespace mrgc::engine {

/// The store's tables by name: those that there are, and those that there will be once everything decided is committed.
/// Thread-safe.
class Catalog {
 public:
  /// Reads the tables of the store.
  Result<void> load(const KvStore& kv);

  /// Which tables to look at.
  enum class As {
    kCommitted,  ///< for everyone who is answered
    kDecided     ///< for the next decision
  };

  /// The table of this name. Errors: `kResourceNotFound`, with DynamoDB's words for operations on items.
  Result<TablePtr> find(std::string_view name, As as = As::kCommitted) const;

  /// As `find`, with DynamoDB's words for operations on tables, which name the table.
  Result<TablePtr> find_to_manage(std::string_view name, As as = As::kCommitted) const;

  /// The decided table of this number, or null when it is gone.
  TablePtr find_decided(std::uint32_t number) const;

  std::vector<TablePtr> all() const;

  /// Up to `limit` names after `after`, ascending, and whether there are more.
  std::pair<std::vector<std::string>, bool> names(std::string_view after, std::size_t limit) const;

  /// Decides that there will be this table, and gives it a number that none has had; false when the name is taken.
  bool decide_new(const TablePtr& table);
  /// Decides that `table` will be in the place of the one with its name, or that there will be none.
  void decide(const TablePtr& table);
  void decide_removal(const std::string& name);

  /// What was decided is committed. To be called in the order of the decisions.
  void publish(const TablePtr& table);
  void publish_removal(const std::string& name);

  /// How many removals, of tables and of indexes, were published so far.
  std::uint64_t removals() const { return removals_.load(); }

  /// Whether more removals were decided than those first ones.
  bool has_removals_since(std::uint64_t removals) const { return decided_removals_.load() != removals; }

  /// Whether `kv` may lack something that the table of this name had after those first removals.
  bool may_lack_some(const KvReader& kv, std::string_view name, std::uint64_t removals) const;

  /// Adds to `batch` the records that make the table known after a restart, or forgotten. To be called while all
  /// stripes are held, so that table numbers are recorded in their order.
  void record(KvBatch& batch, const Table& table) const;
  void forget(KvBatch& batch, const Table& table) const;

 private:
  using Tables = std::map<std::string, TablePtr, std::less<>>;

  mutable std::shared_mutex mutex_;
  Tables committed_;               // guarded by mutex_
  Tables decided_;                 // guarded by mutex_
  std::uint32_t last_number_ = 0;  // guarded by mutex_
  std::atomic<std::uint64_t> decided_removals_{0};
  std::atomic<std::uint64_t> removals_{0};
};

}  // namespace mrgc::engine
