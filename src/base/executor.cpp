#include "mrgc/base/executor.h"

#include <pthread.h>

#include <exception>

namespace mrgc::base {

ThreadExecutor::ThreadExecutor(std::size_t threads, const std::string& name) : max_threads_(threads), name_(name) {
  threads_.reserve(threads);
  add_thread();
}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();
}

void ThreadExecutor::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > idle_ && threads_.size() < max_threads_ && !stopping_) try_add_thread();
  }
  wake_.notify_one();
}

void ThreadExecutor::add_thread() {
  threads_.emplace_back([this] { run(); });
  pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
}

// Where no more threads are to be had, those that are there do all, until a later task finds one.
void ThreadExecutor::try_add_thread() {
  try {
    add_thread();
  } catch (const std::exception&) {
  }
}

void ThreadExecutor::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;  // stopping, and everything posted before has run
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace mrgc::base
