#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace mrgc::base {

/// Where randomness comes from. Passed in, so that a run can be repeated from its seed. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  /// 64 uniformly distributed bits.
  virtual std::uint64_t next_u64() = 0;

  /// `bytes` random bytes as twice as many lower-case hexadecimal digits; 1 to 64 bytes.
  std::string hex_id(std::size_t bytes);
};

/// Randomness from the operating system; differs in every process.
class SystemRandom final : public Random {
 public:
  std::uint64_t next_u64() override;

 private:
  std::mutex mutex_;
  std::random_device device_;
};

/// The same sequence for the same seed, on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next_u64() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace mrgc::base
