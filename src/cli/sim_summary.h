#pragma once

#include <cstdint>

#include "cli/context.h"
#include "cli/sim/report.h"

namespace mrgc::cli {

/// What a replay's summary says besides what happened in it.
struct SimFacts {
  std::size_t instances = 0;
  std::uint64_t seed = 0;
  double wall_seconds = 0;  ///< real time that it took
};

/// Prints the summary for people.
void show_summary(const Context& context, const sim::SimReport& report, const SimFacts& facts);

/// Prints the summary for programs; its keys are in the help of `mrgc sim`.
void write_summary(const Context& context, const sim::SimReport& report, const SimFacts& facts);

}  // namespace mrgc::cli
