#include "engine/alarm.h"

#include <pthread.h>

#include <utility>

namespace mrgc::engine {

ThreadAlarm::~ThreadAlarm() {
  {
    const std::lock_guard lock(mutex_);
    task_ = nullptr;
    stopping_ = true;
  }
  changed_.notify_all();
}

void ThreadAlarm::set(std::chrono::milliseconds delay, Task task) {
  const std::lock_guard lock(mutex_);
  task_ = std::move(task);
  due_ = SteadyClock::now() + delay;
  if (!thread_) thread_.emplace([this] { run(); });
  changed_.notify_all();
}

void ThreadAlarm::cancel() {
  std::unique_lock lock(mutex_);
  task_ = nullptr;
  changed_.wait(lock, [this] { return !running_; });
}

void ThreadAlarm::run() {
  pthread_setname_np(pthread_self(), "mrgc-alarm");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || task_; });
    // A task that was set meanwhile has another time.
    while (!stopping_ && task_ && SteadyClock::now() < due_) changed_.wait_until(lock, due_);
    if (stopping_) return;
    if (!task_) continue;
    running_ = true;
    Task task = std::exchange(task_, nullptr);
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
    running_ = false;
    changed_.notify_all();
  }
}

}  // namespace mrgc::engine
