#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

using Request = store::UpdateTableRequest;

class UpdateTableTest : public EngineTest {
 protected:
  UpdateTableTest() {
    create({.name = "things", .keys = {.partition = {"id"}, .sort = {}}});
    index_.name = "by-color";
    index_.keys.partition = {"color"};
  }

  void put_some(int count) {
    for (int i = 0; i < count; ++i) {
      put("things", {{"id", Value("i" + std::to_string(i))}, {"color", Value(i % 2 == 0 ? "red" : "blue")}});
    }
  }
  Result<store::TableDescription> update(Request request) {
    request.table = "things";
    return db().update_table(std::move(request));
  }
  Result<store::TableDescription> add_index() {
    return update({.table = {}, .indexes = {Request::CreateIndex{index_}}});
  }

  store::TableDescription await_active() {
    while (true) {
      const auto described = db().describe_table({.table = "things"}).value();
      if (described.status == store::TableStatus::kActive) return described;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  store::IndexSpec index_;
};

TEST_F(UpdateTableTest, ANewIndexHoldsWhatTheTableHad) {
  put_some(100);
  const auto updated = add_index();
  ASSERT_TRUE(updated) << updated.error().message;
  EXPECT_EQ(updated->status, store::TableStatus::kUpdating);
  EXPECT_EQ(updated->indexes.back().status, store::TableStatus::kCreating);
  await_active();
  EXPECT_EQ(scan_all(db(), "things", "by-color").size(), 100);
  reopen();
  EXPECT_EQ(scan_all(db(), "things", "by-color").size(), 100);
}

TEST_F(UpdateTableTest, ItemsThatCannotBeInTheIndexAreLeftOut) {
  put("things", {{"id", Value("number")}, {"color", Value(7)}});
  put("things", {{"id", Value("empty")}, {"color", Value("")}});
  put("things", {{"id", Value("none")}});
  put("things", {{"id", Value("large")}, {"color", Value(std::string(2049, 'r'))}});
  put("things", {{"id", Value("red")}, {"color", Value("red")}});
  ASSERT_TRUE(add_index());
  await_active();
  EXPECT_EQ(scan_all(db(), "things", "by-color").size(), 1);
}

TEST_F(UpdateTableTest, WritesGoOnWhileItIsFilled) {
  put_some(2000);
  std::atomic<bool> stop{false};
  std::jthread writer([&] {
    for (int i = 0; !stop; ++i) {
      const std::string id = "i" + std::to_string(i * 7 % 2500);
      if (i % 3 == 0) {
        ASSERT_TRUE(db().delete_item({.table = "things", .key = make({{"id", Value(id)}})}));
      } else {
        put("things", {{"id", Value(id)}, {"color", Value(i % 5 == 0 ? "green" : "red")}});
      }
    }
  });
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(add_index());
    await_active();
    ASSERT_TRUE(update({.table = {}, .indexes = {Request::DeleteIndex{"by-color"}}}));
  }
  ASSERT_TRUE(add_index());
  await_active();
  stop = true;  // what the index holds is compared with the table at the end
}

// Each filling ends with a walk over the index. Another one, of an index that is active by then, could outlast it: it
// would then be of the next index with that name.
TEST_F(UpdateTableTest, AnIndexIsFilledOnce) {
  class CountingKv final : public mrgc::testing::GatedKv {
   public:
    using GatedKv::GatedKv;
    std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                        const KvSnapshot* at) const override {
      if (family == Family::kIndexes) ++walks;
      return GatedKv::iterate(family, std::move(begin), std::move(end), at);
    }
    mutable std::atomic<int> walks = 0;
  };
  put_some(100);
  auto& kv = reopen_over<CountingKv>();
  kv.close();
  auto added = start(&store::Store::update_table, {.table = "things", .indexes = {Request::CreateIndex{index_}}});
  kv.wait_for_writer();
  auto changed = start(&store::Store::update_table, {.table = "things", .deletion_protection = true});
  kv.open();
  EXPECT_TRUE(added.get());
  EXPECT_TRUE(changed.get());
  EXPECT_EQ(await_active().indexes.at(0).item_count, 100);
  index_.name = "by-color-again";
  ASSERT_TRUE(add_index());  // which is filled after all that is to be filled before
  EXPECT_EQ(await_active().indexes.at(1).item_count, 100);
  EXPECT_EQ(kv.walks, 2);
}

TEST_F(UpdateTableTest, FillingGoesOnAfterARestart) {
  put_some(3000);
  ASSERT_TRUE(add_index());
  reopen();
  await_active();
  EXPECT_EQ(scan_all(db(), "things", "by-color").size(), 3000);
}

TEST_F(UpdateTableTest, AnIndexThatIsFilledIsNotRead) {
  put_some(5000);
  ASSERT_TRUE(add_index());
  const auto scanned = db().scan({.table = "things", .index = "by-color"});
  if (!scanned) {
    EXPECT_EQ(scanned.error().message, "Cannot read from backfilling global secondary index: by-color");
  }
  const Error in_use = error_of(db().delete_table({.table = "things"}));
  EXPECT_EQ(in_use.code, ErrorCode::kResourceInUse);
  EXPECT_EQ(in_use.message, "Attempt to change a resource which is still in use: Table is being updated: things");
  await_active();
}

TEST_F(UpdateTableTest, ADeletedIndexIsGoneAndItsNameFree) {
  put_some(10);
  ASSERT_TRUE(add_index());
  await_active();
  ASSERT_TRUE(update({.table = {}, .indexes = {Request::DeleteIndex{"by-color"}}}));
  EXPECT_EQ(error_of(db().scan({.table = "things", .index = "by-color"})).message,
            "The table does not have the specified index: by-color");
  index_.keys.partition = {"id"};
  ASSERT_TRUE(add_index());
  await_active();
  EXPECT_EQ(scan_all(db(), "things", "by-color").size(), 10);
}

TEST_F(UpdateTableTest, WrongChangesAreRefused) {
  EXPECT_EQ(error_of(update({.table = {}, .indexes = {Request::DeleteIndex{"none"}}})).code,
            ErrorCode::kResourceNotFound);
  auto other = index_;
  other.name = "other";
  EXPECT_EQ(
      error_of(update({.table = {}, .indexes = {Request::CreateIndex{index_}, Request::CreateIndex{other}}})).code,
      ErrorCode::kLimitExceeded);
  ASSERT_TRUE(add_index());
  await_active();
  EXPECT_EQ(error_of(add_index()).message, "Attempting to create an index which already exists");
  EXPECT_EQ(error_of(db().update_table({.table = "none"})).code, ErrorCode::kResourceNotFound);
}

TEST_F(UpdateTableTest, LimitsOfOnDemandTablesLastUntilTheyAreProvisioned) {
  const auto limits = [&] { return db().describe_table({.table = "things"}).value().spec.settings.on_demand_limits; };
  ASSERT_TRUE(update({.table = {}, .on_demand_limits = store::Throughput{10, 0}}));
  reopen();
  EXPECT_EQ(limits(), (store::Throughput{10, 0}));
  ASSERT_TRUE(
      update({.table = {}, .billing_mode = store::BillingMode::kProvisioned, .throughput = store::Throughput{5, 6}}));
  EXPECT_EQ(limits(), std::nullopt);
  EXPECT_EQ(error_of(update({.table = {}, .on_demand_limits = store::Throughput{10, 0}})).message,
            "One or more parameter values were invalid: OnDemandThroughput can be specified only when BillingMode is "
            "PAY_PER_REQUEST");
}

// API Reference, BillingModeSummary: "when PAY_PER_REQUEST was last set".
TEST_F(UpdateTableTest, WhenItWasLastMadeOnDemandIsKept) {
  const auto since = [&] { return db().describe_table({.table = "things"}).value().on_demand_since_ms; };
  const auto created_ms = since();
  EXPECT_EQ(created_ms, db().describe_table({.table = "things"}).value().created_ms);
  clock_.advance_ms(5000);
  ASSERT_TRUE(update({.table = {}, .billing_mode = store::BillingMode::kPayPerRequest}));
  EXPECT_EQ(since(), created_ms);
  ASSERT_TRUE(
      update({.table = {}, .billing_mode = store::BillingMode::kProvisioned, .throughput = store::Throughput{5, 6}}));
  reopen();
  EXPECT_EQ(since(), created_ms);
  ASSERT_TRUE(update({.table = {}, .billing_mode = store::BillingMode::kPayPerRequest}));
  EXPECT_EQ(since(), *created_ms + 5000);
  reopen();
  EXPECT_EQ(since(), *created_ms + 5000);
}

// Whether or not the billing mode that is stands beside it.
TEST_F(UpdateTableTest, AThroughputThatIsAlreadySoIsRefused) {
  const auto provision = [&](std::optional<store::BillingMode> mode, store::Throughput throughput) {
    return update({.table = {}, .billing_mode = mode, .throughput = throughput});
  };
  ASSERT_TRUE(provision(store::BillingMode::kProvisioned, {5, 6}));
  for (const std::optional<store::BillingMode> mode : {std::optional(store::BillingMode::kProvisioned), {}}) {
    EXPECT_EQ(error_of(provision(mode, {5, 6})).code, ErrorCode::kValidation);
    EXPECT_TRUE(provision(mode, {6, 6}));
    EXPECT_TRUE(provision(mode, {5, 6}));
  }
  // On demand it had none.
  ASSERT_TRUE(update({.table = {}, .billing_mode = store::BillingMode::kPayPerRequest}));
  EXPECT_TRUE(provision(store::BillingMode::kProvisioned, {5, 6}));
}

TEST_F(UpdateTableTest, NewIndexesHaveAThroughputWhereTheTableHas) {
  const store::Throughput units{.read_units = 1, .write_units = 1};
  index_.throughput = units;
  EXPECT_EQ(
      error_of(add_index()).message,
      "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
      "for index: by-color when BillingMode is PAY_PER_REQUEST");
  ASSERT_TRUE(update({.table = {}, .billing_mode = store::BillingMode::kProvisioned, .throughput = units}));
  index_.throughput.reset();
  EXPECT_EQ(
      error_of(add_index()).message,
      "One or more parameter values were invalid: Both ReadCapacityUnits and WriteCapacityUnits must be specified "
      "for index: by-color");
  index_.throughput = units;
  EXPECT_TRUE(add_index());
  await_active();
}

TEST_F(UpdateTableTest, SettingsLast) {
  ASSERT_TRUE(update({.table = {},
                      .billing_mode = store::BillingMode::kProvisioned,
                      .throughput = store::Throughput{5, 6},
                      .deletion_protection = true,
                      .table_class = store::TableClass::kInfrequentAccess}));
  EXPECT_EQ(
      error_of(update({.table = {}, .throughput = store::Throughput{5, 6}})).message,
      "The provisioned throughput for the table will not change. The requested value equals the current value. Current "
      "ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits "
      "provisioned for the table: 6. Requested WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for "
      "current limits and how to request higher limits.");
  ASSERT_TRUE(db().update_tags({.table = "things", .set = {{"a", "1"}, {"b", "2"}}, .remove = {"a"}}));
  reopen();
  const auto settings = db().describe_table({.table = "things"}).value().spec.settings;
  EXPECT_EQ(settings.throughput, (store::Throughput{5, 6}));
  EXPECT_EQ(settings.table_class, store::TableClass::kInfrequentAccess);
  EXPECT_EQ(settings.tags, (decltype(settings.tags){{"b", "2"}}));
  EXPECT_EQ(
      error_of(db().delete_table({.table = "things"})).message,
      "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  ASSERT_TRUE(update({.table = {}, .deletion_protection = false}));
  ASSERT_TRUE(db().delete_table({.table = "things"}));
  log_is_whole_ = false;
}

TEST_F(UpdateTableTest, ATableHasAtMostFiftyTags) {
  store::UpdateTagsRequest request{.table = "things", .set = {}, .remove = {}};
  for (int i = 0; i < 51; ++i) request.set.emplace("k" + std::to_string(i), "v");
  EXPECT_EQ(error_of(db().update_tags(request)).message,
            "One or more parameter values were invalid: Too many tags: a table can have at most 50");
  request.set.erase("k50");
  EXPECT_TRUE(db().update_tags(request));
}

}  // namespace
}  // namespace mrgc::engine::testing
