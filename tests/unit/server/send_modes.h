#pragma once

#include <gtest/gtest.h>

#include <string>

#include "server/send_queue.h"

namespace mrgc::server::testing {

/// For tests of both ways in which answers are sent.
inline auto send_modes() { return ::testing::Values(SendQueue::Mode::kTogether, SendQueue::Mode::kOneByOne); }

inline std::string send_mode_name(const ::testing::TestParamInfo<SendQueue::Mode>& mode) {
  return mode.param == SendQueue::Mode::kTogether ? "Together" : "OneByOne";
}

}  // namespace mrgc::server::testing
