#include "cli/sim/simulation.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "cli/sim/fleet_plan.h"
#include "cli/sim/parallel.h"
#include "cli/sim/region_lane.h"
#include "cli/sim/workload.h"
#include "mrgc/base/executor.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli::sim {
namespace {

// Before the first arrival: longer than any instance loads its model.
constexpr std::int64_t kWarmUpMs = 60'000;

// Most of what happens at one moment is heartbeats; so many share a sync.
constexpr std::size_t kWriterThreads = 24;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kRunIdBytes = 6;
constexpr std::size_t kSweepItems = 1'000'000;

void add(fleet::StateStats& sum, const fleet::StateStats& other) {
  sum.reads += other.reads;
  sum.writes += other.writes;
  sum.read_units += other.read_units;
  sum.write_units += other.write_units;
}

std::string_view describe(Phase phase) {
  switch (phase) {
    case Phase::kAbsent: return "absent";
    case Phase::kLoading: return "launching";
    case Phase::kServing: return "available";
    case Phase::kDraining:
    case Phase::kCleaning: return "draining";
    case Phase::kQuarantined: return "quarantined";
    case Phase::kLost: return "lost";
  }
  std::unreachable();
}

class Simulation {
 public:
  Simulation(const SimEnvironment& environment, const SimOptions& options)
      : environment_(environment),
        options_(options),
        writers_(kWriterThreads, "sim-writer"),
        lane_threads_(fleet::schema().regions.size(), "sim-region") {}

  Result<SimReport> run(const Trace& trace) {
    if (Result<void> planned = plan(trace); !planned) return base::forward_error(planned);
    if (Result<void> prepared = prepare_store(); !prepared) return base::forward_error(prepared);
    if (Result<void> replayed = replay(); !replayed) return base::forward_error(replayed);
    return report();
  }

 private:
  Result<void> plan(const Trace& trace) {
    present_ms_ = environment_.wall_clock.now_ms();
    base::SeededRandom random(options_.seed);
    const std::size_t region_count = fleet::schema().regions.size();
    Workload workload = place_trace(trace, region_count, present_ms_, random);
    begin_ms_ = workload.begin_ms;
    end_ms_ = workload.end_ms;
    now_ms_ = begin_ms_ - kWarmUpMs;
    set_store_time(now_ms_);
    const std::string run = environment_.identities.hex_id(kRunIdBytes);
    auto plans = plan_fleet(options_.instances, run, std::move(workload), random);
    for (std::size_t i = 0; i < region_count; ++i) {
      auto regions = fleet::Regions::on_one_store(fleet::schema().regions[i], options_.prefix, environment_.store);
      if (!regions) return base::forward_error(regions);
      regions_.push_back(std::move(*regions));
      lanes_.push_back(
          std::make_unique<RegionLane>(regions_.back(), writers_, environment_.identities, std::move(plans[i])));
    }
    return {};
  }

  // Makes the tables, and takes out of service what an earlier replay left: its instances, though nobody runs them any
  // more, would look alive to this one, whose virtual time lies before their last word.
  Result<void> prepare_store() {
    auto regions = fleet::Regions::on_one_store(options_.own_region, options_.prefix, environment_.store);
    if (!regions) return base::forward_error(regions);
    fleet::StateManager state(*regions, environment_.store_clock);
    if (Result<void> created = state.create_tables(); !created) return created;
    fleet::InstanceRegistry registry(state, environment_.store_clock);
    auto listing = fleet::list_all([&](const fleet::ListOptions& options) { return state.scan_instances(options); });
    if (!listing) return base::forward_error(listing);
    std::erase_if(listing->rows, [](const fleet::GpuInstance& instance) {
      return instance.state == fleet::InstanceState::kTerminated || !instance.metadata.contains(kSimulationMark);
    });
    Result<void> terminated = run_all(writers_, listing->rows.size(), [&](std::size_t i) -> Result<void> {
      auto marked = registry.mark_instance_terminated(listing->rows[i].instance_id);
      if (!marked) return base::forward_error(marked);
      return {};
    });
    preparation_ = state.stats();
    return terminated;
  }

  Result<void> replay() {
    Result<void> done = in_all_lanes([&](RegionLane& lane) { return lane.launch(now_ms_); });
    while (done && !is_over()) {
      const std::int64_t from_ms = now_ms_;
      now_ms_ = end_of_window(from_ms);
      set_store_time(from_ms);
      done = in_all_lanes([&](RegionLane& lane) { return lane.advance(from_ms, now_ms_); });
      environment_.store.sweep_expired(kSweepItems);
      stop_if_asked();
      tell_progress(from_ms);
    }
    if (!done) return done;
    // The fleet lives on until the present, which has moved while the past was replayed.
    now_ms_ = environment_.wall_clock.now_ms();
    for (const auto& lane : lanes_) now_ms_ = std::max(now_ms_, lane->now_ms());
    set_store_time(now_ms_);
    return in_all_lanes([&](RegionLane& lane) { return lane.finish(now_ms_); });
  }

  // Lanes run for a minute without waiting for one another, but not beyond the present.
  std::int64_t end_of_window(std::int64_t from_ms) const {
    const std::int64_t minute_ms = (from_ms / kMinuteMs + 1) * kMinuteMs;
    return from_ms < present_ms_ ? std::min(minute_ms, present_ms_) : minute_ms;
  }

  bool is_over() const {
    return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->idle(); });
  }

  template <typename Work>
  Result<void> in_all_lanes(const Work& work) {
    return run_all(lane_threads_, lanes_.size(), [&](std::size_t i) { return work(*lanes_[i]); });
  }

  void set_store_time(std::int64_t now_ms) { environment_.store_clock.set_ms(now_ms); }

  void stop_if_asked() {
    if (interrupted_ || !environment_.should_stop || !environment_.should_stop()) return;
    interrupted_ = true;
    for (const auto& lane : lanes_) lane->stop_arrivals();
  }

  void tell_progress(std::int64_t from_ms) {
    if (!environment_.on_progress) return;
    Progress progress{.total = total(), .state = stats(), .begin_ms = begin_ms_, .end_ms = end_ms_, .now_ms = now_ms_};
    for (const auto& lane : lanes_) {
      for (const SimInstance& instance : lane->fleet().instances()) {
        ++progress.instances[std::string(describe(instance.phase))];
      }
    }
    const auto served = static_cast<double>(progress.total.served - std::exchange(told_served_, progress.total.served));
    progress.recent_rps = served * 1000 / static_cast<double>(now_ms_ - from_ms);
    environment_.on_progress(progress);
  }

  Outcome total() const {
    Outcome sum;
    for (const auto& lane : lanes_) {
      for (const Outcome& outcome : lane->outcomes()) sum.merge(outcome);
    }
    return sum;
  }

  fleet::StateStats stats() const {
    fleet::StateStats sum = preparation_;
    for (const auto& lane : lanes_) add(sum, lane->fleet().stats());
    return sum;
  }

  SimReport report() const {
    SimReport report{.total = total(), .state = stats(), .begin_ms = begin_ms_, .interrupted = interrupted_};
    for (const ModelPool& pool : kModelPools) report.pools.push_back({.name = std::string(pool.name)});
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const RegionLane& lane = *lanes_[i];
      ReportRow& region = report.regions.emplace_back();
      region.name = fleet::schema().regions[i];
      region.instances = lane.fleet().instances().size();
      for (std::size_t pool = 0; pool < kModelPools.size(); ++pool) {
        region.outcome.merge(lane.outcomes()[pool]);
        report.pools[pool].outcome.merge(lane.outcomes()[pool]);
      }
      for (const SimInstance& instance : lane.fleet().instances()) {
        ++report.pools[instance.pool].instances;
        report.peak_active = std::max(report.peak_active, instance.peak_active);
      }
      report.incidents.merge(lane.incidents());
      report.end_ms = std::max(report.end_ms, lane.last_answer_ms());
    }
    return report;
  }

  const SimEnvironment& environment_;
  const SimOptions& options_;
  base::ThreadExecutor writers_;
  base::ThreadExecutor lane_threads_;
  std::deque<fleet::Regions> regions_;  // never moved: the lanes refer to them
  std::vector<std::unique_ptr<RegionLane>> lanes_;
  std::int64_t present_ms_ = 0;  // when the replay began, and where its virtual time ends
  std::int64_t begin_ms_ = 0;
  std::int64_t end_ms_ = 0;
  std::int64_t now_ms_ = 0;
  bool interrupted_ = false;
  fleet::StateStats preparation_;
  std::uint64_t told_served_ = 0;
};

}  // namespace

Result<SimReport> simulate(const SimEnvironment& environment, const SimOptions& options, const Trace& trace) {
  return Simulation(environment, options).run(trace);
}

}  // namespace mrgc::cli::sim
