#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "cli/sim/report.h"
#include "cli/sim/trace.h"
#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/base/random.h"
#include "mrgc/engine/embedded_store.h"

namespace mrgc::cli::sim {

struct SimOptions {
  std::string own_region;  ///< from which the tables are created and an earlier replay's instances are terminated
  std::string prefix;
  std::size_t instances = 50;  ///< at least 1; spread evenly over regions and pools
  std::uint64_t seed = 1;      ///< of everything that chance decides
};

/// What a replay works with. All of it must outlive the call.
struct SimEnvironment {
  engine::EmbeddedStore& store;
  base::ManualClock& store_clock;  ///< the store's own; the replay sets it
  const base::Clock& wall_clock;   ///< tells the present, at which the replay ends
  base::Random& identities;        ///< of the instances and metric writers: must differ from run to run
  std::function<void(const Progress&)> on_progress = {};  ///< called after every minute of virtual time
  std::function<bool()> should_stop = {};                 ///< asked as often; once true, no further request arrives
};

/// Replays `trace`, which must not be empty, in virtual time that ends at the present, against a fleet whose every
/// fact lives in the store.
///
/// Instances register, load their models, become available, send heartbeats every 10 s, and meet the incidents of
/// `roll_incidents`. Each request asks the registry of its region for the best instances of its pool and takes the
/// first that has room: at most `fleet::kMaxQueueDepth` requests an instance, or the request is rejected. Metrics are
/// flushed every minute. When the last answer is there, the fleet reports once more, at the present, so that whoever
/// looks next finds it alive. Instances that an earlier replay left in the store are terminated first.
///
/// The same trace, options and present on an empty store give the same report. Errors: those of the store.
Result<SimReport> simulate(const SimEnvironment& environment, const SimOptions& options, const Trace& trace);

}  // namespace mrgc::cli::sim
