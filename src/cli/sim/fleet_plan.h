#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "cli/sim/region_lane.h"
#include "cli/sim/workload.h"
#include "mrgc/base/random.h"

namespace mrgc::cli::sim {

/// The attribute of an instance's metadata that tells simulated ones from real ones. Holds the run's id.
inline constexpr std::string_view kSimulationMark = "simulation";

/// Distributes `instances` over all regions and pools, the workload's requests over the regions, and draws what
/// befalls the instances. One plan for each region, in the schema's order. Instance ids begin with `run`, 12
/// hexadecimal digits, and order alike in every run, because ties between equal scores are broken by them.
std::vector<LanePlan> plan_fleet(std::size_t instances, std::string_view run, Workload workload, base::Random& random);

}  // namespace mrgc::cli::sim
