#include <gtest/gtest.h>

#include <iostream>

#include "integration/engine_model/run.h"
#include "support/sanitizers.h"

namespace mrgc::model {
namespace {

TEST(EngineModelTest, TheStoreDoesWhatTheModelDoes) {
  for (const std::uint64_t seed : testing::seeds()) {
    model::Run run(seed);
    const std::uint64_t requests = testing::kSanitized ? 60'000 : 120'000;
    try {
      while (run.requests() < requests) run.step();
    } catch (const Difference& difference) {
      FAIL() << difference.what() << "\nafter " << run.requests() << " requests; repeat with MRGC_SEED=" << seed << "\n"
             << run.history();
    }
    const double share = static_cast<double>(run.succeeded()) / static_cast<double>(run.requests());
    std::cout << "seed " << seed << ": " << run.requests() << " requests, " << 100 * share << " % of them succeeded\n";
    EXPECT_GE(share, 0.6);
  }
}

}  // namespace
}  // namespace mrgc::model
