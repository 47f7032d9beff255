#include "engine/item_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/caching_kv.h"
#include "engine/kv.h"
#include "support/memory_kv.h"

namespace mrgc::engine {
namespace {

using Takes = ItemCache::Takes;

constexpr std::uint64_t kNow = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kAmple = std::size_t{1} << 20;

void change(ItemCache& cache, std::string_view key, std::optional<std::string_view> value) {
  cache.begin_change(key);
  cache.end_change(key, value, 1);
}

std::optional<std::string> find(const ItemCache& cache, std::string_view key) {
  ItemCache::Look look;
  return cache.find(key, kNow, look);
}

TEST(ItemCache, HoldsWhatWasWrittenUntilItChanges) {
  ItemCache cache(kAmple, Takes::kWritten, 1);
  change(cache, "a", "1");
  EXPECT_EQ(find(cache, "a"), "1");
  cache.begin_change("a");
  EXPECT_EQ(find(cache, "a"), std::nullopt) << "readers must ask the store while it changes";
  cache.end_change("a", "2", 1);
  EXPECT_EQ(find(cache, "a"), "2");
  change(cache, "a", std::nullopt);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  EXPECT_EQ(cache.memory_bytes(), 0u);
}

TEST(ItemCache, KeepsWhatIsOfferedUnlessSomethingChangedMeanwhile) {
  ItemCache cache(kAmple, Takes::kWritten, 1);
  ItemCache::Look look;
  EXPECT_FALSE(cache.find("a", kNow, look));
  cache.offer("a", "read", kNow, look);
  EXPECT_EQ(find(cache, "a"), "read");

  EXPECT_FALSE(cache.find("b", kNow, look));
  change(cache, "b", std::nullopt);
  cache.offer("b", "from before", kNow, look);
  EXPECT_EQ(find(cache, "b"), std::nullopt);

  cache.begin_change("c");
  EXPECT_FALSE(cache.find("c", kNow, look));
  cache.offer("c", "perhaps from before", kNow, look);
  EXPECT_EQ(find(cache, "c"), std::nullopt);
  cache.end_change("c", "after", 1);
  EXPECT_EQ(find(cache, "c"), "after");
}

TEST(ItemCache, ForgetsAllWhenRangesChange) {
  ItemCache cache(kAmple, Takes::kWritten, 1);
  change(cache, "a", "1");
  ItemCache::Look look;
  EXPECT_FALSE(cache.find("b", kNow, look));
  cache.begin_change_of_all();
  cache.offer("b", "from before", kNow, look);
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  cache.end_change_of_all(1);
  EXPECT_EQ(find(cache, "b"), std::nullopt);
  EXPECT_EQ(cache.memory_bytes(), 0u);
}

TEST(ItemCache, TellsAtAnEarlierMomentOnlyWhatWasThereThen) {
  ItemCache cache(kAmple, Takes::kWritten, 1);
  cache.begin_change("a");
  cache.end_change("a", "since 5", 5);
  ItemCache::Look look;
  EXPECT_EQ(cache.find("a", 4, look), std::nullopt);
  EXPECT_EQ(cache.find("a", 5, look), "since 5");
}

TEST(ItemCache, TakesWhatWasReadAtAnEarlierMomentIfNothingNearItChangedSince) {
  ItemCache cache(kAmple, Takes::kWritten, 1);
  change(cache, "a", "1");  // write 1
  ItemCache::Look look;
  EXPECT_FALSE(cache.find("a", 0, look)) << "at a moment before it";
  cache.offer("a", "from before", 0, look);
  EXPECT_EQ(find(cache, "a"), "1");

  // Whatever was written meanwhile elsewhere, of this it knows that it has been so since write 0.
  ItemCache others(kAmple, Takes::kRead, 1);
  EXPECT_FALSE(others.find("b", 7, look));
  others.offer("b", "read", 7, look);
  EXPECT_EQ(others.find("b", 3, look), "read");
}

TEST(ItemCache, StaysWithinItsMemoryAndKeepsWhatIsAskedFor) {
  constexpr std::size_t kBytes = 200'000;
  ItemCache cache(kBytes, Takes::kWritten, 1);
  const std::string value(100, 'v');
  change(cache, "asked for", value);
  for (int i = 0; i < 20'000; ++i) {
    change(cache, "key " + std::to_string(i), value);
    EXPECT_EQ(find(cache, "asked for"), value) << i;
  }
  EXPECT_LE(cache.memory_bytes(), kBytes);
  EXPECT_GT(cache.memory_bytes(), kBytes / 2);
  change(cache, "large", std::string(std::size_t{1} << 20, 'v'));
  EXPECT_EQ(find(cache, "large"), std::nullopt);
}

TEST(ItemCache, TakesUpOnlyWhatIsReadWhereMostIsNot) {
  ItemCache cache(kAmple, Takes::kRead, 1);
  change(cache, "a", "1");
  ItemCache::Look look;
  EXPECT_EQ(cache.find("a", kNow, look), std::nullopt);
  cache.offer("a", "1", kNow, look);
  EXPECT_EQ(find(cache, "a"), "1");
  change(cache, "a", "a longer value than the last");
  EXPECT_EQ(find(cache, "a"), "a longer value than the last");
  change(cache, "a", std::nullopt);
  change(cache, "a", "3");
  EXPECT_EQ(find(cache, "a"), std::nullopt);
  EXPECT_EQ(cache.memory_bytes(), 0u);
}

// Values of many lengths come, grow, shrink and go, in so little room that most go soon.
TEST(ItemCache, HoldsTheLastValueOrNone) {
  constexpr std::size_t kBytes = std::size_t{64} * 3'000;
  ItemCache cache(kBytes, Takes::kWritten, 1);
  std::map<std::string, std::string> model;
  std::mt19937_64 random(11);
  int found = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "key " + std::to_string(random() % 2'000);
    if (random() % 8 == 0) {
      change(cache, key, std::nullopt);
      model.erase(key);
    } else {
      const std::size_t size = random() % (random() % 16 == 0 ? 2'000 : 150);
      model[key] = std::string(size, static_cast<char>('a' + random() % 26));
      change(cache, key, model[key]);
    }
    const std::string other = "key " + std::to_string(random() % 2'000);
    if (const auto value = find(cache, other)) {
      ++found;
      ASSERT_TRUE(model.contains(other)) << other;
      ASSERT_EQ(*value, model[other]) << other;
    }
    ASSERT_LE(cache.memory_bytes(), kBytes);
  }
  EXPECT_GT(found, 10'000);
  for (const auto& [key, value] : model) change(cache, key, std::nullopt);
  EXPECT_EQ(cache.memory_bytes(), 0u);
}

/// A store whose readers now and then fall behind with what they have read.
class LateKv final : public KvStore {
 public:
  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    auto value = kv_.get(family, key, snapshot);
    if (reads_.fetch_add(1) % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(20));
    return value;
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return kv_.iterate(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvSnapshot> snapshot() const override { return kv_.snapshot(); }
  std::uint64_t approximate_bytes(Family family, std::string_view begin, std::string_view end) const override {
    return kv_.approximate_bytes(family, begin, end);
  }
  Result<void> write(const KvBatch& batch, bool sync) override { return kv_.write(batch, sync); }

 private:
  mrgc::testing::MemoryKv kv_;
  mutable std::atomic<std::uint64_t> reads_{0};
};

/// A store with counters that only ever grow, and readers who would notice if one seemed to shrink.
class CachingKvTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  static constexpr int kKeys = 5;
  static constexpr int kRounds = 20'000;

  static std::string key(int number) { return "item " + std::to_string(number); }

  // One batch changes a key twice, and another key, now and then a whole range.
  void write(std::uint64_t round) {
    KvBatch batch;
    const int one = static_cast<int>(round % kKeys);
    for (const Family family : {Family::kItems, Family::kIndexes}) {
      batch.put(family, key(one), std::to_string(2 * round));
      batch.put(family, key(one), std::to_string(2 * round + 1));
      batch.put(family, key((one + 2) % kKeys), std::to_string(2 * round + 1));
      if (round % 1000 == 0) batch.remove_range(family, "other", "others");
    }
    ASSERT_TRUE(kv_->write(batch, false));
  }

  // What was once seen, nobody may see an older state than.
  void read(int number) {
    std::atomic<std::uint64_t>& seen = seen_[static_cast<std::size_t>(number)];
    const std::uint64_t before = seen.load();
    const auto value = kv_->get(Family::kItems, key(number)).value();
    const std::uint64_t now = value ? std::stoull(*value) : 0;
    EXPECT_GE(now, before) << key(number);
    EXPECT_TRUE(now == 0 || now % 2 == 1) << "between two changes of one batch";
    for (std::uint64_t known = before; known < now && !seen.compare_exchange_weak(known, now);) {
    }
  }

  // At a snapshot all is as a walk at it finds it, an item and its entry among it.
  void read_at_snapshot() {
    const auto snapshot = kv_->snapshot();
    for (const Family family : {Family::kItems, Family::kIndexes}) {
      for (int number = 0; number < kKeys; ++number) {
        const auto walk = kv_->iterate(Family::kItems, key(number), key(number) + "0", snapshot.get());
        walk->seek_to_first();
        const auto expected = walk->valid() ? std::optional<std::string>(walk->value()) : std::nullopt;
        EXPECT_EQ(kv_->get(family, key(number), snapshot.get()).value(), expected) << key(number);
      }
    }
  }

  std::unique_ptr<KvStore> kv_ = with_item_cache(std::make_unique<LateKv>(), GetParam(), 7);
  std::array<std::atomic<std::uint64_t>, kKeys> seen_{};
};

TEST_P(CachingKvTest, NobodySeesAnOlderStateThanSomebodyHasSeen) {
  std::atomic<bool> ended{false};
  std::vector<std::jthread> readers;
  for (int thread = 0; thread < 3; ++thread) {
    readers.emplace_back([&, thread] {
      for (int i = thread; !ended; ++i) {
        read(i % kKeys);
        if (i % 8 == 0) read_at_snapshot();
      }
    });
  }
  for (std::uint64_t round = 1; round <= kRounds; ++round) write(round);
  ended = true;
  readers.clear();
  const auto entries = kv_->iterate(Family::kItems, "item", "items");  // past the cache
  for (entries->seek_to_first(); entries->valid(); entries->next()) {
    EXPECT_EQ(kv_->get(Family::kItems, entries->key()).value(), entries->value());
  }
}

INSTANTIATE_TEST_SUITE_P(Capacities, CachingKvTest, ::testing::Values(std::size_t{1} << 20, std::size_t{64} * 250));

}  // namespace
}  // namespace mrgc::engine
