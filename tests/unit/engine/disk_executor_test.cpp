#include <future>
#include <thread>

#include "engine_test.h"
#include "support/kv.h"

// Requests that would have to wait for the disk go on elsewhere.
namespace mrgc::engine::testing {
namespace {

// Nothing is in memory, and the disk answers when the test says so.
class SlowDiskKv final : public mrgc::testing::ForgetfulKv {
 public:
  explicit SlowDiskKv(std::unique_ptr<KvStore> below) : ForgetfulKv(std::move(below), 1) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key, const KvSnapshot* at) const override {
    if (family == Family::kItems) gate.pass();
    return ForwardingKv::get(family, key, at);
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* at) const override {
    if (family == Family::kItems) gate.pass();
    return ForwardingKv::iterate(family, std::move(begin), std::move(end), at);
  }

  mrgc::testing::Gate gate;
};

class DiskExecutorTest : public EngineTest {
 protected:
  DiskExecutorTest() {
    engine_.reset();
    options_.disk_executor = &disk_threads_;
    auto slow = std::make_unique<SlowDiskKv>(open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value());
    disk_ = slow.get();
    engine_ = Engine::open(std::move(slow), options_).value();
    create(sample_table("sample"));
    for (int i = 0; i < 4; ++i) put("sample", {{"pk", "p"}, {"sk", i}, {"n", 0}});
  }
  void TearDown() override {
    EngineTest::TearDown();
    engine_.reset();  // before the threads
  }

  static Item key(int number) { return make({{"pk", "p"}, {"sk", number}}); }

  auto add_one(int number) {
    return start(&store::Store::update_item,
                 store::UpdateItemRequest{.table = "sample",
                                          .key = key(number),
                                          .update_expression = "ADD n :one",
                                          .values = make({{":one", 1}}),
                                          .return_values = store::ReturnValues::kUpdatedNew});
  }
  template <typename Future>
  static bool answered(const Future& future) {
    return future.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready;
  }

  base::ThreadExecutor disk_threads_{8, "test-disk"};
  SlowDiskKv* disk_ = nullptr;
};

TEST_F(DiskExecutorTest, NoRequestKeepsItsThreadWaiting) {
  disk_->gate.close();
  auto got = start(&store::Store::get_item, store::GetItemRequest{.table = "sample", .key = key(0)});
  auto queried = start(
      &store::Store::query,
      store::QueryRequest{.table = "sample", .key_condition_expression = "pk = :p", .values = make({{":p", "p"}})});
  auto scanned = start(&store::Store::scan, store::ScanRequest{.table = "sample"});
  auto updated = add_one(3);
  auto moved =
      start(&store::Store::transact_write_items,
            store::TransactWriteItemsRequest{.actions = {store::PutItemRequest{.table = "sample", .item = key(1)},
                                                         store::PutItemRequest{.table = "sample", .item = key(2)}}});
  auto expiring = start(&store::Store::update_time_to_live,
                        store::UpdateTimeToLiveRequest{.table = "sample", .attribute = "ttl", .enabled = true});
  EXPECT_FALSE(answered(got) || answered(queried) || answered(scanned) || answered(updated) || answered(moved) ||
               answered(expiring));
  disk_->gate.open();
  EXPECT_EQ(got.get().value().item->find_int64("n"), 0);
  EXPECT_EQ(queried.get().value().count, 4);
  EXPECT_EQ(scanned.get().value().count, 4);
  EXPECT_EQ(updated.get().value().attributes->find_int64("n"), 1);
  EXPECT_TRUE(moved.get());
  EXPECT_TRUE(expiring.get());
  EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", 2}}), key(2));
}

TEST_F(DiskExecutorTest, WritesOfAnItemKeepTheirOrderWhileItWaits) {
  disk_->gate.close();
  std::vector<std::future<Result<store::WriteItemResult>>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(add_one(1));
  EXPECT_FALSE(answered(answers.front()));
  disk_->gate.open();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(answers[i].get().value().attributes->find_int64("n"), i + 1);
}

// Where a request that was answered has not left its stripe yet, the deletion waits there first, and the second write
// comes before it.
TEST_F(DiskExecutorTest, AWriteThatWaitedUntilItsTableWasAnotherIsRefused) {
  log_is_whole_ = false;
  for (int tries = 0; tries < 20; ++tries) {
    disk_->gate.close();
    auto first = add_one(1);
    auto deleted = start(&store::Store::delete_table, store::DeleteTableRequest{.table = "sample"});
    auto created = start(&store::Store::create_table, store::CreateTableRequest{.spec = sample_table("sample")});
    auto second = add_one(1);
    EXPECT_FALSE(answered(first) || answered(deleted) || answered(created) || answered(second));
    disk_->gate.open();
    EXPECT_TRUE(first.get());
    EXPECT_TRUE(deleted.get());
    EXPECT_TRUE(created.get());
    const auto outcome = second.get();
    if (outcome) continue;
    EXPECT_EQ(error_of(outcome).message, "Requested resource not found");
    return;
  }
  FAIL() << "the second write always came first";
}

TEST_F(DiskExecutorTest, AStoreThatIsDroppedAnswersWhatWaits) {
  disk_->gate.close();
  auto got = start(&store::Store::get_item, store::GetItemRequest{.table = "sample", .key = key(0)});
  auto updated = add_one(1);
  auto dropped = std::async(std::launch::async, [this] { engine_.reset(); });
  EXPECT_FALSE(answered(dropped));
  disk_->gate.open();
  dropped.get();
  EXPECT_TRUE(got.get());
  EXPECT_TRUE(updated.get());
}

TEST_F(DiskExecutorTest, ALongPageIsReadElsewhere) {
  engine_.reset();
  open();  // RocksDB itself
  for (int i = 0; i < 300; ++i) put("sample", {{"pk", "many"}, {"sk", i}});
  const auto thread_of = [&](std::int64_t limit) {
    std::promise<std::thread::id> thread;
    engine_->query(
        {.table = "sample", .key_condition_expression = "pk = :p", .values = make({{":p", "many"}}), .limit = limit},
        [&](const Result<store::PageResult>& page) {
          EXPECT_EQ(page.value().count, limit);
          thread.set_value(std::this_thread::get_id());
        });
    return thread.get_future().get();
  };
  EXPECT_NE(thread_of(257), std::this_thread::get_id());
  EXPECT_EQ(thread_of(256), std::this_thread::get_id());  // now that what is looked at is in memory
}

// A store just opened has nothing in memory; then what was read stays there.
TEST_F(DiskExecutorTest, WhatWasReadOnceIsReadAtOnce) {
  reopen();
  const auto thread_of_read = [&] {
    std::promise<std::thread::id> thread;
    engine_->get_item({.table = "sample", .key = key(1)}, [&](const Result<store::GetItemResult>& got) {
      EXPECT_TRUE(got && got->item);
      thread.set_value(std::this_thread::get_id());
    });
    return thread.get_future().get();
  };
  EXPECT_NE(thread_of_read(), std::this_thread::get_id());
  EXPECT_EQ(thread_of_read(), std::this_thread::get_id());
}

}  // namespace
}  // namespace mrgc::engine::testing
