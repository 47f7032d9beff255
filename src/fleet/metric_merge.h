#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fleet/operations.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::fleet {

/// One writer's parts on their way into a metric row that others write at the same time.
///
/// The parts lie in nested maps, by pool and then by writer, and an update can only set what lies in a map that is
/// there. So each write states which pools it takes to be there, and corrects itself by the row that a refusal shows.
/// The row's value follows in a write of its own, bound to the revision that it was computed from: when another writer
/// was quicker, that one brings the value up to date.
class MetricMerge {
 public:
  MetricMerge(Operations& operations, const MetricWrite& write);

  /// Merges, and returns the row. Errors: see `StateManager::merge_metric_parts`.
  Result<Metric> run();

 private:
  using Part = std::pair<std::string_view, const MetricPart*>;
  using PoolNames = std::set<std::string, std::less<>>;

  Result<Metric> merge(const std::vector<Part>& parts);
  Result<Metric> insert(const std::vector<Part>& parts);
  Result<Metric> update(const std::vector<Part>& parts);
  Result<Metric> bring_value_up_to_date(Metric row);
  void learn(const item::Item* found);

  Operations& operations_;
  const MetricWrite& write_;
  const MetricKind& kind_;
  const std::int64_t timestamp_;
  const std::int64_t ttl_;
  std::optional<PoolNames> pools_;  // those that the row is taken to have; nothing: it is taken not to be there
};

}  // namespace mrgc::fleet
