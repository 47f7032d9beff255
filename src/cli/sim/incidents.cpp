#include "cli/sim/incidents.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "cli/sim/dice.h"

namespace mrgc::cli::sim {
namespace {

constexpr std::size_t kSmallestTroubledFleet = 6;

// Late enough that the fleet is at work, early enough that the replay sees the consequences.
constexpr double kEarliest = 0.15;
static_assert(kEarliest < kLatestIncident);

}  // namespace

std::vector<Incident> roll_incidents(std::size_t instances, std::int64_t begin_ms, std::int64_t end_ms,
                                     base::Random& random) {
  std::vector<Incident> incidents;
  if (instances < kSmallestTroubledFleet) return incidents;
  std::vector<IncidentKind> kinds(std::max<std::size_t>(1, instances / 10), IncidentKind::kDrainAndReturn);
  kinds.push_back(IncidentKind::kDrainAndFail);
  kinds.push_back(IncidentKind::kLoss);
  std::vector<std::size_t> places(instances);
  std::iota(places.begin(), places.end(), 0);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto left = static_cast<double>(instances - i);
    std::swap(places[i], places[i + static_cast<std::size_t>(roll(random) * left)]);
    const double when = roll_between(random, kEarliest, kLatestIncident);
    const auto offset_ms = static_cast<std::int64_t>(when * static_cast<double>(end_ms - begin_ms));
    incidents.push_back({.kind = kinds[i], .instance = places[i], .at_ms = begin_ms + offset_ms});
  }
  return incidents;
}

}  // namespace mrgc::cli::sim
