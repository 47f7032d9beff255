#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mrgc::base {

/// Runs tasks. Who gives an `Executor` decides on which threads work happens: on the caller's, on a pool, or in a
/// simulator's single deterministic loop.
class Executor {
 public:
  using Task = std::move_only_function<void()>;

  virtual ~Executor() = default;

  /// Runs `task` now or later, exactly once. Thread-safe.
  virtual void post(Task task) = 0;
};

/// Runs each task at once on the calling thread: the least latency for an embedded store.
class InlineExecutor final : public Executor {
 public:
  void post(Task task) override { task(); }
};

/// A fixed number of threads that run tasks in the order in which they were posted. The destructor runs what was
/// posted before it and then joins the threads.
class ThreadExecutor final : public Executor {
 public:
  /// `threads` of at least 1; `name` (at most 15 characters) is what `top` shows.
  ThreadExecutor(std::size_t threads, const std::string& name);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(Task task) override;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mrgc::base
