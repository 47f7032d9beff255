#include "bench/series.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace mrgc::bench {

// Prints and keeps the median of each benchmark's repetitions.
class Series::Collector final : public benchmark::ConsoleReporter {
 public:
  explicit Collector(std::map<std::string, Medians>& medians) : ConsoleReporter(OO_Tabular), medians_(medians) {}

  // The machine is described once, before the first series.
  bool ReportContext(const Context& context) override {
    static bool described = false;
    const bool again = std::exchange(described, true);
    if (!again) return ConsoleReporter::ReportContext(context);
    std::putchar('\n');
    name_field_width_ = context.name_field_width;
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> kept;
    for (const Run& run : runs) {
      if (run.error_occurred) throw std::runtime_error(run.benchmark_name() + ": " + run.error_message);
      if (run.aggregate_name != "median") continue;
      kept.push_back(run);
      Medians& medians = medians_[run.run_name.function_name];
      medians.time_us = run.GetAdjustedRealTime();
      for (const auto& [name, counter] : run.counters) medians.counters[name] = counter.value;
    }
    ConsoleReporter::ReportRuns(kept);
  }

 private:
  std::map<std::string, Medians>& medians_;
};

benchmark::internal::Benchmark* Series::add(const std::string& name, Function function) {
  return benchmark::RegisterBenchmark(name.c_str(), std::move(function))
      ->Repetitions(repetitions_)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
}

void Series::run() {
  Collector collector(medians_);
  benchmark::RunSpecifiedBenchmarks(&collector, ".");
  benchmark::ClearRegisteredBenchmarks();
}

double Series::time_us(const std::string& name) const { return medians_.at(name).time_us; }

double Series::counter(const std::string& name, const std::string& counter) const {
  return medians_.at(name).counters.at(counter);
}

void Latencies::report(benchmark::State& state) {
  if (all_us_.empty()) return;
  state.counters["first_us"] = all_us_.front();
  std::ranges::sort(all_us_);
  const auto at = [this](double part) { return all_us_[static_cast<std::size_t>(part * (all_us_.size() - 1))]; };
  state.counters["p50_us"] = at(0.50);
  state.counters["p99_us"] = at(0.99);
}

}  // namespace mrgc::bench
