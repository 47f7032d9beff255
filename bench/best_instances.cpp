#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <ranges>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/figures.h"
#include "bench/fleet.h"
#include "bench/must.h"
#include "bench/raw.h"
#include "bench/series.h"

namespace mrgc::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBest = 5;
constexpr std::size_t kFallen = 20'000;
constexpr double kChangesPerSecond = 5'000;
constexpr double kMaxChanging_us = 25;
constexpr double kMaxFallen_us = 100;
constexpr int kCallsBeforeFall = 100;
constexpr int kCallsAfterFall = 200;

// Changes scores in the background at a steady rate: `change(count)` is called with how many are due.
class Changes {
 public:
  explicit Changes(std::function<void(std::size_t)> change)
      : change_(std::move(change)), thread_([this](const std::stop_token& stop) { run(stop); }) {
    // So that what is measured begins in the steady state.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }

  /// Ends the changes; returns how many there were a second.
  double stop() {
    thread_.request_stop();
    thread_.join();
    return static_cast<double>(done_) / std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const double elapsed_s = std::chrono::duration<double>(Clock::now() - start_).count();
      if (const auto due = static_cast<std::size_t>(elapsed_s * kChangesPerSecond); due > done_) {
        change_(due - done_);
        done_ = due;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::function<void(std::size_t)> change_;
  const Clock::time_point start_ = Clock::now();
  std::size_t done_ = 0;
  std::jthread thread_;
};

void read_best(Fleet& fleet) {
  const fleet::BestInstances best = must(fleet.registry().get_best_instances_for_routing(kRegion, kBest));
  if (best.instances.size() != kBest) throw std::runtime_error("fewer instances than there are");
}

void while_changing_ours(Fleet& fleet, benchmark::State& state) {
  std::mt19937_64 random(1);
  Changes changes([&](std::size_t due) {
    for (; due > 0; --due) fleet.update_routing(instance_id(random() % kMedium), random_facts(random));
  });
  Latencies latencies;
  for ([[maybe_unused]] auto _ : state) latencies.measure([&] { read_best(fleet); });
  state.counters["changes_per_s"] = changes.stop();
  fleet.await_updates();
  latencies.report(state);
}

void while_changing_raw(Raw& raw, std::vector<Raw::Row>& rows, benchmark::State& state) {
  std::mt19937_64 random(1);
  const std::string any_key = rows.front().index_key;
  Changes changes([&](std::size_t due) {
    rocksdb::WriteBatch batch;
    for (; due > 0; --due) raw.move(batch, rows[random() % rows.size()], random_facts(random).routing_score);
    raw.write(batch, /*sync=*/true);
  });
  Latencies latencies;
  for ([[maybe_unused]] auto _ : state) {
    latencies.measure([&] { benchmark::DoNotOptimize(raw.read_best(any_key, kBest)); });
  }
  state.counters["changes_per_s"] = changes.stop();
  latencies.report(state);
}

// In a store just opened, which has no directory yet, but in which routers have been at work.
void after_fall_ours(const Options& options, benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    Fleet fleet(store_folder(options, kMedium), engine::Durability::kSync);
    for (int i = 0; i < kCallsBeforeFall; ++i) read_best(fleet);
    fleet::ListOptions list;
    list.limit = kFallen;
    std::mt19937_64 random(1);
    for (const fleet::RoutingState& row : must(fleet.state().list_routing_by_region(kRegion, list)).rows) {
      fleet.update_routing(row.instance_id, fallen_facts(random));
    }
    fleet.await_updates();
    Latencies latencies;
    for (int i = 0; i < kCallsAfterFall; ++i) latencies.measure([&] { read_best(fleet); });
    latencies.report(state);
  }
}

void after_fall_raw(Raw& raw, std::vector<Raw::Row>& rows, benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    std::ranges::sort(rows, std::ranges::greater(), &Raw::Row::index_key);
    for (int i = 0; i < kCallsBeforeFall; ++i) {
      benchmark::DoNotOptimize(raw.read_best(rows.front().index_key, kBest));
    }
    std::mt19937_64 random(1);
    for (Raw::Row& row : rows | std::views::take(kFallen)) {
      rocksdb::WriteBatch batch;
      raw.move(batch, row, fallen_facts(random).routing_score);
      raw.write(batch, /*sync=*/false);
    }
    Latencies latencies;
    for (int i = 0; i < kCallsAfterFall; ++i) {
      latencies.measure([&] { benchmark::DoNotOptimize(raw.read_best(rows.front().index_key, kBest)); });
    }
    latencies.report(state);
  }
}

void add_figure(Report& report, const Series& series, const std::string& situation, const std::string& name,
                const std::string& counter, double max_us) {
  const double ours = series.counter(name + "/ours", counter);
  Figure figure{.name = fmt::format("best 5 of 100,000, {}", situation),
                .unit = "µs",
                .ours = ours,
                .raw = series.counter(name + "/raw", counter)};
  if (max_us > 0) {
    figure.target = fmt::format("<= {} µs", max_us);
    figure.met = ours <= max_us;
  }
  report.add(std::move(figure));
}

}  // namespace

void measure_best_instances(const Options& options, Report& report) {
  Raw raw(store_folder(options, kMedium), copy_folder(options, kMedium));
  Fleet fleet(store_folder(options, kMedium), engine::Durability::kSync);
  std::vector<Raw::Row> rows = raw.rows_with("routing_score");
  Series series(options.repetitions);
  series.add("best/ours", [&](benchmark::State& state) { while_changing_ours(fleet, state); })->MinTime(1);
  series.add("best/raw", [&](benchmark::State& state) { while_changing_raw(raw, rows, state); })->MinTime(1);
  series.run();
  add_figure(report, series, "5,000 scores a second change: half the calls", "best", "p50_us", kMaxChanging_us);
  add_figure(report, series, "5,000 scores a second change: 99 of 100 calls", "best", "p99_us", 0);
  add_figure(report, series, "5,000 scores a second change: the first call", "best", "first_us", 0);
  report.add({.name = "... scores a second that changed meanwhile",
              .unit = "/s",
              .ours = series.counter("best/ours", "changes_per_s"),
              .raw = series.counter("best/raw", "changes_per_s")});
}

void measure_best_after_fall(const Options& options, Report& report) {
  Raw raw(store_folder(options, kMedium), copy_folder(options, kMedium));
  std::vector<Raw::Row> rows = raw.rows_with("routing_score");
  // Each time the best 20,000 fall behind all others: after five times the order begins anew.
  Series series(options.repetitions);
  series.add("fall/ours", [&](benchmark::State& state) { after_fall_ours(options, state); })->Iterations(1);
  series.add("fall/raw", [&](benchmark::State& state) { after_fall_raw(raw, rows, state); })->Iterations(1);
  series.run();
  add_figure(report, series, "just after 20,000 fell: the first call", "fall", "first_us", kMaxFallen_us);
  add_figure(report, series, "just after 20,000 fell: half the calls", "fall", "p50_us", kMaxFallen_us);
  add_figure(report, series, "just after 20,000 fell: 99 of 100 calls", "fall", "p99_us", 0);
}

}  // namespace mrgc::bench
