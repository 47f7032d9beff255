#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "bench/figures.h"
#include "bench/fleet.h"
#include "bench/must.h"

namespace mrgc::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Measured {
  double seconds = 0;
  double resident_mb = 0;
};

double resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmRSS:" && status >> kilobytes) return kilobytes / 1024;
  }
  throw std::runtime_error("/proc/self/status has no VmRSS");
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Runs `work` in a process of its own, whose memory is then that of the work alone.
Measured in_child(const std::function<Measured()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    int status = 1;
    try {
      const Measured measured = work();
      if (::write(ends[1], &measured, sizeof measured) == sizeof measured) status = 0;
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
    ::_exit(status);
  }
  ::close(ends[1]);
  Measured measured;
  const bool complete = ::read(ends[0], &measured, sizeof measured) == sizeof measured;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!complete || status != 0) throw std::runtime_error("a process that fills or opens a store failed");
  return measured;
}

Measured load(const Options& options, std::size_t size) {
  const auto start = Clock::now();
  Fleet fleet(store_folder(options, size), engine::Durability::kAsync);
  fleet.load(size);
  return {.seconds = seconds_since(start), .resident_mb = resident_mb()};
}

Measured open(const Options& options, std::size_t size) {
  const auto start = Clock::now();
  Fleet fleet(store_folder(options, size), engine::Durability::kSync);
  const double opened_s = seconds_since(start);
  fleet.warm_up(size);
  return {.seconds = opened_s, .resident_mb = resident_mb()};
}

}  // namespace

std::filesystem::path store_folder(const Options& options, std::size_t size) {
  return options.folder / fmt::format("store-{}", size);
}

std::filesystem::path copy_folder(const Options& options, std::size_t size) {
  return options.folder / fmt::format("copy-{}", size);
}

void load_store(const Options& options, std::size_t size, Report& report) {
  fmt::print("loading {} instances\n", size);
  std::fflush(stdout);
  const Measured loaded = in_child([&] { return load(options, size); });
  const Measured opened = in_child([&] { return open(options, size); });
  const auto add = [&](std::string_view what, std::string unit, double value) {
    report.add({.name = fmt::format("{} instances: {}", size, what), .unit = std::move(unit), .ours = value});
  };
  add("instances and routing rows written a second", "/s", 2 * static_cast<double>(size) / loaded.seconds);
  add("memory when just written", "MB", loaded.resident_mb);
  add("opening", "s", opened.seconds);
  add("memory when opened and each instance was read", "MB", opened.resident_mb);
}

}  // namespace mrgc::bench
