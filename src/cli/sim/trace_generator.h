#pragma once

#include <cstddef>
#include <cstdint>

#include "cli/sim/trace.h"
#include "mrgc/base/random.h"

namespace mrgc::cli::sim {

struct GeneratorOptions {
  std::size_t requests = 9000;  ///< 1 to `kMaxRequests`
  std::int64_t minutes = 60;    ///< over how long they arrive, 1 to 10,080 (`kMaxSpanMs`)
};

/// Makes a trace like those of production services: arrivals come in bursts (calm times and short ones of several times
/// the rate alternate), and lengths are long-tailed (log-normal). Begins at the Unix epoch. The same random sequence
/// gives the same trace.
Trace generate_trace(const GeneratorOptions& options, base::Random& random);

}  // namespace mrgc::cli::sim
