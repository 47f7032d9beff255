#pragma once

#include <cstddef>
#include <filesystem>

#include "bench/report.h"

namespace mrgc::bench {

struct Options {
  std::filesystem::path folder = "build/bench-data";  ///< on a real disk; made at the start and removed at the end
  int repetitions = 9;                                ///< of each measurement, at least 3
};

inline constexpr std::size_t kSmall = 10'000;
inline constexpr std::size_t kMedium = 100'000;
inline constexpr std::size_t kLarge = 1'000'000;

/// The folder of the store with a fleet of that size.
std::filesystem::path store_folder(const Options& options, std::size_t size);
/// The folder for a copy of it.
std::filesystem::path copy_folder(const Options& options, std::size_t size);

/// Makes a store with a fleet of that size in a process of its own, opens and reads it in another, and reports how much
/// time and memory each took. To be called before anything else, while this process has one thread.
void load_store(const Options& options, std::size_t size, Report& report);

/// GetItem of one instance.
void measure_point_reads(const Options& options, Report& report);

/// Heartbeats of 16 threads that wait for the disk, each for another of many instances and all for one.
void measure_synced_heartbeats(const Options& options, Report& report);

/// What a heartbeat costs in a small and in a large fleet.
void measure_heartbeat_growth(const Options& options, Report& report);

/// The best 5 instances of a region while its scores change.
void measure_best_instances(const Options& options, Report& report);

/// The best 5 instances of a region when the best 20,000 have just fallen behind all others.
void measure_best_after_fall(const Options& options, Report& report);

}  // namespace mrgc::bench
