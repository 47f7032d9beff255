#include "engine/expiry_sweeper.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>
#include <thread>

#include "engine/expiry.h"
#include "engine_test.h"
#include "support/kv.h"

namespace mrgc::engine::testing {
namespace {

class ExpirySweeperTest : public EngineTest {
 protected:
  void SetUp() override {
    create(sample_table("sample"));
    ASSERT_TRUE(db().update_time_to_live({.table = "sample", .attribute = "ttl"}));
  }
};

// More than one run takes: the rest must not wait for the next interval.
TEST_F(ExpirySweeperTest, WhatIsTooMuchForOneRunGoesInTheNextAtOnce) {
  log_is_whole_ = false;
  options_.sweep_interval = std::chrono::seconds(3);
  reopen();
  constexpr int kItems = static_cast<int>(ExpirySweeper::kItemsPerRun) + 500;
  store::BatchWriteItemRequest batch;
  for (int i = 0; i < kItems; ++i) {
    batch.tables["sample"].emplace_back(
        store::BatchWriteItemRequest::Put{make({{"pk", "p"}, {"sk", i}, {"ttl", clock_.now_s() + 1}})});
    if (batch.tables["sample"].size() < 25) continue;
    ASSERT_TRUE(db().batch_write_item(std::exchange(batch, {})));
  }
  clock_.advance_ms(1000 * kExpiryStep_s * 2);
  const auto wait_for = [&](std::uint64_t items) {
    while (engine_->stats().expired_items < items) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return std::chrono::steady_clock::now();
  };
  const auto first = wait_for(ExpirySweeper::kItemsPerRun);
  EXPECT_LT(wait_for(kItems) - first, options_.sweep_interval / 2);
}

// A queue that cannot be read.
class UnreadableQueueKv final : public mrgc::testing::ForwardingKv {
 public:
  using ForwardingKv::ForwardingKv;

  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* at) const override {
    if (family != Family::kExpiry) return ForwardingKv::iterate(family, std::move(begin), std::move(end), at);
    return std::make_unique<mrgc::testing::FailingIterator>(
        Error{.code = ErrorCode::kInternal, .message = "the test's queue is broken"});
  }
};

TEST_F(ExpirySweeperTest, AQueueThatCannotBeReadIsNotTakenForEmptyInSilence) {
  engine_.reset();
  engine_ =
      Engine::open(std::make_unique<UnreadableQueueKv>(open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value()),
                   options_)
          .value();
  std::ostringstream logged;
  const auto logger = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged)));
  EXPECT_EQ(engine_->sweep_expired(10), 0U);
  spdlog::set_default_logger(logger);
  EXPECT_NE(logged.str().find("the test's queue is broken"), std::string::npos) << logged.str();
}

}  // namespace
}  // namespace mrgc::engine::testing
