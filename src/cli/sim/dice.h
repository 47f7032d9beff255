#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>

#include "mrgc/base/random.h"

/// Distributions over a `Random`. The standard library's give other numbers on other machines; these do not.

namespace mrgc::cli::sim {

/// Uniform from 0 to below 1.
inline double roll(base::Random& random) { return static_cast<double>(random.next_u64() >> 11) * 0x1p-53; }

/// Uniform from `low` to below `high`.
inline double roll_between(base::Random& random, double low, double high) { return low + (high - low) * roll(random); }

/// Exponentially distributed: how long until something happens that happens every `mean` on average.
inline double roll_exponential(base::Random& random, double mean) { return -mean * std::log(1 - roll(random)); }

/// Log-normally distributed around `median`: long-tailed, the more so the larger `sigma`.
inline double roll_lognormal(base::Random& random, double median, double sigma) {
  const double radius = std::sqrt(-2 * std::log(1 - roll(random)));
  return median * std::exp(sigma * radius * std::cos(2 * std::numbers::pi * roll(random)));
}

/// One of `count` (at least 1) places: the second is two thirds as likely as the first, the third half as likely, and
/// so on.
inline std::size_t roll_place(base::Random& random, std::size_t count) {
  const auto weight = [](std::size_t place) { return 2.0 / static_cast<double>(place + 2); };
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += weight(i);
  double left = roll(random) * total;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    left -= weight(i);
    if (left < 0) return i;
  }
  return count - 1;
}

}  // namespace mrgc::cli::sim
