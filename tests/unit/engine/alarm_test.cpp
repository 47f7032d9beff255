#include "engine/alarm.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace mrgc::engine {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

TEST(ThreadAlarmTest, RunsATaskOnceAfterItsDelay) {
  ThreadAlarm alarm;
  for (int round = 0; round < 3; ++round) {
    std::latch ran(1);
    const auto start = SteadyClock::now();
    alarm.set(milliseconds(20), [&] { ran.count_down(); });
    ran.wait();
    EXPECT_GE(SteadyClock::now() - start, milliseconds(20));
  }
}

TEST(ThreadAlarmTest, ALaterTaskTakesThePlaceOfOneThatWaits) {
  ThreadAlarm alarm;
  std::atomic<bool> first = false;
  std::latch second(1);
  alarm.set(hours(1), [&] { first = true; });
  alarm.set(milliseconds(1), [&] { second.count_down(); });
  second.wait();
  EXPECT_FALSE(first);
}

TEST(ThreadAlarmTest, ATaskMaySetTheNext) {
  ThreadAlarm alarm;
  std::latch ran(2);
  alarm.set(milliseconds(1), [&] {
    alarm.set(milliseconds(1), [&] { ran.count_down(); });
    ran.count_down();
  });
  ran.wait();
}

TEST(ThreadAlarmTest, AfterCancelNothingRuns) {
  ThreadAlarm alarm;
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> canceled = false;
    std::atomic<bool> late = false;
    alarm.set(milliseconds(round % 3), [&] {
      std::this_thread::yield();
      if (canceled) late = true;
    });
    alarm.cancel();
    canceled = true;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    EXPECT_FALSE(late);
  }
}

TEST(ThreadAlarmTest, DoesNotKeepItsEndWaiting) {
  const auto start = SteadyClock::now();
  {
    ThreadAlarm alarm;
    alarm.set(hours(1), [] {});
  }
  {
    const ThreadAlarm never_set;
  }
  EXPECT_LT(SteadyClock::now() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace mrgc::engine
