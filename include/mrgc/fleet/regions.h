#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/fleet/schema.h"
#include "mrgc/store/store.h"

namespace mrgc::fleet {

/// Where this process stands: its own region, and the store of every region it can reach.
///
/// Every region reads its own store. What must not be lost has a home region, and only the home's store takes writes
/// of it: on a global table a condition sees the local replica alone and the last write replaces the whole item, so two
/// regions that write the same item undo each other. Immutable, so thread-safe. Does not own the stores, which must
/// outlive it.
class Regions {
 public:
  /// `own`: the region of this process. `prefix`: the tables' names start with it; 1 to 200 of `A-Z a-z 0-9 _ - .`.
  /// `stores`: by region name; several regions may have the same store. A region without a store counts as unreachable.
  /// Errors: `kInvalidArgument` for a region that the schema does not have, for a bad prefix, and when `own` has no
  /// store.
  static Result<Regions> create(std::string own, std::string prefix,
                                const std::map<std::string, store::Store*, std::less<>>& stores);

  /// All regions in one store: a fleet on one machine. Errors: as `create`.
  static Result<Regions> on_one_store(std::string own, std::string prefix, store::Store& store);

  const std::string& own() const { return own_; }
  const std::string& prefix() const { return prefix_; }

  /// All regions, in the schema's order, reachable or not.
  const std::vector<std::string>& names() const { return schema().regions; }

  /// The store of `region`. Errors: `kInvalidArgument` when there is no such region, `kUnavailable` when it has no
  /// store here.
  Result<store::Store*> store(std::string_view region) const;

  /// The own region's store.
  store::Store& local() const { return *local_; }

  /// Every store once, in the order of the regions.
  std::vector<store::Store*> distinct_stores() const;

  /// The full name, such as `mrgc-gpu-instances`.
  const std::string& table_name(Table which) const { return table_names_[static_cast<std::size_t>(which)]; }

 private:
  Regions() = default;

  std::string own_;
  std::string prefix_;
  std::vector<store::Store*> stores_;  // by the region's ordinal; null when it has none
  store::Store* local_ = nullptr;
  std::array<std::string, kTableCount> table_names_;
};

}  // namespace mrgc::fleet
