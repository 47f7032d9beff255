#include <gtest/gtest.h>

#include <thread>

#include "engine_test.h"
#include "support/await.h"
#include "support/streams.h"

namespace mrgc::engine::testing {
namespace {

using mrgc::testing::streams_of;

class TablesTest : public EngineTest {
 protected:
  store::TableDescription describe(const std::string& name) { return db().describe_table({.table = name}).value(); }
};

TEST_F(TablesTest, AreDescribedAsTheyWereMade) {
  const store::TableSpec spec = sample_table("sample");
  const auto created = db().create_table({.spec = spec}).value();
  EXPECT_EQ(created.spec, spec);
  EXPECT_EQ(created.status, store::TableStatus::kActive);
  EXPECT_EQ(created.created_ms, kStart_s * 1000);
  EXPECT_EQ(created.table_id.size(), 32);
  EXPECT_EQ(created.item_count, 0);
  clock_.advance_ms(5000);
  reopen();
  const auto described = describe("sample");
  EXPECT_EQ(described.spec, spec);
  EXPECT_EQ(described.created_ms, created.created_ms);
  EXPECT_EQ(described.table_id, created.table_id);
  EXPECT_EQ(described.time_to_live_attribute, std::nullopt);
}

TEST_F(TablesTest, ErrorsNameTheTable) {
  create(sample_table("sample"));
  const Error twice = error_of(db().create_table({.spec = sample_table("sample")}));
  EXPECT_EQ(twice.code, ErrorCode::kResourceInUse);
  EXPECT_EQ(twice.message, "Table already exists: sample");
  for (const Error& error :
       {error_of(db().describe_table({.table = "none"})), error_of(db().delete_table({.table = "none"})),
        error_of(db().update_time_to_live({.table = "none", .attribute = "ttl"}))}) {
    EXPECT_EQ(error.code, ErrorCode::kResourceNotFound);
    EXPECT_EQ(error.message, "Requested resource not found: Table: none not found");
  }
  const Item key = make({{"pk", "p"}});
  for (const Error& error :
       {error_of(db().get_item({.table = "none", .key = key})), error_of(db().put_item({.table = "none", .item = key})),
        error_of(db().update_item({.table = "none", .key = key})),
        error_of(db().delete_item({.table = "none", .key = key})), error_of(db().scan({.table = "none"})),
        error_of(db().query({.table = "none", .key_condition_expression = "pk = :p", .values = make({{":p", "p"}})})),
        error_of(db().batch_get_item({.tables = {{"none", {.keys = {key}}}}})),
        error_of(db().batch_write_item({.tables = {{"none", {store::BatchWriteItemRequest::Delete{.key = key}}}}})),
        error_of(db().transact_get_items({.gets = {{.table = "none", .key = key}}})),
        error_of(db().transact_write_items({.actions = {store::DeleteItemRequest{.table = "none", .key = key}}}))}) {
    EXPECT_EQ(error.code, ErrorCode::kResourceNotFound);
    EXPECT_EQ(error.message, "Requested resource not found");
  }
}

TEST_F(TablesTest, AreListedPageByPage) {
  std::vector<std::string> names;
  for (int i = 0; i < 25; ++i) names.push_back("table-" + std::to_string(i));
  for (const std::string& name : names) create(sample_table(name));
  std::ranges::sort(names);
  for (std::int64_t limit = 1; limit <= 26; ++limit) {
    std::vector<std::string> listed;
    store::ListTablesRequest request{.limit = limit};
    do {
      const auto page = db().list_tables(request).value();
      EXPECT_LE(page.tables.size(), static_cast<std::size_t>(limit));
      listed.insert(listed.end(), page.tables.begin(), page.tables.end());
      request.exclusive_start_table = page.last_evaluated_table;
    } while (!request.exclusive_start_table.empty());
    ASSERT_EQ(listed, names) << "limit " << limit;
  }
  EXPECT_EQ(db().list_tables({.exclusive_start_table = "table-7"}).value().tables,
            (std::vector<std::string>{"table-8", "table-9"}));
  for (const std::int64_t limit : {-1, 0, 101}) {
    EXPECT_EQ(error_of(db().list_tables({.limit = limit})).message,
              "1 validation error detected: Value '" + std::to_string(limit) +
                  "' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100");
  }
  for (int i = 100; i < 190; ++i) create(sample_table("table-" + std::to_string(i)));
  EXPECT_EQ(db().list_tables({}).value().tables.size(), 100);
}

TEST_F(TablesTest, CountersAreExact) {
  create(sample_table("sample"));
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;
  const auto check = [&] {
    const auto table = describe("sample");
    EXPECT_EQ(table.item_count, items);
    EXPECT_EQ(table.size_bytes, bytes);
  };
  const Item small = make({{"pk", "p"}, {"sk", 1}});
  const Item large = make({{"pk", "p"}, {"sk", 1}, {"fill", Value(std::string(1000, 'x'))}});
  ASSERT_TRUE(db().put_item({.table = "sample", .item = small}));
  items = 1, bytes = small.size_bytes();
  check();
  ASSERT_TRUE(db().put_item({.table = "sample", .item = large}));
  bytes = large.size_bytes();
  check();
  ASSERT_FALSE(db().put_item({.table = "sample", .item = small, .condition_expression = "attribute_not_exists(pk)"}));
  check();
  reopen();
  check();
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 2}})}));
  check();
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})}));
  items = 0, bytes = 0;
  check();
  reopen();
  check();
}

TEST_F(TablesTest, ADeletedTableNeverComesBack) {
  for (int round = 0; round < 3; ++round) {
    create(sample_table("sample"));
    EXPECT_EQ(describe("sample").item_count, 0);
    EXPECT_TRUE(scan_all(db(), "sample").empty());
    EXPECT_TRUE(scan_all(db(), "sample", "by-color").empty());
    EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", 1}}), std::nullopt);
    for (int i = 0; i < 50; ++i)
      put("sample", {{"pk", "p"}, {"sk", i}, {"color", "red"}, {"score", i}, {"round", round}});
    if (round == 1) reopen();
    const auto deleted = db().delete_table({.table = "sample"}).value();
    EXPECT_EQ(deleted.status, store::TableStatus::kDeleting);
    EXPECT_EQ(error_of(db().scan({.table = "sample"})).code, ErrorCode::kResourceNotFound);
    if (round == 2) reopen();
    EXPECT_TRUE(db().list_tables({}).value().tables.empty());
  }
  create(sample_table("sample"));
  put("sample", {{"pk", "p"}, {"sk", 1}});
  reopen();
  EXPECT_EQ(describe("sample").item_count, 1);
  EXPECT_EQ(scan_all(db(), "sample").size(), 1);
  log_is_whole_ = false;
}

TEST_F(TablesTest, TwoTablesDoNotSeeEachOther) {
  create(sample_table("one"));
  create(sample_table("two"));
  put("one", {{"pk", "p"}, {"sk", 1}, {"color", "red"}, {"score", 1}});
  EXPECT_EQ(get("two", {{"pk", "p"}, {"sk", 1}}), std::nullopt);
  EXPECT_TRUE(scan_all(db(), "two").empty());
  EXPECT_TRUE(scan_all(db(), "two", "by-color").empty());
  ASSERT_TRUE(db().delete_table({.table = "two"}));
  EXPECT_EQ(scan_all(db(), "one").size(), 1);
}

// Whatever writes are under way, each falls before the deletion or after it, and none lands in the new table.
TEST_F(TablesTest, DeletingUnderWritesLeavesNothingBehind) {
  create(sample_table("sample"));
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::vector<std::jthread> writers;
  for (int thread = 0; thread < 4; ++thread) {
    writers.emplace_back([&, thread] {
      for (int i = 0; !stop; ++i) {
        const auto done =
            db().put_item({.table = "sample", .item = make({{"pk", "p"}, {"sk", thread * 1'000'000 + i}})});
        if (done) {
          ++written;
        } else {
          ASSERT_EQ(done.error().code, ErrorCode::kResourceNotFound) << done.error().message;
        }
      }
    });
  }
  for (int round = 0; round < 30; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ASSERT_TRUE(db().delete_table({.table = "sample"}));
    create(sample_table("sample"));
  }
  stop = true;
  writers.clear();
  EXPECT_GT(written, 100);
  const std::size_t left = scan_all(db(), "sample").size();
  EXPECT_EQ(describe("sample").item_count, left);
  reopen();
  EXPECT_EQ(describe("sample").item_count, left);
  EXPECT_EQ(scan_all(db(), "sample").size(), left);
  log_is_whole_ = false;
}

TEST_F(TablesTest, TimeToLiveIsSwitchedAsOnAws) {
  create(sample_table("sample"));
  const auto set = [&](const std::string& attribute, bool enabled) {
    return db().update_time_to_live({.table = "sample", .attribute = attribute, .enabled = enabled});
  };
  EXPECT_EQ(error_of(set("ttl", false)).message, "TimeToLive is already disabled");
  ASSERT_TRUE(set("ttl", true));
  EXPECT_EQ(describe("sample").time_to_live_attribute, "ttl");
  EXPECT_EQ(error_of(set("ttl", true)).message, "TimeToLive is already enabled");
  EXPECT_EQ(error_of(set("other", true)).message,
            "TimeToLive is active on a different AttributeName: current AttributeName is ttl");
  EXPECT_EQ(error_of(set("other", false)).message,
            "TimeToLive is active on a different AttributeName: current AttributeName is ttl");
  EXPECT_EQ(
      error_of(set("", true)).message,
      "1 validation error detected: Value at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: "
      "Member must have length between 1 and 255");
  EXPECT_EQ(error_of(set(std::string(256, 'a'), true)).code, ErrorCode::kValidation);
  reopen();
  EXPECT_EQ(describe("sample").time_to_live_attribute, "ttl");
  ASSERT_TRUE(set("ttl", false));
  EXPECT_EQ(describe("sample").time_to_live_attribute, std::nullopt);
}

// What is decided, and not yet durable, can still be undone by a crash.
TEST_F(TablesTest, AChangeIsToldToNobodyBeforeItIsDurable) {
  create(sample_table("sample"));
  put("sample", {{"pk", "p"}, {"sk", 1}});
  mrgc::testing::GatedKv& gate = reopen_over<mrgc::testing::GatedKv>();
  gate.close();
  auto updated = start(&store::Store::update_table,
                       {.table = "sample", .stream = store::StreamView::kNewImage, .deletion_protection = false});
  gate.wait_for_writer();
  auto deleted = start(&store::Store::delete_table, {.table = "sample"});
  auto put = start(&store::Store::put_item, {.table = "sample", .item = make({{"pk", "p"}, {"sk", 2}})});
  auto created = start(&store::Store::create_table, {.spec = sample_table("sample")});
  auto again = start(&store::Store::create_table, {.spec = sample_table("sample")});
  auto other = start(&store::Store::create_table, {.spec = sample_table("other")});

  const std::string id = describe("sample").table_id;
  EXPECT_FALSE(describe("sample").spec.settings.stream);
  EXPECT_EQ(streams_of(*engine_).size(), 0);
  EXPECT_EQ(db().list_tables({}).value().tables, std::vector<std::string>{"sample"});
  EXPECT_TRUE(get("sample", {{"pk", "p"}, {"sk", 1}}));
  EXPECT_EQ(put.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_EQ(again.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);

  gate.open();
  EXPECT_TRUE(updated.get());
  EXPECT_EQ(deleted.get().value().table_id, id);
  EXPECT_EQ(error_of(put.get()).code, ErrorCode::kResourceNotFound);
  EXPECT_NE(created.get().value().table_id, id);
  EXPECT_EQ(error_of(again.get()).code, ErrorCode::kResourceInUse);
  EXPECT_TRUE(other.get());
  EXPECT_NE(describe("sample").table_id, id);
  EXPECT_EQ(streams_of(*engine_).size(), 1);
  EXPECT_EQ(db().list_tables({}).value().tables, (std::vector<std::string>{"other", "sample"}));
  EXPECT_FALSE(get("sample", {{"pk", "p"}, {"sk", 1}}));
  log_is_whole_ = false;
}

// The store lacks what is removed a moment before the catalog does. It is then not read as if there were nothing in it.
class RemovalsTest : public TablesTest, public ::testing::WithParamInterface<bool> {
 protected:
  RemovalsTest() {
    if (GetParam()) options_.disk_executor = &disk_threads_;
    create(sample_table("sample"));
    put("sample", {{"pk", "p"}, {"sk", 1}, {"color", "red"}, {"score", 1}});
    log_is_whole_ = false;
  }
  void TearDown() override {
    TablesTest::TearDown();
    engine_.reset();  // before the threads
  }

  template <typename Answer>
  static bool is_open(const Answer& answer) {
    return answer.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout;
  }

  const Item key_ = make({{"pk", "p"}, {"sk", 1}});
  base::ThreadExecutor disk_threads_{2, "test-disk"};
};

TEST_P(RemovalsTest, AnIndexIsNotReadAsEmpty) {
  auto& kv = reopen_over<mrgc::testing::GatedBehindKv>();
  kv.gate.close();
  auto removed = start(&store::Store::update_table,
                       {.table = "sample", .indexes = {store::UpdateTableRequest::DeleteIndex{"by-color"}}});
  kv.gate.wait_for_someone();
  auto scanned = start(&store::Store::scan, {.table = "sample", .index = "by-color"});
  EXPECT_TRUE(is_open(scanned));
  kv.gate.open();
  EXPECT_TRUE(removed.get());
  EXPECT_EQ(error_of(scanned.get()).code, ErrorCode::kValidation);
}

TEST_P(RemovalsTest, ATableIsNotReadAsEmpty) {
  auto& kv = reopen_over<mrgc::testing::GatedBehindKv>();
  kv.gate.close();
  auto removed = start(&store::Store::delete_table, {.table = "sample"});
  kv.gate.wait_for_someone();
  auto got = start(&store::Store::get_item, {.table = "sample", .key = key_});
  auto got_many = start(&store::Store::batch_get_item, {.tables = {{"sample", {.keys = {key_}}}}});
  auto got_together = start(&store::Store::transact_get_items, {.gets = {{.table = "sample", .key = key_}}});
  EXPECT_TRUE(is_open(got) && is_open(got_many) && is_open(got_together));
  kv.gate.open();
  EXPECT_TRUE(removed.get());
  EXPECT_EQ(error_of(got.get()).code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(error_of(got_many.get()).code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(error_of(got_together.get()).code, ErrorCode::kResourceNotFound);
}

// As long as it is not removed, there is nothing to wait for; nor when it will never be.
TEST_P(RemovalsTest, ATableIsReadUntilItIsRemoved) {
  auto& kv = reopen_over<mrgc::testing::GatedKv>();
  kv.close();
  auto removed = start(&store::Store::delete_table, {.table = "sample"});
  kv.wait_for_writer();
  EXPECT_TRUE(get("sample", {{"pk", "p"}, {"sk", 1}}));
  EXPECT_EQ(db().scan({.table = "sample", .index = "by-color"}).value().count, 1);
  kv.fail();
  EXPECT_FALSE(removed.get());
  EXPECT_TRUE(get("sample", {{"pk", "p"}, {"sk", 1}}));
  EXPECT_EQ(db().scan({.table = "sample", .index = "by-color"}).value().count, 1);
}

INSTANTIATE_TEST_SUITE_P(Threads, RemovalsTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "ReadsMayGoElsewhere" : "ReadsMayNot"; });

// Also not by what it makes of an item that is durable itself.
TEST_F(TablesTest, AChangeIsNotToldByAWriteThatItRefuses) {
  create(sample_table("sample"));
  put("sample", {{"pk", "p"}, {"sk", 1}});
  auto& gate = reopen_over<mrgc::testing::GatedKv>();
  gate.close();
  store::IndexSpec index{.name = "by-extent", .keys = {.partition = {"extent", item::Type::kNumber}}};
  auto updated = start(&store::Store::update_table,
                       {.table = "sample", .indexes = {store::UpdateTableRequest::CreateIndex{index}}});
  gate.wait_for_writer();
  auto refused = start(&store::Store::update_item, {.table = "sample",
                                                    .key = make({{"pk", "p"}, {"sk", 1}}),
                                                    .update_expression = "SET extent = :s",
                                                    .values = make({{":s", "large"}})});
  EXPECT_EQ(refused.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  gate.open();
  EXPECT_TRUE(updated.get());
  EXPECT_EQ(error_of(refused.get()).code, ErrorCode::kValidation);
  mrgc::testing::await([&] { return describe("sample").status == store::TableStatus::kActive; });
}

TEST_F(TablesTest, ChangesThatFailTogetherLeaveNothingBehind) {
  create(sample_table("sample"));
  const store::TableDescription before = describe("sample");
  mrgc::testing::GatedKv& gate = reopen_over<mrgc::testing::GatedKv>();
  gate.close();
  auto first = start(&store::Store::update_table, {.table = "sample", .stream = store::StreamView::kNewImage});
  gate.wait_for_writer();
  auto second = start(&store::Store::update_table, {.table = "sample", .deletion_protection = true});
  auto third = start(&store::Store::update_time_to_live, {.table = "sample", .attribute = "ttl", .enabled = true});
  auto other = start(&store::Store::create_table, {.spec = sample_table("other")});
  gate.fail();
  EXPECT_FALSE(first.get());
  EXPECT_FALSE(second.get());
  EXPECT_FALSE(third.get());
  EXPECT_FALSE(other.get());
  EXPECT_EQ(describe("sample").spec, before.spec);
  EXPECT_EQ(describe("sample").time_to_live_attribute, std::nullopt);
  EXPECT_EQ(db().list_tables({}).value().tables, std::vector<std::string>{"sample"});
  EXPECT_TRUE(streams_of(*engine_).empty());
}

// The store may be dropped by whoever got the last answer, while the thread that gave it is still on its way out.
TEST(EngineLifetimeTest, TheStoreCanGoAsSoonAsEverythingIsAnswered) {
  for (int round = 0; round < 50; ++round) {
    const mrgc::testing::TemporaryFolder folder;
    base::ThreadExecutor executor(4, "requests");
    EngineOptions options = mrgc::testing::quiet_options();
    options.executor = &executor;
    auto engine = mrgc::testing::open_engine(folder.path(), options).value();
    ASSERT_TRUE(store::BlockingStore(*engine).create_table({.spec = sample_table("sample")}));
    ASSERT_TRUE(store::BlockingStore(*engine).transact_write_items(
        {.actions = {store::PutItemRequest{.table = "sample", .item = make({{"pk", "p"}, {"sk", 1}})}}}));
    engine.reset();
  }
}

}  // namespace
}  // namespace mrgc::engine::testing
