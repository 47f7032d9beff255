#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace mrgc::testing {

/// The number in the environment variable `name`, or `otherwise`.
inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

/// The seeds to run a random test with: the one in MRGC_SEED, or one that is always the same and one that never is.
/// A test prints its seed, so that a failure can be repeated.
inline std::vector<std::uint64_t> seeds() {
  if (std::getenv("MRGC_SEED") != nullptr) return {number_from_environment("MRGC_SEED", 0)};
  return {20240601, std::random_device()()};
}

/// Random choices from one seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `sides` - 1.
  std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(engine_); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  bool chance(int percent) { return static_cast<int>(roll(100)) < percent; }
  std::uint64_t bits() { return engine_(); }

  template <typename Container>
  const auto& pick(const Container& from) {
    return *std::next(std::begin(from), static_cast<std::ptrdiff_t>(roll(std::size(from))));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace mrgc::testing
