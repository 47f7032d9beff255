#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <thread>

#include "integration/engine_history/linearizable.h"
#include "support/engines.h"
#include "support/item_text.h"
#include "support/sanitizers.h"
#include "support/seed.h"
#include "support/streams.h"
#include "support/temporary_folder.h"

// Many clients at once: whatever they see must be explained by some order of what they did.
namespace mrgc::history {
namespace {

using item::Item;
using item::Value;
using testing::Dice;
using Kind = Operation::Kind;

constexpr int kThreads = 8;
constexpr int kItems = 3;

struct Setup {
  std::string name;
  engine::Durability durability;
  std::size_t executor_threads;  ///< 0: on the callers' own threads
  std::size_t disk_threads = 0;  ///< threads for what is not in memory; 0: whoever needs it waits for it
  std::size_t item_cache_bytes = 0;
};

class EngineHistoryTest : public ::testing::TestWithParam<Setup> {
 protected:
  EngineHistoryTest() {
    engine::EngineOptions options = testing::quiet_options();
    options.durability = GetParam().durability;
    options.item_cache_bytes = GetParam().item_cache_bytes;
    if (GetParam().executor_threads > 0) {
      executor_ = std::make_unique<base::ThreadExecutor>(GetParam().executor_threads, "requests");
      options.executor = executor_.get();
    }
    if (GetParam().disk_threads > 0) {
      disk_executor_ = std::make_unique<base::ThreadExecutor>(GetParam().disk_threads, "disk");
      options.disk_executor = disk_executor_.get();
    }
    engine_ = testing::open_forgetful_engine(folder_.path() / "store", options).value();
    EXPECT_TRUE(db().create_table({.spec = testing::streamed_table("sample")}));
  }

  store::BlockingStore db() { return store::BlockingStore(*engine_); }

  // Runs `work(thread, dice)` on every thread at once.
  template <typename Work>
  static void on_all_threads(Work&& work) {
    const std::uint64_t seed = testing::seeds().back();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        Dice dice(seed + static_cast<std::uint64_t>(thread));
        work(thread, dice);
      });
    }
  }

  void expect_no_contradiction() {
    EXPECT_EQ(testing::find_contradiction(*engine_), "");
    EXPECT_EQ(testing::find_log_contradiction(*engine_), "");
    EXPECT_EQ(testing::find_stream_contradiction(*engine_), "");
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<base::ThreadExecutor> executor_;
  std::unique_ptr<base::ThreadExecutor> disk_executor_;
  std::unique_ptr<engine::Engine> engine_;
};

Item key_of(int number) { return Item::from_map({{"pk", "item"}, {"sk", number}}); }

Item item_of(int number, std::int64_t value) {
  return Item::from_map(
      {{"pk", "item"}, {"sk", number}, {"n", Value(value)}, {"color", "red"}, {"score", Value(value)}});
}

State number_in(const std::optional<Item>& item) {
  if (!item) return std::nullopt;
  return item->find_int64("n").value();
}

// Sends the operation and fills in what came of it.
void send(const store::BlockingStore& db, int number, Operation& operation) {
  const auto refused = [](const Error& error) {
    if (error.code != ErrorCode::kConditionalCheckFailed) throw std::runtime_error(testing::to_text(error));
    return number_in(error.detail_as<store::ConditionFailure>()->item);
  };
  switch (operation.kind) {
    case Kind::kRead:
      operation.seen =
          number_in(db.get_item({.table = "sample", .key = key_of(number), .consistent_read = true}).value().item);
      return;
    case Kind::kPut: db.put_item({.table = "sample", .item = item_of(number, operation.value)}).value(); return;
    case Kind::kPutIfAbsent: {
      const auto result = db.put_item({.table = "sample",
                                       .item = item_of(number, operation.value),
                                       .condition_expression = "attribute_not_exists(pk)"});
      operation.done = result.has_value();
      if (!result) refused(result.error());
      return;
    }
    case Kind::kCompareAndSet: {
      const auto result =
          db.update_item({.table = "sample",
                          .key = key_of(number),
                          .update_expression = "SET n = :v, score = :v",
                          .condition_expression = "n = :e",
                          .values = Item::from_map({{":v", Value(operation.value)}, {":e", Value(operation.expected)}}),
                          .return_old_on_failure = true});
      operation.done = result.has_value();
      if (!result) operation.seen = refused(result.error());
      return;
    }
    case Kind::kAdd:
      operation.seen = number_in(db.update_item({.table = "sample",
                                                 .key = key_of(number),
                                                 .update_expression = "ADD n :v",
                                                 .values = Item::from_map({{":v", Value(operation.value)}}),
                                                 .return_values = store::ReturnValues::kUpdatedNew})
                                     .value()
                                     .attributes);
      return;
    case Kind::kDelete:
      operation.seen = number_in(
          db.delete_item({.table = "sample", .key = key_of(number), .return_values = store::ReturnValues::kAllOld})
              .value()
              .attributes);
      return;
  }
}

TEST_P(EngineHistoryTest, EachItemIsLinearizable) {
  const int operations_per_thread = testing::kSanitized ? 150 : 400;
  std::atomic<std::int64_t> clock = 0;
  std::vector<std::vector<std::pair<int, Operation>>> seen(kThreads);
  on_all_threads([&](int thread, Dice& dice) {
    State last;  // makes compare-and-sets succeed now and then
    for (int i = 0; i < operations_per_thread; ++i) {
      static constexpr Kind kKinds[] = {Kind::kRead,          Kind::kRead,          Kind::kPut, Kind::kPutIfAbsent,
                                        Kind::kCompareAndSet, Kind::kCompareAndSet, Kind::kAdd, Kind::kDelete};
      const int number = static_cast<int>(dice.roll(kItems));
      Operation operation{.kind = dice.pick(kKinds), .value = dice.between(0, 3)};
      operation.expected = last.value_or(dice.between(0, 3));
      operation.called = ++clock;
      send(db(), number, operation);
      operation.answered = ++clock;
      if (operation.kind == Kind::kRead) last = operation.seen;
      seen[static_cast<std::size_t>(thread)].emplace_back(number, operation);
    }
  });
  for (int number = 0; number < kItems; ++number) {
    std::vector<Operation> operations;
    for (const auto& of_thread : seen) {
      for (const auto& [of_item, operation] : of_thread) {
        if (of_item == number) operations.push_back(operation);
      }
    }
    // Enough happened at the same time to be worth the name.
    std::ranges::sort(operations, {}, &Operation::called);
    std::int64_t overlaps = 0;
    for (std::size_t i = 1; i < operations.size(); ++i) overlaps += operations[i].called < operations[i - 1].answered;
    EXPECT_GT(overlaps, std::ssize(operations) / 20);
    std::string text;
    for (const Operation& operation : operations) text += to_text(operation) + "\n";
    EXPECT_TRUE(is_linearizable(operations)) << "item " << number << ":\n" << text;
  }
  expect_no_contradiction();
}

TEST_P(EngineHistoryTest, TransactionsKeepASumThatEveryReaderSees) {
  constexpr std::int64_t kEach = 100;
  for (int number = 0; number < kItems; ++number) {
    ASSERT_TRUE(db().put_item({.table = "sample", .item = item_of(number, kEach)}));
  }
  std::atomic<int> moved = 0;
  std::atomic<int> refused = 0;
  std::atomic<int> reads = 0;
  const auto transfer = [&](Dice& dice) {
    const int from = static_cast<int>(dice.roll(kItems));
    const int to = (from + 1 + static_cast<int>(dice.roll(kItems - 1))) % kItems;
    const Item amount = Item::from_map({{":k", Value(dice.between(1, 60))}});
    const auto done = db().transact_write_items(
        {.actions = {
             store::UpdateItemRequest{.table = "sample",
                                      .key = key_of(from),
                                      .update_expression = "SET n = n - :k",
                                      .condition_expression = "n >= :k",
                                      .values = amount},
             store::UpdateItemRequest{
                 .table = "sample", .key = key_of(to), .update_expression = "SET n = n + :k", .values = amount}}});
    if (!done) {
      ASSERT_EQ(done.error().code, ErrorCode::kTransactionCanceled) << done.error().message;
    }
    ++(done ? moved : refused);
  };
  const auto read = [&] {
    store::TransactGetItemsRequest request;
    for (int number = 0; number < kItems; ++number) request.gets.push_back({.table = "sample", .key = key_of(number)});
    const auto result = db().transact_get_items(request).value();
    std::int64_t sum = 0;
    for (const auto& item : result.items) {
      const std::int64_t value = number_in(item).value();
      ASSERT_GE(value, 0);
      sum += value;
    }
    ASSERT_EQ(sum, kItems * kEach);
    ++reads;
  };
  const int transfers_per_thread = testing::kSanitized ? 100 : 300;
  std::atomic<int> transferring = kThreads / 2;
  on_all_threads([&](int thread, Dice& dice) {
    if (thread % 2 == 0) {
      for (int i = 0; i < transfers_per_thread; ++i) transfer(dice);
      --transferring;
    } else {
      while (transferring > 0) read();
    }
  });
  read();
  EXPECT_GT(moved, 50);
  EXPECT_GT(refused, 0);
  EXPECT_GT(reads, 50);
  expect_no_contradiction();
}

TEST_P(EngineHistoryTest, WhoFollowsTheStreamMissesNothing) {
  const store::StreamId stream = testing::streams_of(*engine_).at(0);
  const auto page_from = [&](std::uint64_t sequence) {
    return testing::wait_for(*engine_, &store::Streams::read_stream,
                             store::ReadStreamRequest{.stream = stream, .sequence = sequence, .limit = 20})
        .value();
  };
  std::vector<std::uint64_t> followed;
  std::atomic<int> writing = kThreads - 1;
  on_all_threads([&](int thread, Dice& dice) {
    if (thread == 0) {
      std::uint64_t at = testing::wait_for(*engine_, &store::Streams::describe_stream, stream)->first_sequence;
      for (bool is_last = false; !is_last;) {
        is_last = writing == 0;
        for (auto page = page_from(at); !page.records.empty(); page = page_from(at)) {
          for (const store::StreamRecord& record : page.records) followed.push_back(record.sequence);
          at = page.next_sequence;
        }
      }
      return;
    }
    for (int i = 0; i < (testing::kSanitized ? 100 : 300); ++i) {
      static constexpr Kind kKinds[] = {Kind::kPut, Kind::kAdd, Kind::kDelete};
      Operation operation{.kind = dice.pick(kKinds), .value = dice.between(1, 100)};
      send(db(), static_cast<int>(dice.roll(kItems)), operation);
    }
    --writing;
  });
  std::vector<std::uint64_t> told;
  const auto records = testing::read_whole_stream(*engine_, stream);
  for (const store::StreamRecord& record : records.value()) told.push_back(record.sequence);
  EXPECT_GT(told.size(), 100);
  EXPECT_EQ(followed, told);
  expect_no_contradiction();
}

INSTANTIATE_TEST_SUITE_P(Setups, EngineHistoryTest,
                         ::testing::Values(Setup{"AsyncInline", engine::Durability::kAsync, 0},
                                           Setup{"AsyncThreads", engine::Durability::kAsync, 4},
                                           Setup{"SyncInline", engine::Durability::kSync, 0},
                                           Setup{"SyncThreads", engine::Durability::kSync, 4},
                                           Setup{"AsyncDisk", engine::Durability::kAsync, 0, 3},
                                           Setup{"SyncThreadsDisk", engine::Durability::kSync, 4, 3},
                                           Setup{"AsyncThreadsCache", engine::Durability::kAsync, 4, 0, 1'000'000},
                                           Setup{"AsyncThreadsDiskSmallCache", engine::Durability::kAsync, 4, 3,
                                                 64'000},
                                           Setup{"SyncInlineCache", engine::Durability::kSync, 0, 0, 1'000'000}),
                         [](const auto& setup) { return setup.param.name; });

}  // namespace
}  // namespace mrgc::history
