#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/figures.h"

namespace {

using mrgc::bench::Options;
using mrgc::bench::Report;

struct Measurement {
  std::string_view name;
  std::vector<std::size_t> sizes;  // of the stores that it needs
  void (*run)(const Options&, Report&);
};

const std::vector<Measurement>& measurements() {
  using namespace mrgc::bench;
  static const std::vector<Measurement> all = {
      {"memory", {kMedium, kLarge}, [](const Options&, Report&) { /* told by loading */ }},
      {"point_read", {kMedium}, measure_point_reads},
      {"synced_heartbeats", {kMedium}, measure_synced_heartbeats},
      {"heartbeat_growth", {kSmall, kLarge}, measure_heartbeat_growth},
      {"best", {kMedium}, measure_best_instances},
      {"best_after_fall", {kMedium}, measure_best_after_fall},
  };
  return all;
}

constexpr std::string_view kUsage =
    "usage: mrgc_bench [--dir=FOLDER] [--repetitions=N] [--only=NAME]...\n"
    "  --dir          an empty or new folder on a real disk, removed afterwards (build/bench-data)\n"
    "  --repetitions  of each measurement, at least 3 (9)\n"
    "  --only         one of memory, point_read, synced_heartbeats, heartbeat_growth, best, best_after_fall (all)\n";

struct Arguments {
  Options options;
  std::vector<Measurement> chosen;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::string_view value = argument.substr(std::min(argument.find('='), argument.size() - 1) + 1);
    bool known = true;
    if (argument.starts_with("--dir=")) {
      arguments.options.folder = value;
    } else if (argument.starts_with("--repetitions=")) {
      int& repetitions = arguments.options.repetitions;
      const auto [end, error] = std::from_chars(value.begin(), value.end(), repetitions);
      known = error == std::errc() && end == value.end() && repetitions >= 3;
    } else if (argument.starts_with("--only=")) {
      const auto found = std::ranges::find(measurements(), value, &Measurement::name);
      known = found != measurements().end();
      if (known) arguments.chosen.push_back(*found);
    } else {
      known = false;
    }
    if (!known) throw std::invalid_argument(std::string(kUsage));
  }
  if (arguments.chosen.empty()) arguments.chosen = measurements();
  return arguments;
}

// An empty folder that is gone afterwards, however this ends.
class DataFolder {
 public:
  explicit DataFolder(std::filesystem::path path) : path_(std::move(path)) {
    if (std::filesystem::exists(path_) && !std::filesystem::is_empty(path_)) {
      throw std::runtime_error(fmt::format("{} is not empty; empty it or name another --dir", path_.string()));
    }
    std::filesystem::create_directories(path_);
  }
  ~DataFolder() { std::filesystem::remove_all(path_); }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

 private:
  std::filesystem::path path_;
};

void run(const Arguments& arguments) {
  const DataFolder folder(arguments.options.folder);
  std::set<std::size_t> sizes;
  for (const Measurement& measurement : arguments.chosen) {
    sizes.insert(measurement.sizes.begin(), measurement.sizes.end());
  }
  Report report;
  for (const std::size_t size : sizes) load_store(arguments.options, size, report);
  for (const Measurement& measurement : arguments.chosen) measurement.run(arguments.options, report);
  report.print();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<char*> arguments(argv, argv + argc);
    std::string interleave = "--benchmark_enable_random_interleaving=true";
    arguments.insert(arguments.begin() + 1, interleave.data());
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data(), [] { fmt::print("{}", kUsage); });
    run(parse(count, arguments.data()));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
