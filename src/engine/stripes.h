#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
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

  /// The right to be alone in some stripes, until it is destroyed. Whoever has it may move it to another thread: the
  /// stripes wait for it, and no thread does. Not thread-safe itself.
  class Hold {
   public:
    Hold(Hold&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), stripes_(std::move(other.stripes_)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      // A task that throws has half decided: nothing may go on from there, and the process ends (see `run`).
      if (owner_ != nullptr && std::uncaught_exceptions() == 0) owner_->release(stripes_);
    }

   private:
    friend class Stripes;
    Hold(Stripes& owner, std::vector<std::size_t> stripes) : owner_(&owner), stripes_(std::move(stripes)) {}

    Stripes* owner_;
    std::vector<std::size_t> stripes_;
  };
  using ExclusiveTask = std::move_only_function<void(Hold)>;

  Stripes(std::size_t count, base::Executor& executor);

  /// Waits until no thread is in a stripe any more and nobody holds one: a task answers its request before its thread
  /// has left, and whoever gets the answer may drop the store. Not to be called from a task.
  ~Stripes();

  std::size_t count() const { return stripes_.size(); }

  /// Runs `task` when its turn in `stripe` comes.
  void post(std::size_t stripe, Task task);

  /// Keeps the stripe of the task that calls this from going on when the task ends.
  Hold hold(std::size_t stripe);

  /// Runs `task` while it holds all of `stripes` (ascending, distinct, not empty): nothing else runs in them meanwhile.
  void post_exclusive(std::vector<std::size_t> stripes, ExclusiveTask task);

  /// Runs `task` when all that was posted before has run: at once, on the caller's thread, when nothing is left of it,
  /// else on the thread of what ran last. Keeps nothing from going on.
  void after_posted(Task task);

  /// Runs `task` while it holds every stripe.
  void post_exclusive_all(ExclusiveTask task);

 private:
  struct Stripe {
    std::mutex mutex;  // guards the members below; never held while a task runs
    std::deque<Task> tasks;
    bool running = false;  // a thread is in `drain`, or will be
    bool held = false;     // there is a `Hold` on the stripe
  };
  struct Exclusive {
    std::vector<std::size_t> stripes;
    ExclusiveTask task;
  };

  void schedule(Stripe& stripe);
  void drain(Stripe& stripe);
  void acquire(std::shared_ptr<Exclusive> exclusive, std::size_t position);
  void set_held(std::size_t stripe);
  void release(const std::vector<std::size_t>& stripes);
  static void run(Task& task);

  base::Executor& executor_;
  std::vector<std::unique_ptr<Stripe>> stripes_;
  std::atomic<std::size_t> busy_{0};  // calls of `drain` that are posted or running, and holds
};

}  // namespace mrgc::engine
