#include "engine/capacity_sum.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mrgc::engine {
namespace {

using IndexUnits = std::vector<std::pair<std::string, double>>;

void add_units(IndexUnits& sum, const IndexUnits& more) {
  for (const auto& [index, units] : more) {
    const auto found = std::ranges::find(sum, index, &IndexUnits::value_type::first);
    if (found == sum.end()) {
      sum.emplace_back(index, units);
    } else {
      found->second += units;
    }
  }
}

}  // namespace

void add_capacity(std::vector<store::ConsumedCapacity>& sums, const store::ConsumedCapacity& more) {
  const auto sum = std::ranges::find(sums, more.table, &store::ConsumedCapacity::table);
  if (sum == sums.end()) return sums.push_back(more);
  sum->table_units += more.table_units;
  add_units(sum->indexes, more.indexes);
  add_units(sum->local_indexes, more.local_indexes);
}

}  // namespace mrgc::engine
