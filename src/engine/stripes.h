#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "mrgc/base/executor.h"

namespace mrgc::engine {

/// Serializes work item by item without making a thread wait: an item belongs to a stripe, a stripe is a queue of
/// tasks, and at most one thread runs the tasks of a stripe at a time, in the order of their posting. With an
/// `InlineExecutor`, the thread that finds a stripe idle runs its own task and those that others add meanwhile.
///
/// A task must not throw: errors are values, and an exception is a broken invariant. One that throws ends the process
/// with a message, as a crash that loses nothing answered; otherwise its request would never be answered. Thread-safe.
class Stripes {
 public:
  using Task = base::Executor::Task;

  Stripes(std::size_t count, base::Executor& executor);

  /// Waits until no thread is in a stripe any more: a task answers its request before its thread has left, and whoever
  /// gets the answer may drop the store. Not to be called from a task.
  ~Stripes();

  std::size_t count() const { return stripes_.size(); }

  /// Runs `task` when its turn in `stripe` comes.
  void post(std::size_t stripe, Task task);

  /// Runs `task` while holding all of `stripes` (ascending, distinct, not empty): nothing else runs in them meanwhile.
  void post_exclusive(std::vector<std::size_t> stripes, Task task);

  /// Runs `task` while holding every stripe.
  void post_exclusive_all(Task task);

 private:
  struct Stripe {
    std::mutex mutex;  // guards the members below; never held while a task runs
    std::deque<Task> tasks;
    bool running = false;  // a thread is in `drain`, or will be
    bool held = false;     // an exclusive task holds the stripe
  };
  struct Exclusive {
    std::vector<std::size_t> stripes;
    Task task;
  };

  void schedule(Stripe& stripe);
  void drain(Stripe& stripe);
  void acquire(std::shared_ptr<Exclusive> exclusive, std::size_t position);
  void release(const std::vector<std::size_t>& stripes);
  static void run(Task& task);

  base::Executor& executor_;
  std::vector<std::unique_ptr<Stripe>> stripes_;
  std::atomic<std::size_t> draining_{0};  // calls of `drain` that are posted or running
};

}  // namespace mrgc::engine
