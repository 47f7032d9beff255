#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mrgc::bench {

/// Benchmarks that are compared with each other: their repetitions are run in random order, so that what else happens
/// on the machine falls on all of them alike, and the medians are what counts.
class Series {
 public:
  using Function = std::function<void(benchmark::State&)>;

  /// `repetitions`: at least 3.
  explicit Series(int repetitions) : repetitions_(repetitions) {}

  /// Adds a benchmark; what is returned takes further settings.
  benchmark::internal::Benchmark* add(const std::string& name, Function function);

  void run();

  /// Medians after `run`: of the time of an iteration in microseconds, and of a counter that the benchmark set.
  double time_us(const std::string& name) const;
  double counter(const std::string& name, const std::string& counter) const;
  double per_second(const std::string& name) const { return counter(name, "items_per_second"); }

 private:
  struct Medians {
    double time_us = 0;
    std::map<std::string, double> counters;
  };
  class Collector;

  int repetitions_;
  std::map<std::string, Medians> medians_;
};

/// The durations of single calls, in microseconds.
class Latencies {
 public:
  /// Runs `call` and notes how long it took.
  template <typename Call>
  void measure(Call&& call);

  /// Sets the counters `p50_us`, `p99_us` and `first_us`.
  void report(benchmark::State& state);

 private:
  std::vector<double> all_us_;
};

template <typename Call>
void Latencies::measure(Call&& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  all_us_.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace mrgc::bench
