#include "engine/expiry.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "engine_test.h"
#include "support/kv.h"

namespace mrgc::engine::testing {
namespace {

using Kind = ChangeRecord::Kind;

class ExpiryTest : public EngineTest {
 protected:
  void SetUp() override {
    create(sample_table("sample"));
    set_ttl(true);
  }

  void set_ttl(bool enabled, const std::string& attribute = "ttl") {
    auto done = db().update_time_to_live({.table = "sample", .attribute = attribute, .enabled = enabled});
    ASSERT_TRUE(done) << done.error().message;
  }
  void put_with_ttl(int number, const Value& ttl) {
    put("sample", {{"pk", "p"}, {"sk", number}, {"color", "red"}, {"score", number}, {"ttl", ttl}});
  }
  void put_expiring(int number, std::int64_t in_s) { put_with_ttl(number, Value(clock_.now_s() + in_s)); }
  bool exists(int number) { return get("sample", {{"pk", "p"}, {"sk", number}}).has_value(); }
  // A step of the queue past `seconds`, so that whatever expired then is due.
  void wait(std::int64_t seconds) { clock_.advance_ms((seconds + kExpiryStep_s) * 1000); }
  std::size_t sweep() { return engine_->sweep_expired(1'000'000); }
};

TEST_F(ExpiryTest, DeletesWhatHasExpiredAndNothingElse) {
  put_expiring(1, 100);
  put_expiring(2, 1000);
  put("sample", {{"pk", "p"}, {"sk", 3}});
  EXPECT_EQ(sweep(), 0);
  wait(100);
  EXPECT_EQ(sweep(), 1);
  EXPECT_FALSE(exists(1));
  EXPECT_TRUE(exists(2));
  EXPECT_TRUE(exists(3));
  EXPECT_EQ(engine_->stats().expired_items, 1);
  wait(900);
  EXPECT_EQ(sweep(), 1);
  EXPECT_FALSE(exists(2));
  EXPECT_TRUE(exists(3));
}

TEST_F(ExpiryTest, IsNeverEarlyAndAtMostAStepLate) {
  for (int i = 0; i < 180; ++i) put_expiring(i, i);
  for (std::int64_t second = 0; second <= 180 + kExpiryStep_s; ++second) {
    sweep();
    for (int i = 0; i < 180; ++i) {
      if (i > second) {
        ASSERT_TRUE(exists(i)) << i << " went at second " << second;
      } else if (i + kExpiryStep_s <= second) {
        ASSERT_FALSE(exists(i)) << i << " is still there at second " << second;
      }
    }
    clock_.advance_ms(1000);
  }
}

TEST_F(ExpiryTest, DeletionsAreOrdinaryOnes) {
  put_expiring(1, 10);
  const std::uint64_t before = engine_->change_log().next_sequence();
  wait(10);
  EXPECT_EQ(sweep(), 1);
  const auto records = engine_->change_log().read(before, 10).value();
  ASSERT_EQ(records.size(), 1);
  EXPECT_EQ(records[0].kind, Kind::kRemove);
  EXPECT_FALSE(records[0].unchanged);
  EXPECT_EQ(records[0].time_ms, clock_.now_ms());
  EXPECT_TRUE(scan_all(db(), "sample", "by-color").empty());
  EXPECT_EQ(db().describe_table({.table = "sample"}).value().item_count, 0);
}

TEST_F(ExpiryTest, AnExtendedItemLivesOn) {
  put_expiring(1, 100);
  for (int i = 0; i < 50; ++i) {
    clock_.advance_ms(30'000);
    put_expiring(1, 100);
    EXPECT_EQ(sweep(), 0);
    ASSERT_TRUE(exists(1));
  }
  wait(100);
  EXPECT_EQ(sweep(), 1);
  EXPECT_FALSE(exists(1));
}

TEST_F(ExpiryTest, AShortenedOneGoesEarlier) {
  put_expiring(1, 100'000);
  put_expiring(1, 100);
  wait(100);
  EXPECT_EQ(sweep(), 1);
}

TEST_F(ExpiryTest, OneThatLostItsTimeToLiveStays) {
  put_expiring(1, 100);
  put("sample", {{"pk", "p"}, {"sk", 1}});
  put_expiring(2, 100);
  put_with_ttl(2, "soon");
  wait(200);
  EXPECT_EQ(sweep(), 0);
  EXPECT_TRUE(exists(1));
  EXPECT_TRUE(exists(2));
  // And one that gets it back goes.
  put_expiring(1, 10);
  wait(10);
  EXPECT_EQ(sweep(), 1);
}

TEST_F(ExpiryTest, DeletedAndMadeAnewWithALongerLife) {
  put_expiring(1, 100);
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})}));
  put_expiring(1, 500);
  wait(100);
  EXPECT_EQ(sweep(), 0);
  wait(400);
  EXPECT_EQ(sweep(), 1);
}

TEST_F(ExpiryTest, OnlyNumbersCountAndOldMistakesAreLeftAlone) {
  const std::int64_t year_s = 365 * 24 * 3600;
  put_with_ttl(1, std::to_string(clock_.now_s() - 10));
  put_with_ttl(2, Value(clock_.now_s() - 5 * year_s - 1));
  put_with_ttl(3, Value(clock_.now_s() * 1000));  // milliseconds: a common mistake, far in the future
  put_with_ttl(4, Value(-5));
  put_with_ttl(5, Value(0));
  put_with_ttl(6, Value(item::Number::parse("1E+125").value()));
  put_with_ttl(7, Value(item::Number::parse("-1E+125").value()));
  put_with_ttl(8, Value(item::Number::parse("9223372036854775807").value()));
  put_with_ttl(9, Value::number_set({item::Number::from_int64(1'600'000'000)}));
  put_with_ttl(10, Value(clock_.now_s() - 5 * year_s + 3600));  // just young enough
  put_with_ttl(11, Value(item::Number::parse(std::to_string(clock_.now_s() + 5) + ".5").value()));
  put_with_ttl(12, Value(clock_.now_s() - 1));  // past already when it is written
  wait(60);
  EXPECT_EQ(sweep(), 3);
  for (int i = 1; i <= 9; ++i) EXPECT_TRUE(exists(i)) << i;
  for (int i = 10; i <= 12; ++i) EXPECT_FALSE(exists(i)) << i;
}

TEST_F(ExpiryTest, ATableWithoutTimeToLiveAnyMoreKeepsItsItems) {
  put_expiring(1, 100);
  set_ttl(false);
  EXPECT_EQ(db().describe_table({.table = "sample"}).value().time_to_live_attribute, std::nullopt);
  wait(200);
  EXPECT_EQ(sweep(), 0);
  put_expiring(2, -10);
  EXPECT_EQ(sweep(), 0);
  EXPECT_TRUE(exists(1));
}

TEST_F(ExpiryTest, EnablingFindsTheItemsThatAreThere) {
  set_ttl(false);
  for (int i = 0; i < 100; ++i) put_expiring(i, i % 2 == 0 ? -10 : 1000);
  for (int i = 0; i < 10; ++i) {
    put("sample", {{"pk", "other"}, {"sk", i}, {"expires", clock_.now_s() - 10}, {"ttl", "none"}});
  }
  wait(60);
  set_ttl(true);
  EXPECT_EQ(db().describe_table({.table = "sample"}).value().time_to_live_attribute, "ttl");
  wait(0);
  EXPECT_EQ(sweep(), 50);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(exists(i), i % 2 != 0);
  // The same with another attribute, across a restart.
  set_ttl(false);
  set_ttl(true, "expires");
  reopen();
  wait(2000);
  EXPECT_EQ(sweep(), 10);
  EXPECT_EQ(scan_all(db(), "sample").size(), 50);
}

// Also from an answer, on whose thread everything else is committed.
TEST_F(ExpiryTest, CanBeSwitchedFromAnAnswer) {
  set_ttl(false);
  std::promise<Result<store::UpdateTimeToLiveResult>> switched;
  engine_->put_item({.table = "sample", .item = make({{"pk", "p"}, {"sk", 1}, {"ttl", clock_.now_s() + 10}})},
                    [&](const Result<store::WriteItemResult>& result) {
                      EXPECT_TRUE(result);
                      engine_->update_time_to_live({.table = "sample", .attribute = "ttl"},
                                                   [&](auto outcome) { switched.set_value(std::move(outcome)); });
                    });
  EXPECT_TRUE(switched.get_future().get());
  wait(10);
  EXPECT_EQ(sweep(), 1);
}

// Items that are decided and not yet committed when the scan for items to queue comes by are queued too.
TEST_F(ExpiryTest, EnablingFindsTheItemsThatAreOnTheirWay) {
  for (int round = 0; round < 20; ++round) {
    set_ttl(false);
    std::jthread writer([&] {
      for (int i = 0; i < 50; ++i) put_expiring(i, 10);
    });
    set_ttl(true);
    writer.join();
    wait(10);
    EXPECT_EQ(sweep(), 50);
  }
}

TEST_F(ExpiryTest, TheQueueSurvivesARestart) {
  put_expiring(1, 100);
  reopen();
  wait(100);
  EXPECT_EQ(sweep(), 1);
}

TEST_F(ExpiryTest, DeletesAtMostWhatItIsAskedFor) {
  for (int i = 0; i < 1000; ++i) put_expiring(i, 10);
  wait(10);
  EXPECT_EQ(engine_->sweep_expired(10), 10);
  EXPECT_EQ(engine_->sweep_expired(300), 300);
  EXPECT_EQ(sweep(), 690);
  EXPECT_EQ(sweep(), 0);
}

TEST_F(ExpiryTest, WhatIsLeftOfADroppedTableInTheQueueDoesNoHarm) {
  put_expiring(1, 100);
  ASSERT_TRUE(db().delete_table({.table = "sample"}));
  create(sample_table("sample"));
  set_ttl(true);
  put_expiring(1, 10'000);
  wait(100);
  EXPECT_EQ(sweep(), 0);
  EXPECT_TRUE(exists(1));
  log_is_whole_ = false;
}

TEST_F(ExpiryTest, WorksWhenTheClockWasSetBack) {
  put_expiring(1, 10'000);
  wait(5000);
  put_expiring(2, 10);
  wait(10);
  EXPECT_EQ(sweep(), 1);
  clock_.advance_ms(-20'000'000);
  put_expiring(3, 10);
  wait(10);
  EXPECT_EQ(sweep(), 1);
  EXPECT_FALSE(exists(3));
  EXPECT_TRUE(exists(1));
}

TEST_F(ExpiryTest, AnExtensionWritesNothingToTheQueue) {
  Table table;
  table.ttl_attribute = "ttl";
  const auto expiring = [](std::int64_t at_s) { return make({{"pk", "p"}, {"ttl", Value(at_s)}}); };
  const auto writes = [&](const std::optional<Item>& before, const std::optional<Item>& after) {
    KvBatch batch;
    ExpiryQueue().record(batch, table, "key", before, after, kStart_s);
    return !batch.empty();
  };
  const Item plain = make({{"pk", "p"}});
  EXPECT_TRUE(writes(std::nullopt, expiring(kStart_s + 100)));
  EXPECT_TRUE(writes(plain, expiring(kStart_s + 100)));
  EXPECT_FALSE(writes(expiring(kStart_s + 100), expiring(kStart_s + 100)));
  EXPECT_FALSE(writes(expiring(kStart_s + 100), expiring(kStart_s + 9000)));
  EXPECT_TRUE(writes(expiring(kStart_s + 9000), expiring(kStart_s + 100)));
  EXPECT_FALSE(writes(expiring(kStart_s + 9000), plain));
  EXPECT_FALSE(writes(expiring(kStart_s + 9000), std::nullopt));
  EXPECT_FALSE(writes(std::nullopt, plain));
}

// A write is decided, and its place in the queue with it, some time before it is committed. A sweep in between must not
// take the queue for finished up to there, however long that time is: a machine may be paused, or its clock set
// forward.
TEST_F(ExpiryTest, AWriteThatIsCommittedLateIsNotSteppedOver) {
  for (const std::int64_t late_s : {1, 3600}) {
    SCOPED_TRACE(late_s);
    mrgc::testing::GatedKv& gate = reopen_over<mrgc::testing::GatedKv>();
    clock_.set_ms((clock_.now_s() / kExpiryStep_s + 1) * kExpiryStep_s * 1000);
    put_expiring(1, late_s);

    const auto expiring = [&](const std::string& pk) {
      return store::PutItemRequest{.table = "sample",
                                   .item = make({{"pk", Value(pk)}, {"sk", 1}, {"ttl", clock_.now_s() + 1}})};
    };
    gate.close();
    // Whatever their hashes, some of these stand before the entry that the sweep takes, also in the same step.
    std::atomic<int> answered = 0;
    for (int i = 0; i < 20; ++i) {
      engine_->put_item(expiring("late" + std::to_string(i)), [&](const Result<store::WriteItemResult>& result) {
        EXPECT_TRUE(result);
        ++answered;
      });
    }
    gate.wait_for_writer();
    wait(late_s);
    auto swept = std::async(std::launch::async, [&] { return engine_->sweep_expired(1000); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it has begun, and waits for what is on its way
    gate.open();
    std::size_t deleted = swept.get();
    deleted += engine_->sweep_expired(1000);
    EXPECT_EQ(answered, 20);
    EXPECT_EQ(deleted, 21);
  }
}

// A clock that is set back for a moment, and is right again before anyone has seen that: what was written in that
// moment is found all the same.
TEST_F(ExpiryTest, WorksWhenTheClockWasSetBackBetweenTwoSweeps) {
  clock_.set_ms((kStart_s / kExpiryStep_s) * kExpiryStep_s * 1000);
  for (const std::int64_t back_s : {30, 3600}) {
    SCOPED_TRACE(back_s);
    put_expiring(1, 10);
    wait(10);
    EXPECT_EQ(sweep(), 1);
    clock_.advance_ms(-1000 * back_s);
    put_expiring(2, 1);
    clock_.advance_ms(1000 * back_s);
    wait(1);
    EXPECT_EQ(sweep(), 1);
    EXPECT_FALSE(exists(2));
  }
}

// One that was put there while a sweep began is not yet in the store for that one.
TEST_F(ExpiryTest, WhatIsOutOfOrderIsForTheNextSweep) {
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); };
  const auto put_late = [&](int number, std::int64_t ttl) {
    return start(&store::Store::put_item,
                 {.table = "sample", .item = make({{"pk", "p"}, {"sk", number}, {"ttl", Value(ttl)}})});
  };
  const std::int64_t far_s = clock_.now_s() + 100'000;
  put_expiring(1, 1);
  wait(1);
  auto& gate = reopen_over<mrgc::testing::GatedKv>();
  gate.close();
  auto first = put_late(2, far_s);
  gate.wait_for_writer();
  auto swept = std::async(std::launch::async, [&] { return engine_->sweep_expired(1000); });
  pause();  // it waits for what is on its way, and this goes with it
  auto second = put_late(3, far_s);
  gate.let_one_pass();
  pause();
  clock_.advance_ms(-240'000);
  auto disordered = put_late(4, clock_.now_s());
  clock_.advance_ms(240'000);
  gate.let_one_pass();
  pause();  // the sweep has begun, and waits for its first deletion
  gate.open();
  EXPECT_EQ(swept.get() + sweep(), 2);
  EXPECT_FALSE(exists(4));
  EXPECT_TRUE(first.get() && second.get() && disordered.get());
}

}  // namespace
}  // namespace mrgc::engine::testing
