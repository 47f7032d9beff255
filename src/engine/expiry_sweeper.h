#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/expiry.h"
#include "engine/kv.h"
#include "engine/write_path.h"
#include "mrgc/base/clock.h"

namespace mrgc::engine {

/// Takes what is due from the expiry queue, now and then by itself; what was due but too much for one run, in the next
/// at once. A failure is logged, and met again at the next run. Thread-safe.
class ExpirySweeper {
 public:
  /// How many items a run that begins by itself deletes at most.
  static constexpr std::size_t kItemsPerRun = 10'000;

  /// `interval` of zero: only when `sweep` is called. Each run that begins by itself does `chores` first.
  ExpirySweeper(const KvStore& kv, ExpiryQueue& queue, WritePath& writes, const base::Clock& clock,
                std::chrono::milliseconds interval, std::function<void()> chores);
  ~ExpirySweeper();

  /// Deletes up to `max_items` expired items and waits for that. Returns how many.
  std::size_t sweep(std::size_t max_items);

  std::uint64_t expired_items() const { return expired_items_.load(std::memory_order_relaxed); }

 private:
  void run(std::chrono::milliseconds interval, const std::function<void()>& chores);
  bool begin(std::int64_t now_s);
  Result<std::vector<std::string>> entries(std::int64_t until_s, std::size_t limit) const;

  const KvStore& kv_;
  ExpiryQueue& queue_;
  WritePath& writes_;
  const base::Clock& clock_;
  std::mutex sweep_mutex_;  // one sweep at a time
  std::string position_;    // guarded by sweep_mutex_: entries before it were taken
  std::atomic<std::uint64_t> expired_items_{0};

  std::mutex stop_mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by stop_mutex_
  std::jthread thread_;
};

}  // namespace mrgc::engine
