#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mrgc::base {

/// Where time comes from. Everything that needs the time is given a `Clock`; nothing reads the machine's own.
/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Milliseconds since the Unix epoch. May go back when the machine's clock is set; never assume that it only grows.
  virtual std::int64_t now_ms() const = 0;

  /// Whole seconds since the Unix epoch, the unit of every time attribute of the fleet's tables.
  std::int64_t now_s() const { return now_ms() / 1000; }
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() const override;
};

/// A clock that stands still until it is told to move: for tests and for replays in virtual time. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t start_ms) : now_ms_(start_ms) {}

  std::int64_t now_ms() const override { return now_ms_.load(std::memory_order_relaxed); }
  void set_ms(std::int64_t now_ms) { now_ms_.store(now_ms, std::memory_order_relaxed); }
  void advance_ms(std::int64_t by_ms) { now_ms_.fetch_add(by_ms, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace mrgc::base
