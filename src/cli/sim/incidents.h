#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mrgc/base/random.h"

namespace mrgc::cli::sim {

/// What befalls an instance in the middle of a replay.
enum class IncidentKind : std::uint8_t {
  kDrainAndReturn,  ///< it drains, passes its cleanup validation, and comes back
  kDrainAndFail,    ///< it drains, fails its cleanup validation, and is quarantined
  kLoss,            ///< it falls silent without a word
};

/// The last incident comes when so much of the time from the first to the last arrival has passed.
inline constexpr double kLatestIncident = 0.6;

/// The longest that the wipe of a drained instance and its validation take.
inline constexpr double kLongestCleanupS = 60;

struct Incident {
  IncidentKind kind = IncidentKind::kLoss;
  std::size_t instance = 0;  ///< its place in the fleet
  std::int64_t at_ms = 0;
};

/// Draws the incidents of a fleet of `instances` between `begin_ms` and `end_ms`: of a fleet of at least 6, a tenth
/// (at least one) drain and return, one fails its validation, and one is lost; each instance meets one at most.
std::vector<Incident> roll_incidents(std::size_t instances, std::int64_t begin_ms, std::int64_t end_ms,
                                     base::Random& random);

}  // namespace mrgc::cli::sim
