#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>

#include "mrgc/base/error.h"
#include "mrgc/base/executor.h"

namespace mrgc::engine {

/// Whether the answer was not to be had without keeping the thread waiting.
template <typename T>
bool would_block(const Result<T>& outcome) {
  return !outcome && outcome.error().code == ErrorCode::kWouldBlock;
}

/// Where work goes that would keep a thread waiting: to the executor given for it or, when there is none, nowhere else:
/// it is done at once, and nothing needs to be tried without waiting first. Thread-safe.
class Offload {
 public:
  /// `executor` may be null; it must outlive this object.
  explicit Offload(base::Executor* executor) : executor_(executor) {}

  ~Offload() { wait(); }
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  bool elsewhere() const { return executor_ != nullptr; }

  /// Waits for all work that was given.
  void wait() const {
    while (pending_.load(std::memory_order_acquire) > 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }

  template <typename Work>
  void run(Work work) {
    if (executor_ == nullptr) return work();
    pending_.fetch_add(1, std::memory_order_relaxed);
    executor_->post([this, work = std::move(work)]() mutable {
      // Whoever is told of its end may drop the store: what `work` holds must be gone by then.
      {
        Work own = std::move(work);
        own();
      }
      pending_.fetch_sub(1, std::memory_order_release);
    });
  }

 private:
  base::Executor* executor_;
  std::atomic<std::size_t> pending_{0};
};

}  // namespace mrgc::engine
