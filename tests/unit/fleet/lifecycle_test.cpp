#include "mrgc/fleet/lifecycle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mrgc::fleet {
namespace {

using enum InstanceState;

TEST(Lifecycle, TransitionsAreExactlyThese) {
  const std::set<std::pair<InstanceState, InstanceState>> legal = {
      {kLaunching, kAvailable},   {kLaunching, kQuarantined}, {kLaunching, kTerminated}, {kAvailable, kDraining},
      {kAvailable, kQuarantined}, {kAvailable, kTerminated},  {kDraining, kAvailable},   {kDraining, kQuarantined},
      {kDraining, kTerminated},   {kQuarantined, kTerminated}};
  for (const InstanceState from : kAllInstanceStates) {
    for (const InstanceState to : kAllInstanceStates) {
      const bool wanted = legal.contains({from, to});
      EXPECT_EQ(is_legal_transition(from, to), wanted) << to_string(from) << " to " << to_string(to);
      const auto previous = legal_previous_states(to);
      EXPECT_EQ(std::ranges::count(previous, from), wanted ? 1 : 0) << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(Lifecycle, WordsReadBack) {
  for (const InstanceState state : kAllInstanceStates) EXPECT_EQ(parse_instance_state(to_string(state)), state);
  EXPECT_EQ(parse_instance_state("Available"), std::nullopt);
  EXPECT_EQ(parse_instance_state(""), std::nullopt);
}

TEST(Lifecycle, SaysWhatAnInstanceCanBecome) {
  EXPECT_EQ(describe_state(kLaunching), "launching; from there it can become available, quarantined or terminated");
  EXPECT_EQ(describe_state(kQuarantined), "quarantined; from there it can only become terminated");
  EXPECT_EQ(describe_state(kTerminated), "terminated; only a new boot of it can register");
}

}  // namespace
}  // namespace mrgc::fleet
