#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <random>
#include <stdexcept>
#include <vector>

#include "bench/figures.h"
#include "bench/fleet.h"
#include "bench/must.h"
#include "bench/raw.h"
#include "bench/series.h"

namespace mrgc::bench {
namespace {

constexpr int kThreads = 16;
constexpr double kMaxGrowth = 2;
// Many short repetitions: how long a sync takes changes by the second.
constexpr double kSlice_s = 0.25;
constexpr int kSlices = 3;

// Conditional heartbeats of the first `instances` instances, in random order.
Series::Function ours(Fleet& fleet, std::size_t instances) {
  return [&fleet, instances](benchmark::State& state) {
    std::minstd_rand random(static_cast<unsigned>(state.thread_index()) + 1);
    for ([[maybe_unused]] auto _ : state) {
      must(fleet.registry().heartbeat(instance_id(random() % instances), static_cast<std::int64_t>(random() % 11)));
    }
    state.SetItemsProcessed(state.iterations());
  };
}

// The same batches: the item and its log record. With `read`, the item is read first, as a condition has to.
Series::Function raw(Raw& raw, const std::vector<Raw::Row>& rows, std::size_t instances, bool sync, bool read) {
  return [&raw, &rows, instances, sync, read](benchmark::State& state) {
    std::minstd_rand random(static_cast<unsigned>(state.thread_index()) + 1);
    for ([[maybe_unused]] auto _ : state) {
      const Raw::Row& row = rows[random() % instances];
      if (read) {
        rocksdb::PinnableSlice value;
        const rocksdb::Status status = raw.db().Get({}, raw.family(engine::Family::kItems), row.key, &value);
        if (!status.ok()) throw std::runtime_error(status.ToString());
      }
      rocksdb::WriteBatch batch;
      raw.put(batch, row.key, row.item);
      raw.write(batch, sync);
    }
    state.SetItemsProcessed(state.iterations());
  };
}

}  // namespace

void measure_synced_heartbeats(const Options& options, Report& report) {
  Raw copy(store_folder(options, kMedium), copy_folder(options, kMedium));
  Fleet fleet(store_folder(options, kMedium), engine::Durability::kSync);
  const std::vector<Raw::Row> rows = copy.rows_with("launch_time");
  fleet.warm_up(kMedium);
  struct Case {
    std::string name;
    std::string text;
    std::size_t instances;
  };
  const std::vector<Case> cases = {{"many", "16 threads of synced heartbeats, 100,000 instances", kMedium},
                                   {"one", "16 threads of synced heartbeats, one instance", 1}};

  Series series(kSlices * options.repetitions);
  for (const Case& c : cases) {
    series.add(c.name + "/ours", ours(fleet, c.instances))->Threads(kThreads)->MinTime(kSlice_s);
    series.add(c.name + "/raw", raw(copy, rows, c.instances, /*sync=*/true, /*read=*/false))
        ->Threads(kThreads)
        ->MinTime(kSlice_s);
  }
  series.run();

  for (const Case& c : cases) {
    const double rate = series.per_second(c.name + "/ours");
    const double raw_rate = series.per_second(c.name + "/raw");
    report.add(
        {.name = c.text, .unit = "/s", .ours = rate, .raw = raw_rate, .target = "ratio >= 1", .met = rate >= raw_rate});
  }
}

void measure_heartbeat_growth(const Options& options, Report& report) {
  Raw small_copy(store_folder(options, kSmall), copy_folder(options, kSmall));
  Raw large_copy(store_folder(options, kLarge), copy_folder(options, kLarge));
  const std::vector<Raw::Row> small_rows = small_copy.rows_with("launch_time");
  const std::vector<Raw::Row> large_rows = large_copy.rows_with("launch_time");

  for (const bool sync : {false, true}) {
    const auto durability = sync ? engine::Durability::kSync : engine::Durability::kAsync;
    Fleet small(store_folder(options, kSmall), durability);
    Fleet large(store_folder(options, kLarge), durability);
    small.warm_up(kSmall);
    large.warm_up(kLarge);
    Series series(kSlices * options.repetitions);
    const auto add = [&](const std::string& name, Series::Function function) {
      series.add(name, std::move(function))->Threads(kThreads)->MinTime(kSlice_s);
    };
    add("small/ours", ours(small, kSmall));
    add("small/raw", raw(small_copy, small_rows, kSmall, sync, /*read=*/true));
    add("large/ours", ours(large, kLarge));
    add("large/raw", raw(large_copy, large_rows, kLarge, sync, /*read=*/true));
    series.run();

    const auto cost_us = [&](const std::string& name) { return 1e6 / series.per_second(name); };
    const std::string kind = sync ? "synced" : "async";
    report.add({.name = fmt::format("{} heartbeat, 16 threads, 10,000 instances", kind),
                .unit = "µs",
                .ours = cost_us("small/ours"),
                .raw = cost_us("small/raw")});
    report.add({.name = fmt::format("{} heartbeat, 16 threads, 1,000,000 instances", kind),
                .unit = "µs",
                .ours = cost_us("large/ours"),
                .raw = cost_us("large/raw")});
    const double growth = cost_us("large/ours") / cost_us("small/ours");
    report.add({.name = fmt::format("{} heartbeat, 1,000,000 over 10,000 instances", kind),
                .unit = "x",
                .ours = growth,
                .raw = cost_us("large/raw") / cost_us("small/raw"),
                .target = fmt::format("<= {} x", kMaxGrowth),
                .met = growth <= kMaxGrowth});
  }
}

}  // namespace mrgc::bench
