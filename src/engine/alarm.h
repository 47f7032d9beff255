#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace mrgc::engine {

/// Runs one task later. Passed in, so that a test decides when "later" is. Thread-safe.
class Alarm {
 public:
  using Task = std::move_only_function<void()>;

  virtual ~Alarm() = default;

  /// Runs `task` once, about `delay` from now and on another thread, unless `cancel` comes first. Takes the place of a
  /// task that still waits.
  virtual void set(std::chrono::milliseconds delay, Task task) = 0;

  /// Forgets the task that waits, and waits for the one that runs. Not to be called from a task.
  virtual void cancel() = 0;
};

/// An alarm with a thread of its own, which begins with the first `set` and sleeps while no task waits.
class ThreadAlarm final : public Alarm {
 public:
  ThreadAlarm() = default;
  ~ThreadAlarm() override;  ///< as `cancel`
  ThreadAlarm(const ThreadAlarm&) = delete;
  ThreadAlarm& operator=(const ThreadAlarm&) = delete;

  void set(std::chrono::milliseconds delay, Task task) override;
  void cancel() override;

 private:
  using SteadyClock = std::chrono::steady_clock;

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  Task task_;                      // guarded by mutex_: waits; null when none does
  SteadyClock::time_point due_{};  // guarded by mutex_: when it is to run
  bool running_ = false;           // guarded by mutex_: a task runs
  bool stopping_ = false;          // guarded by mutex_
  std::optional<std::jthread> thread_;
};

}  // namespace mrgc::engine
