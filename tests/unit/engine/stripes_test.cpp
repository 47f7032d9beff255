#include "engine/stripes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

namespace mrgc::engine {
namespace {

constexpr std::size_t kStripes = 8;

// Enters stripes when a task runs in them and says whether somebody else was there.
class Watch {
 public:
  void enter(const std::vector<std::size_t>& stripes) {
    for (const std::size_t stripe : stripes) {
      if (inside_[stripe].exchange(true)) clashes_.fetch_add(1);
    }
  }
  void leave(const std::vector<std::size_t>& stripes) {
    for (const std::size_t stripe : stripes) inside_[stripe] = false;
  }
  int clashes() const { return clashes_; }

 private:
  std::array<std::atomic<bool>, kStripes> inside_{};
  std::atomic<int> clashes_{0};
};

// Posts `plan`, one set of stripes a task, from several threads at once, and checks what every executor must give: each
// task runs once, nobody else is in its stripes meanwhile, and tasks of one thread in one stripe run in their order. A
// third of the tasks goes on elsewhere, with a hold on their stripes.
void check_plan(base::Executor& executor, const std::vector<std::vector<std::size_t>>& plan, std::size_t threads) {
  Watch watch;
  std::vector<std::atomic<int>> runs(plan.size());
  std::array<std::vector<std::size_t>, kStripes> order;  // guarded by the stripes themselves
  base::ThreadExecutor elsewhere(2, "elsewhere");
  {
    Stripes stripes(kStripes, executor);
    std::latch all(static_cast<std::ptrdiff_t>(plan.size()));
    const auto task = [&](std::size_t number) {
      watch.enter(plan[number]);
      for (const std::size_t stripe : plan[number]) order[stripe].push_back(number);
      ++runs[number];
      std::this_thread::yield();
      watch.leave(plan[number]);
      all.count_down();
    };
    {
      std::vector<std::jthread> posters;
      for (std::size_t thread = 0; thread < threads; ++thread) {
        posters.emplace_back([&, thread] {
          for (std::size_t i = thread; i < plan.size(); i += threads) {
            const auto run_held = [&, i](Stripes::Hold hold) {
              if (i % 3 != 0) return task(i);
              elsewhere.post([&task, i, hold = std::move(hold)] { task(i); });
            };
            if (plan[i].size() == kStripes) {
              stripes.post_exclusive_all(run_held);
            } else if (plan[i].size() > 1) {
              stripes.post_exclusive(plan[i], run_held);
            } else if (i % 3 == 0) {
              stripes.post(plan[i].front(), [&, run_held, i] { run_held(stripes.hold(plan[i].front())); });
            } else {
              stripes.post(plan[i].front(), [&task, i] { task(i); });
            }
          }
        });
      }
    }
    all.wait();
  }
  RC_ASSERT(watch.clashes() == 0);
  RC_ASSERT(std::ranges::all_of(runs, [](const auto& count) { return count == 1; }));
  for (const std::vector<std::size_t>& numbers : order) {
    std::vector<std::size_t> last(threads, 0);
    for (const std::size_t number : numbers) {
      if (plan[number].size() > 1) continue;  // takes its stripes one after the other, so others may pass it
      RC_ASSERT(number + 1 > last[number % threads]);
      last[number % threads] = number + 1;
    }
  }
}

rc::Gen<std::vector<std::vector<std::size_t>>> any_plan() {
  const auto single =
      rc::gen::map(rc::gen::inRange<std::size_t>(0, kStripes), [](std::size_t stripe) { return std::vector{stripe}; });
  const auto several = rc::gen::map(rc::gen::inRange(1U, 1U << kStripes), [](unsigned bits) {
    std::vector<std::size_t> stripes;
    for (std::size_t i = 0; i < kStripes; ++i) {
      if ((bits >> i & 1U) != 0) stripes.push_back(i);
    }
    return stripes;
  });
  const auto all = rc::gen::just(std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7});
  return rc::gen::container<std::vector<std::vector<std::size_t>>>(
      rc::gen::weightedOneOf<std::vector<std::size_t>>({{6, single}, {3, several}, {1, all}}));
}

RC_GTEST_PROP(StripesTest, InlineTasksRunOnceInOrderAndAlone, ()) {
  base::InlineExecutor executor;
  check_plan(executor, *any_plan(), *rc::gen::inRange<std::size_t>(1, 5));
}

RC_GTEST_PROP(StripesTest, TasksOnThreadsRunOnceInOrderAndAlone, ()) {
  base::ThreadExecutor executor(4, "stripes-test");
  check_plan(executor, *any_plan(), *rc::gen::inRange<std::size_t>(1, 5));
}

TEST(StripesTest, ManyTasksFromManyThreads) {
  std::vector<std::vector<std::size_t>> plan;
  for (std::size_t i = 0; i < 20'000; ++i) {
    if (i % 501 == 0) {
      plan.push_back({0, 1, 2, 3, 4, 5, 6, 7});
    } else if (i % 5 == 0) {
      plan.push_back({i % 3, 3 + i % 5});
    } else {
      plan.push_back({i % kStripes});
    }
  }
  base::InlineExecutor inline_executor;
  check_plan(inline_executor, plan, 8);
  base::ThreadExecutor threads(4, "stripes-test");
  check_plan(threads, plan, 8);
}

TEST(StripesTest, OfOneThreadInlineTasksRunBeforePostReturns) {
  base::InlineExecutor executor;
  Stripes stripes(kStripes, executor);
  std::string log;
  stripes.post(3, [&] {
    stripes.post(3, [&] { log += 'b'; });  // its turn comes after this task
    stripes.post(4, [&] { log += 'c'; });  // another stripe is idle
    log += 'a';
  });
  stripes.post_exclusive_all([&](const Stripes::Hold&) {
    stripes.post(0, [&] { log += 'e'; });
    log += 'd';
  });
  EXPECT_EQ(log, "cabde");
}

// What waits in the first stripe may be a lot, and this thread may be the one to do it: the others are free meanwhile.
TEST(StripesTest, AnExclusiveTaskLetsGoOfAllItsStripesAtOnce) {
  base::InlineExecutor executor;
  Stripes stripes(kStripes, executor);
  std::string log;
  stripes.post(2, [&] {
    stripes.post_exclusive({0, 1, 2}, [&](const Stripes::Hold&) { log += 'x'; });  // holds 0 and 1, and waits for 2
    stripes.post(0, [&] {
      stripes.post(1, [&] { log += 'b'; });
      log += 'a';
    });
    EXPECT_EQ(log, "");
  });
  EXPECT_EQ(log, "xba");
}

TEST(StripesTest, WhatComesAfterAllThatIsPostedWaitsForThatAlone) {
  base::InlineExecutor executor;
  Stripes stripes(kStripes, executor);
  std::string log;
  stripes.after_posted([&] { log += 'a'; });
  EXPECT_EQ(log, "a") << "nothing to wait for";
  std::optional<Stripes::Hold> hold;
  stripes.post(2, [&] { hold.emplace(stripes.hold(2)); });
  stripes.post(2, [&] { log += 'b'; });
  stripes.after_posted([&] { log += 'c'; });
  stripes.post(2, [&] { log += 'd'; });
  stripes.post(3, [&] { log += 'e'; });
  EXPECT_EQ(log, "ae");
  hold.reset();
  EXPECT_EQ(log, "aebcd");
  stripes.post(5, [&] {
    stripes.after_posted([&] { log += 'g'; });
    log += 'f';
  });
  EXPECT_EQ(log, "aebcdfg");
  stripes.post(1, [&] { hold.emplace(stripes.hold(1)); });
  stripes.after_posted([&] { log += 'h'; });
  EXPECT_EQ(log, "aebcdfg") << "what holds a stripe is not over, though nothing waits for it";
  hold.reset();
  EXPECT_EQ(log, "aebcdfgh");
}

// Otherwise its stripe would be closed for good, and whoever waits for an answer, or for the end, would wait for ever.
TEST(StripesDeathTest, ATaskThatThrowsEndsTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  base::InlineExecutor executor;
  Stripes stripes(kStripes, executor);
  EXPECT_DEATH(stripes.post(3, [] { throw std::length_error("too deep"); }), "");
  EXPECT_DEATH(stripes.post_exclusive({1, 2}, [](const Stripes::Hold&) { throw 1; }), "");
}

// A request is answered from inside its task, and whoever got the answer may drop the store at once.
TEST(StripesTest, DestructorWaitsForTheTaskThatIsRunning) {
  for (const bool exclusive : {false, true}) {
    base::ThreadExecutor executor(2, "stripes-test");
    std::optional<Stripes> stripes(std::in_place, kStripes, executor);
    std::latch answered(1);
    std::atomic<bool> ended = false;
    const auto task = [&] {
      answered.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ended = true;
    };
    if (exclusive) {
      stripes->post_exclusive_all([&](const Stripes::Hold&) { task(); });
    } else {
      stripes->post(0, task);
    }
    answered.wait();
    stripes.reset();
    EXPECT_TRUE(ended);
  }
}

}  // namespace
}  // namespace mrgc::engine
