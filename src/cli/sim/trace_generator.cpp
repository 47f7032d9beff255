#include "cli/sim/trace_generator.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/sim/dice.h"

namespace mrgc::cli::sim {
namespace {

constexpr double kMeanCalmMs = 45'000;
constexpr double kMeanBurstMs = 8'000;
constexpr double kBurstFactor = 6;  // the rate in a burst, as a multiple of the calm one

constexpr double kMedianContext = 1'500;
constexpr double kContextSigma = 0.9;
constexpr double kMedianGenerated = 15;
constexpr double kGeneratedSigma = 1.1;

// A time of constant rate: it begins when so many of the trace's arrivals, as a weight, have come.
struct Phase {
  double begin_ms = 0;
  double begin_weight = 0;
  double rate = 1;
};

struct Phases {
  std::vector<Phase> phases;
  double total_weight = 0;
};

Phases roll_phases(double span_ms, base::Random& random) {
  Phases result;
  double at_ms = 0;
  for (bool burst = false; at_ms < span_ms; burst = !burst) {
    const double rate = burst ? kBurstFactor : 1;
    const double length_ms = std::min(roll_exponential(random, burst ? kMeanBurstMs : kMeanCalmMs), span_ms - at_ms);
    result.phases.push_back({.begin_ms = at_ms, .begin_weight = result.total_weight, .rate = rate});
    result.total_weight += rate * length_ms;
    // A phase may be shorter than the clock's step, but time must go on.
    at_ms += std::max(length_ms, 1.0);
  }
  return result;
}

std::int64_t roll_tokens(base::Random& random, double median, double sigma) {
  return static_cast<std::int64_t>(
      std::clamp(roll_lognormal(random, median, sigma), 1.0, static_cast<double>(kMaxTokens)));
}

}  // namespace

Trace generate_trace(const GeneratorOptions& options, base::Random& random) {
  const double span_ms = static_cast<double>(options.minutes) * 60'000;
  const Phases phases = roll_phases(span_ms, random);
  Trace trace;
  trace.reserve(options.requests);
  for (std::size_t i = 0; i < options.requests; ++i) {
    // Exactly as many arrivals as wanted, spread in proportion to the rate: each falls where its weight lies.
    const double weight = roll(random) * phases.total_weight;
    const auto phase = std::prev(std::ranges::upper_bound(phases.phases, weight, {}, &Phase::begin_weight));
    const double at_ms = phase->begin_ms + (weight - phase->begin_weight) / phase->rate;
    trace.push_back({
        .at_ms = static_cast<std::int64_t>(std::min(at_ms, span_ms)),
        .context_tokens = roll_tokens(random, kMedianContext, kContextSigma),
        .generated_tokens = roll_tokens(random, kMedianGenerated, kGeneratedSigma),
    });
  }
  std::ranges::sort(trace);
  return trace;
}

}  // namespace mrgc::cli::sim
