#include "integration/engine_history/linearizable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "support/seed.h"

// The checker itself: it must refuse what is wrong.
namespace mrgc::history {
namespace {

using Kind = Operation::Kind;

Operation read(std::int64_t called, std::int64_t answered, State seen) {
  return {.kind = Kind::kRead, .seen = seen, .called = called, .answered = answered};
}
Operation put(std::int64_t called, std::int64_t answered, std::int64_t value) {
  return {.kind = Kind::kPut, .value = value, .called = called, .answered = answered};
}
Operation compare_and_set(std::int64_t called, std::int64_t answered, std::int64_t expected, std::int64_t value,
                          bool done, State seen = {}) {
  return {.kind = Kind::kCompareAndSet,
          .value = value,
          .expected = expected,
          .done = done,
          .seen = seen,
          .called = called,
          .answered = answered};
}

TEST(LinearizableTest, AcceptsWhatCanHaveHappened) {
  EXPECT_TRUE(is_linearizable({}));
  EXPECT_TRUE(is_linearizable({put(1, 2, 5), read(3, 4, 5)}));
  // While a write is under way, it may or may not be seen.
  EXPECT_TRUE(is_linearizable({put(1, 10, 5), read(2, 3, std::nullopt), read(4, 5, 5)}));
  // Two compare-and-sets in a chain, answered in the other order.
  EXPECT_TRUE(is_linearizable({put(1, 2, 1), compare_and_set(3, 10, 2, 3, true), compare_and_set(4, 9, 1, 2, true)}));
  EXPECT_TRUE(is_linearizable({put(1, 2, 1), compare_and_set(3, 6, 7, 8, false, 1), put(4, 5, 7), read(7, 8, 7)}));
}

TEST(LinearizableTest, RefusesAStaleRead) {
  EXPECT_FALSE(is_linearizable({put(1, 2, 5), read(3, 4, std::nullopt)}));
  EXPECT_FALSE(is_linearizable({put(1, 2, 5), put(3, 4, 6), read(5, 6, 5)}));
}

TEST(LinearizableTest, RefusesAReadThatGoesBack) {
  EXPECT_FALSE(is_linearizable({put(1, 10, 5), read(2, 3, 5), read(4, 5, std::nullopt)}));
}

TEST(LinearizableTest, RefusesALostUpdate) {
  // Both took the same value for the next: one of them must have been refused.
  EXPECT_FALSE(is_linearizable({put(1, 2, 1), compare_and_set(3, 10, 1, 2, true), compare_and_set(4, 9, 1, 3, true)}));
  const Operation add{.kind = Kind::kAdd, .value = 1, .seen = 1, .called = 1, .answered = 10};
  Operation same = add;
  same.called = 2, same.answered = 9;
  EXPECT_FALSE(is_linearizable({add, same}));
}

TEST(LinearizableTest, RefusesARefusalWithoutCause) {
  EXPECT_FALSE(is_linearizable({put(1, 2, 1), compare_and_set(3, 4, 1, 2, false, 1)}));
  EXPECT_FALSE(
      is_linearizable({Operation{.kind = Kind::kPutIfAbsent, .value = 1, .done = false, .called = 1, .answered = 2}}));
}

// Every order, one after the other.
bool is_linearizable_by_trying_all(const std::vector<Operation>& operations) {
  std::vector<std::size_t> order(operations.size());
  std::iota(order.begin(), order.end(), 0);
  do {
    State state;
    bool possible = true;
    std::int64_t latest_call = 0;
    for (const std::size_t i : order) {
      latest_call = std::max(latest_call, operations[i].called);
      const auto after = step(operations[i], state);
      possible = possible && after && operations[i].answered > latest_call;
      if (!possible) break;
      state = *after;
    }
    if (possible) return true;
  } while (std::ranges::next_permutation(order).found);
  return false;
}

TEST(LinearizableTest, AgreesWithTryingAllOrders) {
  testing::Dice dice(testing::seeds().back());
  int accepted = 0;
  constexpr int kHistories = 3000;
  for (int history = 0; history < kHistories; ++history) {
    std::vector<std::int64_t> times(2 * (1 + dice.roll(6)));
    std::iota(times.begin(), times.end(), 1);
    std::vector<Operation> operations;
    while (!times.empty()) {
      // The answers of operations under way at the same time come in any order.
      Operation operation{.kind = static_cast<Kind>(dice.roll(6)),
                          .value = dice.between(0, 2),
                          .expected = dice.between(0, 2),
                          .done = dice.chance(60)};
      if (dice.chance(70)) operation.seen = dice.between(0, 2);
      operation.called = times.front();
      times.erase(times.begin());
      const auto answered =
          times.begin() + static_cast<std::ptrdiff_t>(dice.roll(std::min<std::size_t>(times.size(), 4)));
      operation.answered = *answered;
      times.erase(answered);
      operations.push_back(operation);
    }
    const bool expected = is_linearizable_by_trying_all(operations);
    accepted += expected ? 1 : 0;
    std::string text;
    for (const Operation& operation : operations) text += to_text(operation) + "\n";
    ASSERT_EQ(is_linearizable(operations), expected) << text;
  }
  EXPECT_GT(accepted, kHistories / 20);
  EXPECT_LT(accepted, kHistories * 19 / 20);
}

}  // namespace
}  // namespace mrgc::history
