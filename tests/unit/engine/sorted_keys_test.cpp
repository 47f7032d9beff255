#include "engine/sorted_keys.h"

#include <gtest/gtest.h>

#include <ranges>
#include <set>

#include "support/seed.h"

namespace mrgc::engine::testing {
namespace {

using mrgc::testing::Dice;

std::vector<std::string> keys_of(const SortedKeys& keys, std::string_view begin, std::string_view end, bool forward,
                                 std::size_t limit) {
  std::vector<std::string> result;
  keys.walk(begin, end, forward, [&](std::string_view key) {
    result.emplace_back(key);
    return result.size() < limit;
  });
  return result;
}

std::vector<std::string> keys_of(const std::set<std::string>& model, const std::string& begin, const std::string& end,
                                 bool forward, std::size_t limit) {
  std::vector<std::string> result;
  for (const std::string& key : model) {
    if (key >= begin && (end.empty() || key < end)) result.push_back(key);
  }
  if (!forward) std::ranges::reverse(result);
  if (result.size() > limit) result.resize(limit);
  return result;
}

// Mostly as long as an index's keys, some empty, some longer than a block.
std::string random_key(Dice& dice) {
  std::string key = std::to_string(dice.roll(100'000));
  if (dice.chance(1)) key.clear();
  if (dice.chance(60)) key.append(dice.roll(40), 'x');
  if (dice.chance(1)) key.append(dice.roll(10'000), 'y');
  return key;
}

// Grows to some thousand keys and shrinks to none, again and again.
TEST(SortedKeys, AreASetInOrder) {
  for (const std::uint64_t seed : mrgc::testing::seeds()) {
    SCOPED_TRACE(seed);
    Dice dice(seed);
    SortedKeys keys;
    std::set<std::string> model;
    for (int phase = 0; phase < 12; ++phase) {
      const int additions = phase % 3 == 2 ? 2 : 30 + static_cast<int>(dice.roll(60));
      for (int i = 0; i < 4000; ++i) {
        if (dice.chance(additions)) {
          const std::string key = random_key(dice);
          ASSERT_EQ(keys.insert(key), model.insert(key).second) << key;
        } else {
          const auto near = model.lower_bound(random_key(dice));
          const std::string key = near == model.end() || dice.chance(10) ? random_key(dice) : *near;
          ASSERT_EQ(keys.erase(key), model.erase(key) > 0) << key;
        }
        ASSERT_EQ(keys.empty(), model.empty());
        if (!dice.chance(2)) continue;
        const std::string begin = dice.chance(20) ? std::string() : random_key(dice);
        const std::string end = dice.chance(20) ? std::string() : dice.chance(30) ? begin + "1" : random_key(dice);
        const bool forward = dice.chance(50);
        const std::size_t limit = 1 + dice.roll(dice.chance(20) ? 5000 : 20);
        ASSERT_EQ(keys_of(keys, begin, end, forward, limit), keys_of(model, begin, end, forward, limit))
            << begin << " to " << end;
      }
      ASSERT_EQ(keys_of(keys, {}, {}, true, 1'000'000), keys_of(model, {}, {}, true, 1'000'000));
    }
    while (!model.empty()) ASSERT_TRUE(keys.erase(model.extract(model.begin()).value()));
    EXPECT_TRUE(keys.empty());
    EXPECT_EQ(keys.memory_bytes(), 0);
  }
}

class SortedKeysMemory : public ::testing::Test {
 protected:
  static constexpr std::size_t kKeys = 100'000;
  static constexpr std::size_t kBytes = kKeys * 30;

  static std::string key(std::size_t i) { return std::to_string(1'000'000'000 + i).append(20, 'x'); }

  SortedKeys keys_;
};

TEST_F(SortedKeysMemory, IsLittleMoreThanTheKeysInOrder) {
  for (std::size_t i = 0; i < kKeys; ++i) keys_.insert(key(i));
  EXPECT_GT(keys_.memory_bytes(), kBytes);
  EXPECT_LT(keys_.memory_bytes(), kBytes * 5 / 4);
}

TEST_F(SortedKeysMemory, IsLessThanTwiceTheKeysAtRandom) {
  for (std::size_t i = 0; i < kKeys; ++i) keys_.insert(key(i * 7919 % kKeys));
  EXPECT_GT(keys_.memory_bytes(), kBytes);
  EXPECT_LT(keys_.memory_bytes(), kBytes * 2);
}

// One of ten keys is left, wherever it lies.
TEST_F(SortedKeysMemory, FallsWithTheKeys) {
  for (std::size_t i = 0; i < kKeys; ++i) keys_.insert(key(i * 7919 % kKeys));
  for (std::size_t i = 0; i < kKeys; ++i) {
    if (i % 10 != 0) keys_.erase(key(i));
  }
  EXPECT_LT(keys_.memory_bytes(), kBytes / 10 * 4);
}

TEST_F(SortedKeysMemory, OfAFewKeysIsSmall) {
  keys_.insert(key(0));
  EXPECT_LT(keys_.memory_bytes(), 600);
}

}  // namespace
}  // namespace mrgc::engine::testing
