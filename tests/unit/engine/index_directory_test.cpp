#include "engine/index_directory.h"

#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <latch>
#include <set>
#include <thread>

#include "engine/entry_walk.h"
#include "engine/keyspace.h"
#include "engine_test.h"
#include "support/seed.h"

namespace mrgc::engine::testing {
namespace {

using mrgc::testing::Dice;

class IndexDirectoryTest : public ::testing::Test {
 protected:
  using Rests = std::set<std::string>;

  explicit IndexDirectoryTest(std::size_t budget_bytes = std::size_t{64} << 20)
      : directories_(*kv_, background_, budget_bytes) {}

  // Adds or removes a key as the committer does.
  void change(const std::string& partition, const std::string& rest, bool added) {
    KvBatch batch;
    if (added) {
      batch.put(Family::kIndexes, partition + rest, "entry");
      live_[partition].insert(rest);
    } else {
      batch.remove(Family::kIndexes, partition + rest);
      live_[partition].erase(rest);
    }
    const IndexChange changes[] = {change_of(partition, rest, added)};
    directories_.before_commit(changes);
    ASSERT_TRUE(kv_->write(batch, false));
    directories_.after_commit(changes);
  }
  static IndexChange change_of(const std::string& partition, const std::string& rest, bool added) {
    return {.key = partition + rest, .partition_size = static_cast<std::uint32_t>(partition.size()), .added = added};
  }

  std::vector<std::string> keys(const IndexDirectory& directory, const std::string& begin, const std::string& end,
                                bool forward, std::size_t limit) {
    return directory.read(*kv_, begin, end, forward, limit).value().keys;
  }

  void add_and_remove_many(const std::string& partition) {
    for (std::uint32_t i = 0; i < IndexDirectories::kDeletionsForDirectory; ++i) {
      change(partition, "x", true);
      change(partition, "x", false);
    }
  }

  void wait_for_builds() {
    std::latch done(1);
    background_.post([&] { done.count_down(); });
    done.wait();
  }

  // What a walk over the set gives.
  std::vector<std::string> expected(const std::string& partition, const std::string& begin, const std::string& end,
                                    bool forward, std::size_t limit) {
    std::vector<std::string> keys;
    for (const std::string& rest : live_[partition]) {
      const std::string key = partition + rest;
      if (key >= begin && (end.empty() || key < end)) keys.push_back(key);
    }
    if (!forward) std::ranges::reverse(keys);
    if (keys.size() > limit) keys.resize(limit);
    return keys;
  }

  mrgc::testing::TemporaryFolder folder_;
  std::unique_ptr<KvStore> kv_ = open_rocksdb(folder_.path() / "kv", {.cache_bytes = 1 << 20}).value();
  base::ThreadExecutor background_{1, "directories"};
  IndexDirectories directories_;
  std::map<std::string, Rests> live_;
};

TEST_F(IndexDirectoryTest, ExistsOnceThereWereManyDeletions) {
  for (std::uint32_t i = 1; i < IndexDirectories::kDeletionsForDirectory; ++i) {
    change("part/", "a" + std::to_string(i), true);
    change("part/", "a" + std::to_string(i), false);
  }
  wait_for_builds();
  EXPECT_EQ(directories_.find("part/"), nullptr);
  EXPECT_EQ(directories_.count(), 0);
  change("part/", "b", true);
  change("part/", "a", false);
  wait_for_builds();
  const auto directory = directories_.find("part/");
  ASSERT_NE(directory, nullptr);
  EXPECT_EQ(keys(*directory, "part/", "part0", true, 10), std::vector<std::string>{"part/b"});
  EXPECT_EQ(directories_.find("part"), nullptr);
}

TEST_F(IndexDirectoryTest, HoldsWhatTheStoreHoldsWhateverHappensWhileItIsBuilt) {
  for (const std::uint64_t seed : mrgc::testing::seeds()) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    // Long enough to build, so that many changes fall into the build.
    const std::string names[] = {"one/" + std::to_string(seed), "two/" + std::to_string(seed)};
    for (int i = 0; i < 3000; ++i) change(dice.pick(names), std::to_string(dice.roll(100'000)), true);
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < 200; ++i) {
        const std::string& partition = dice.pick(names);
        const Rests& rests = live_[partition];
        const bool remove = dice.chance(60) && !rests.empty();
        const auto near = rests.lower_bound(std::to_string(dice.roll(100'000)));
        change(partition, remove && near != rests.end() ? *near : std::to_string(dice.roll(100'000)), !remove);
      }
      for (const std::string& partition : names) {
        const auto directory = directories_.find(partition);
        if (directory == nullptr) continue;  // not ready yet
        for (int i = 0; i < 20; ++i) {
          // Bounds in the partition, at its ends, and none.
          const std::string begin = dice.chance(20) ? partition : partition + std::to_string(dice.roll(10'000));
          const std::string end = dice.chance(10)   ? std::string()
                                  : dice.chance(20) ? prefix_end(partition)
                                                    : begin + std::to_string(dice.roll(10));
          const bool forward = dice.chance(50);
          const std::size_t limit = 1 + dice.roll(dice.chance(20) ? 5000 : 20);
          ASSERT_EQ(keys(*directory, begin, end, forward, limit), expected(partition, begin, end, forward, limit));
        }
      }
    }
    wait_for_builds();
    for (const std::string& partition : names) {
      const auto directory = directories_.find(partition);
      ASSERT_NE(directory, nullptr);
      EXPECT_EQ(keys(*directory, partition, {}, true, 100'000), expected(partition, partition, {}, true, 100'000));
      EXPECT_EQ(keys(*directory, partition, {}, false, 100'000), expected(partition, partition, {}, false, 100'000));
    }
  }
}

// Additions are known before the store is written, removals after: in between the directory names both.
TEST_F(IndexDirectoryTest, NeverLacksAKeyThatTheStoreHolds) {
  change("part/", "a", true);
  add_and_remove_many("part/");
  wait_for_builds();
  const auto directory = directories_.find("part/");
  ASSERT_NE(directory, nullptr);
  const IndexChange moved[] = {change_of("part/", "b", true), change_of("part/", "a", false)};
  directories_.before_commit(moved);
  EXPECT_EQ(keys(*directory, "part/", {}, true, 10), (std::vector<std::string>{"part/a", "part/b"}));
  directories_.after_commit(moved);
  EXPECT_EQ(keys(*directory, "part/", {}, true, 10), std::vector<std::string>{"part/b"});
}

TEST_F(IndexDirectoryTest, ACommitThatRemovesAKeyAndAddsItAgainKeepsIt) {
  change("part/", "a", true);
  add_and_remove_many("part/");
  wait_for_builds();
  const auto directory = directories_.find("part/");
  ASSERT_NE(directory, nullptr);
  const IndexChange back[] = {change_of("part/", "a", false), change_of("part/", "a", true)};
  directories_.before_commit(back);
  directories_.after_commit(back);
  EXPECT_EQ(keys(*directory, "part/", {}, true, 10), std::vector<std::string>{"part/a"});
  const IndexChange there_and_away[] = {change_of("part/", "a", false), change_of("part/", "a", true),
                                        change_of("part/", "a", false)};
  directories_.before_commit(there_and_away);
  directories_.after_commit(there_and_away);
  EXPECT_TRUE(keys(*directory, "part/", {}, true, 10).empty());
}

// The counters of partitions without a directory are forgotten now and then; that must not cost a look at each of them
// for each deletion, and a busy partition gets its directory all the same.
TEST_F(IndexDirectoryTest, OfCountlessPartitionsTheBusyOneGetsADirectory) {
  constexpr int kPartitions = 200'000;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kPartitions; ++i) {
    const IndexChange changes[] = {change_of("quiet-" + std::to_string(i) + "/", "x", false),
                                   change_of("busy/", "x" + std::to_string(i), false)};
    directories_.after_commit(changes);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  wait_for_builds();
  EXPECT_NE(directories_.find("busy/"), nullptr);
  EXPECT_EQ(directories_.count(), 1);
}

class SmallBudgetTest : public IndexDirectoryTest {
 protected:
  static constexpr std::size_t kBudgetBytes = 50'000;
  SmallBudgetTest() : IndexDirectoryTest(kBudgetBytes) {}

  // 500 of them are too many; two times 200 are not.
  static std::string long_rest(int i) { return std::to_string(1000 + i).append(96, 'x'); }
};

TEST_F(SmallBudgetTest, APartitionThatIsTooLargeGetsNone) {
  for (int i = 0; i < 1000; ++i) change("large/", long_rest(i), true);
  for (int round = 0; round < 3; ++round) add_and_remove_many("large/");
  wait_for_builds();
  EXPECT_EQ(directories_.find("large/"), nullptr);
  EXPECT_EQ(directories_.count(), 0);
  EXPECT_EQ(directories_.memory_bytes(), 0);
}

TEST_F(SmallBudgetTest, TheOneUsedLeastGoes) {
  for (const std::string partition : {"a/", "b/"}) {
    for (int i = 0; i < 200; ++i) change(partition, long_rest(i), true);
  }
  for (const std::string partition : {"a/", "b/"}) {
    add_and_remove_many(partition);
    wait_for_builds();
    ASSERT_NE(directories_.find(partition), nullptr);
  }
  for (int i = 0; i < 200; ++i) change("c/", long_rest(i), true);
  ASSERT_NE(directories_.find("a/"), nullptr);  // now "b/" was used longer ago
  add_and_remove_many("c/");
  wait_for_builds();
  EXPECT_NE(directories_.find("a/"), nullptr);
  EXPECT_EQ(directories_.find("b/"), nullptr);
  EXPECT_LE(directories_.memory_bytes(), kBudgetBytes);
  // It comes back when it is called for again.
  add_and_remove_many("b/");
  wait_for_builds();
  EXPECT_NE(directories_.find("b/"), nullptr);
}

TEST_F(SmallBudgetTest, EmptyOnesCostSomethingAndGoFirst) {
  for (int i = 0; i < 100; ++i) change("full/", std::to_string(i), true);
  add_and_remove_many("full/");
  wait_for_builds();
  for (int i = 0; i < 200; ++i) add_and_remove_many("empty-" + std::to_string(i) + "/");
  wait_for_builds();
  EXPECT_LE(directories_.memory_bytes(), kBudgetBytes);
  EXPECT_LT(directories_.count(), 100);
  EXPECT_NE(directories_.find("full/"), nullptr);  // though it was used longest ago
}

// Nobody keeps a dropped directory current: a query that still holds it must notice.
TEST_F(SmallBudgetTest, AWalkGoesOnWithoutADirectoryThatIsDropped) {
  constexpr int kKeys = 300;
  for (int i = 0; i < kKeys; ++i) change("a/", long_rest(i), true);
  add_and_remove_many("a/");
  wait_for_builds();
  ASSERT_NE(directories_.find("a/"), nullptr);
  const auto entries =
      walk(*kv_, {.family = Family::kIndexes, .begin = "a/", .end = "a0"}, directories_.find("a/"), kKeys / 10);
  for (int i = 0; i < kKeys / 10; ++i) ASSERT_TRUE(entries->next().value());
  for (int i = 0; i < kKeys; ++i) change("b/", long_rest(i), true);
  add_and_remove_many("b/");
  wait_for_builds();
  ASSERT_EQ(directories_.find("a/"), nullptr);
  change("a/", long_rest(kKeys), true);
  int more = 0;
  while (entries->next().value()) ++more;
  EXPECT_EQ(more, kKeys + 1 - kKeys / 10);
}

class BestEntriesTest : public EngineTest {
 protected:
  static constexpr int kBest = 20'000;
  static constexpr int kOthers = 100;

  void SetUp() override { create(sample_table("sample")); }

  void write(int from, int to, int score_offset) {
    store::BatchWriteItemRequest request;
    for (int i = from; i < to; ++i) {
      request.tables["sample"].push_back(store::BatchWriteItemRequest::Put{
          make({{"pk", "i"}, {"sk", i}, {"color", "red"}, {"score", i + score_offset}})});
      if (request.tables["sample"].size() == 25 || i + 1 == to) {
        ASSERT_TRUE(db().batch_write_item(std::exchange(request, {})));
      }
    }
  }

  store::PageResult best(bool descending, std::int64_t limit) {
    return db()
        .query({.table = "sample",
                .index = "by-color",
                .key_condition_expression = "color = :c",
                .values = make({{":c", "red"}}),
                .scan_forward = !descending,
                .limit = limit})
        .value();
  }
};

TEST_F(BestEntriesTest, AreFoundAtOnceJustAfterTheBestFell) {
  write(0, kOthers + kBest, 1'000'000);
  write(kOthers, kOthers + kBest, -1'000'000);
  for (int i = 0; engine_->stats().directory_bytes == 0 && i < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(engine_->stats().directories, 2);  // of both indexes on these keys

  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::get_perf_context()->Reset();
  const store::PageResult page = best(/*descending=*/true, 5);
  EXPECT_LT(rocksdb::get_perf_context()->internal_delete_skipped_count, 100U);
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  ASSERT_EQ(page.items.size(), 5);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(page.items[i].find_int64("score"), 1'000'000 + kOthers - 1 - i);

  // The directory and the store tell the same, from either end and page by page.
  for (const bool descending : {false, true}) {
    std::vector<std::int64_t> scores;
    store::QueryRequest request{.table = "sample",
                                .index = "by-color",
                                .key_condition_expression = "color = :c",
                                .values = make({{":c", "red"}}),
                                .scan_forward = !descending,
                                .limit = 777};
    do {
      const auto next = db().query(request).value();
      for (const Item& item : next.items) scores.push_back(item.find_int64("score").value());
      request.exclusive_start_key = next.last_evaluated_key;
    } while (!request.exclusive_start_key.empty());
    EXPECT_EQ(scores.size(), kOthers + kBest);
    EXPECT_TRUE(descending ? std::ranges::is_sorted(scores, std::ranges::greater()) : std::ranges::is_sorted(scores));
  }
}

// An item whose score moves on and on is in the index all the time: every query finds it, once.
TEST_F(BestEntriesTest, AnItemThatMovesIsInEveryPage) {
  constexpr int kItems = 40;
  const auto put_scored = [this](int item, std::int64_t score) {
    return db().put_item(
        {.table = "sample", .item = make({{"pk", "i"}, {"sk", item}, {"color", "red"}, {"score", Value(score)}})});
  };
  for (int round = 0; engine_->stats().directory_bytes == 0 && round < 100'000; ++round) {
    for (int i = 0; i < kItems; ++i) ASSERT_TRUE(put_scored(i, round));
  }
  ASSERT_GT(engine_->stats().directories, 0U);
  std::atomic<bool> stop = false;
  std::vector<std::jthread> movers;
  for (int mover = 0; mover < 2; ++mover) {
    movers.emplace_back([&, mover] {
      std::int64_t step = mover;
      while (!stop) {
        for (int i = mover; i < kItems; i += 2) ASSERT_TRUE(put_scored(i, ++step * 7919 % 1000));
      }
    });
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  int queries = 0;
  for (; std::chrono::steady_clock::now() < end && !HasFailure(); ++queries) {
    const store::PageResult page = best(/*descending=*/queries % 2 == 0, 100);
    std::set<std::int64_t> found;
    for (const Item& item : page.items) found.insert(item.find_int64("sk").value());
    EXPECT_EQ(found.size(), static_cast<std::size_t>(kItems)) << "query " << queries;
    EXPECT_EQ(page.items.size(), static_cast<std::size_t>(kItems)) << "query " << queries;
  }
  stop = true;
  movers.clear();
  EXPECT_GT(queries, 50);
  EXPECT_GT(engine_->stats().directories, 0U);
}

// A start key of another partition must not make the directory's bounds meaningless.
TEST_F(BestEntriesTest, AStartKeyOfAnotherPartitionIsRefused) {
  const auto query_from = [&](const std::string& color) {
    return db().query({.table = "sample",
                       .index = "by-color",
                       .key_condition_expression = "color = :c",
                       .values = make({{":c", "red"}}),
                       .exclusive_start_key = make({{"pk", "i"}, {"sk", 3}, {"color", Value(color)}, {"score", 3}})});
  };
  write(0, 1000, 0);
  for (const bool with_directory : {false, true}) {
    if (with_directory) {
      write(0, 1000, 5000);
      for (int i = 0; engine_->stats().directory_bytes == 0 && i < 1000; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      ASSERT_GT(engine_->stats().directories, 0U);
    }
    for (const std::string color : {"amber", "blue", "violet", "white", "orange"}) {
      EXPECT_EQ(error_of(query_from(color)).message,
                "The provided starting key is outside query boundaries based on provided conditions");
    }
    EXPECT_TRUE(query_from("red"));
  }
}

}  // namespace
}  // namespace mrgc::engine::testing
