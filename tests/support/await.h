#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace mrgc::testing {

/// Waits for what another thread is about to do; the test fails when that takes 20 seconds.
template <typename Condition>
void await(Condition&& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace mrgc::testing
