#include "engine/stripes.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <numeric>
#include <thread>

namespace mrgc::engine {

Stripes::Stripes(std::size_t count, base::Executor& executor) : executor_(executor) {
  stripes_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) stripes_.push_back(std::make_unique<Stripe>());
}

Stripes::~Stripes() {
  // What is left to do there is the last few instructions of a task: not worth a lock for every task.
  while (busy_.load(std::memory_order_acquire) > 0) std::this_thread::yield();
}

void Stripes::schedule(Stripe& stripe) {
  busy_.fetch_add(1, std::memory_order_relaxed);
  executor_.post([this, &stripe] {
    drain(stripe);
    busy_.fetch_sub(1, std::memory_order_release);
  });
}

void Stripes::post(std::size_t index, Task task) {
  Stripe& stripe = *stripes_[index];
  {
    const std::lock_guard lock(stripe.mutex);
    stripe.tasks.push_back(std::move(task));
    if (stripe.running || stripe.held) return;
    stripe.running = true;
  }
  schedule(stripe);
}

void Stripes::drain(Stripe& stripe) {
  while (true) {
    Task task;
    {
      const std::lock_guard lock(stripe.mutex);
      if (stripe.tasks.empty() || stripe.held) {
        stripe.running = false;
        return;
      }
      task = std::move(stripe.tasks.front());
      stripe.tasks.pop_front();
    }
    run(task);
  }
}

// A task that throws has left its request unanswered and maybe half decided, and what it holds would stay held.
void Stripes::run(Task& task) {
  try {
    task();
  } catch (const std::exception& error) {
    spdlog::critical("a request broke an invariant of the store: {}", error.what());
    std::terminate();
  } catch (...) {
    spdlog::critical("a request broke an invariant of the store");
    std::terminate();
  }
}

void Stripes::post_exclusive(std::vector<std::size_t> stripes, ExclusiveTask task) {
  acquire(std::make_shared<Exclusive>(std::move(stripes), std::move(task)), 0);
}

void Stripes::post_exclusive_all(ExclusiveTask task) {
  std::vector<std::size_t> all(count());
  std::iota(all.begin(), all.end(), 0);
  post_exclusive(std::move(all), std::move(task));
}

void Stripes::after_posted(Task task) {
  struct Wait {
    std::atomic<std::size_t> left;
    Task task;
  };
  const auto wait = std::make_shared<Wait>(1, std::move(task));
  const auto arrive = [wait] {
    if (--wait->left == 0) wait->task();
  };
  for (const auto& stripe : stripes_) {
    const std::lock_guard lock(stripe->mutex);
    if (!stripe->running && !stripe->held && stripe->tasks.empty()) continue;
    ++wait->left;
    stripe->tasks.emplace_back(arrive);  // whoever is there, or has just been, goes on with it
  }
  arrive();
}

void Stripes::set_held(std::size_t index) {
  Stripe& stripe = *stripes_[index];
  const std::lock_guard lock(stripe.mutex);
  stripe.held = true;
}

Stripes::Hold Stripes::hold(std::size_t stripe) {
  set_held(stripe);
  busy_.fetch_add(1, std::memory_order_relaxed);
  return {*this, {stripe}};
}

// Stripes are taken one after the other in ascending order, so two exclusive tasks cannot wait for each other.
void Stripes::acquire(std::shared_ptr<Exclusive> exclusive, std::size_t position) {
  const std::size_t index = exclusive->stripes[position];
  post(index, [this, exclusive = std::move(exclusive), position]() mutable {
    set_held(exclusive->stripes[position]);
    if (position + 1 < exclusive->stripes.size()) {
      acquire(std::move(exclusive), position + 1);
      return;
    }
    busy_.fetch_add(1, std::memory_order_relaxed);
    exclusive->task(Hold(*this, std::move(exclusive->stripes)));
  });
}

// All are let go before the first is scheduled: this thread may run what waits in that one, however much it is.
void Stripes::release(const std::vector<std::size_t>& stripes) {
  for (const std::size_t index : stripes) {
    Stripe& stripe = *stripes_[index];
    const std::lock_guard lock(stripe.mutex);
    stripe.held = false;
  }
  for (const std::size_t index : stripes) {
    Stripe& stripe = *stripes_[index];
    {
      const std::lock_guard lock(stripe.mutex);
      if (stripe.running || stripe.tasks.empty()) continue;
      stripe.running = true;
    }
    schedule(stripe);
  }
  busy_.fetch_sub(1, std::memory_order_release);
}

}  // namespace mrgc::engine
