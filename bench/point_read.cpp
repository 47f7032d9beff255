#include <fmt/format.h>

#include <random>
#include <stdexcept>
#include <vector>

#include "bench/figures.h"
#include "bench/fleet.h"
#include "bench/must.h"
#include "bench/raw.h"
#include "bench/series.h"
#include "mrgc/store/blocking.h"

namespace mrgc::bench {
namespace {

constexpr double kMaxRatio = 2.5;

void read_ours(Fleet& fleet, const std::vector<item::Item>& keys, benchmark::State& state) {
  const store::BlockingStore store(fleet.store());
  const std::string& table = fleet.table(fleet::Table::kGpuInstances);
  std::minstd_rand random(1);
  for ([[maybe_unused]] auto _ : state) {
    store::GetItemRequest request;
    request.table = table;
    request.key = keys[random() % keys.size()];
    const store::GetItemResult result = must(store.get_item(std::move(request)));
    if (!result.item) throw std::runtime_error("an instance is gone");
    benchmark::DoNotOptimize(result.item->encoded().data());
  }
}

void read_raw(Raw& raw, const std::vector<Raw::Row>& rows, benchmark::State& state) {
  rocksdb::ColumnFamilyHandle* const items = raw.family(engine::Family::kItems);
  std::minstd_rand random(1);
  for ([[maybe_unused]] auto _ : state) {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = raw.db().Get({}, items, rows[random() % rows.size()].key, &value);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    benchmark::DoNotOptimize(value.data());
  }
}

}  // namespace

void measure_point_reads(const Options& options, Report& report) {
  Raw raw(store_folder(options, kMedium), copy_folder(options, kMedium));
  Fleet fleet(store_folder(options, kMedium), engine::Durability::kSync);
  const std::vector<Raw::Row> rows = raw.rows_with("launch_time");
  fleet.warm_up(kMedium);
  std::vector<item::Item> keys;
  for (const Raw::Row& row : rows) {
    keys.push_back(item::ItemBuilder().set("instance_id", row.item.find("instance_id").value()).build());
  }

  Series series(options.repetitions);
  series.add("point_read/ours", [&](benchmark::State& state) { read_ours(fleet, keys, state); })->MinTime(0.3);
  series.add("point_read/raw", [&](benchmark::State& state) { read_raw(raw, rows, state); })->MinTime(0.3);
  series.run();

  const double ours = series.time_us("point_read/ours");
  const double theirs = series.time_us("point_read/raw");
  report.add({.name = fmt::format("GetItem, {} bytes, of 100,000 instances", rows.front().item.size_bytes()),
              .unit = "µs",
              .ours = ours,
              .raw = theirs,
              .target = fmt::format("ratio <= {}", kMaxRatio),
              .met = ours <= kMaxRatio * theirs});
}

}  // namespace mrgc::bench
