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

/// Threads that run tasks in the order in which they were posted: one, and more when tasks wait for one. The destructor
/// runs what was posted before it and then joins the threads.
class ThreadExecutor final : public Executor {
 public:
  /// At most `threads`, which is at least 1; `name` (at most 15 characters) is what `top` shows.
  ThreadExecutor(std::size_t threads, const std::string& name);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(Task task) override;

 private:
  void add_thread();
  void try_add_thread();
  void run();

  const std::size_t max_threads_;
  const std::string name_;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  std::size_t idle_ = 0;  // threads that wait for a task
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace mrgc::base
