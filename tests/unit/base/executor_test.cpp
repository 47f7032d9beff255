#include "mrgc/base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <latch>
#include <thread>
#include <vector>

namespace mrgc::base {
namespace {

TEST(ThreadExecutorTest, RunsTasksInTheirOrder) {
  std::vector<int> ran;
  {
    ThreadExecutor executor(1, "test");
    for (int i = 0; i < 100; ++i) executor.post([&ran, i] { ran.push_back(i); });
  }
  ASSERT_EQ(ran.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[i], i);
}

// Tasks that wait for one another have a thread each, as many as there may be.
TEST(ThreadExecutorTest, HasAThreadForEachTaskThatWouldWait) {
  constexpr int kThreads = 8;
  std::latch all_run(kThreads);
  ThreadExecutor executor(kThreads, "test");
  for (int i = 0; i < kThreads; ++i) executor.post([&all_run] { all_run.arrive_and_wait(); });
  all_run.wait();
}

TEST(ThreadExecutorTest, HasNoMoreThreadsThanItMay) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  {
    ThreadExecutor executor(3, "test");
    for (int i = 0; i < 60; ++i) {
      executor.post([&] {
        const int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        --running;
      });
    }
  }
  EXPECT_EQ(most, 3);
}

TEST(ThreadExecutorTest, BeginsWithOneThread) {
  const auto threads = [] {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  };
  const auto before = threads();
  const ThreadExecutor executor(8, "test");
  EXPECT_EQ(threads(), before + 1);
}

}  // namespace
}  // namespace mrgc::base
