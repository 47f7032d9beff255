#include "engine/change_log.h"

#include <gtest/gtest.h>

#include "engine/keyspace.h"
#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

class ChangeLogTest : public EngineTest {
 protected:
  void SetUp() override { create(sample_table("sample")); }

  void put_numbered(int from, int to) {
    for (int i = from; i < to; ++i) put("sample", {{"pk", "p"}, {"sk", i}});
  }
  const ChangeLog& log() { return engine_->change_log(); }
  std::vector<std::int64_t> numbers(std::uint64_t sequence, std::size_t limit) {
    std::vector<std::int64_t> found;
    const auto records = log().read(sequence, limit).value();
    for (const ChangeRecord& record : records) {
      EXPECT_EQ(record.sequence, sequence + found.size());
      found.push_back(record.after.find_int64("sk").value());
    }
    return found;
  }
};

TEST_F(ChangeLogTest, RecordsSayWhatHappened) {
  EXPECT_EQ(log().first_sequence(), 1);
  EXPECT_EQ(log().next_sequence(), 1);
  const Item item = make({{"pk", "p"}, {"sk", 1}, {"n", 5}});
  const Item key = make({{"pk", "p"}, {"sk", 1}});
  ASSERT_TRUE(db().put_item({.table = "sample", .item = item}));
  clock_.advance_ms(250);
  ASSERT_TRUE(db().put_item({.table = "sample", .item = item}));
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = key}));
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = key}));
  ASSERT_FALSE(db().put_item({.table = "sample", .item = item, .condition_expression = "attribute_exists(pk)"}));

  const auto records = log().read(1, 100).value();
  ASSERT_EQ(records.size(), 4);
  for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(records[i].sequence, i + 1);
  EXPECT_EQ(records[0].kind, ChangeRecord::Kind::kPut);
  EXPECT_FALSE(records[0].unchanged);
  EXPECT_EQ(records[0].after, item);
  EXPECT_EQ(records[0].time_ms, kStart_s * 1000);
  EXPECT_TRUE(records[1].unchanged);
  EXPECT_EQ(records[1].after, item);
  EXPECT_EQ(records[1].time_ms, kStart_s * 1000 + 250);
  EXPECT_EQ(records[2].kind, ChangeRecord::Kind::kRemove);
  EXPECT_FALSE(records[2].unchanged);
  EXPECT_TRUE(records[2].after.empty());
  EXPECT_TRUE(records[3].unchanged);
  for (const ChangeRecord& record : records) {
    EXPECT_EQ(record.key, records[0].key);
    EXPECT_EQ(read_u32(record.key), record.table);
  }
}

TEST_F(ChangeLogTest, ATransactionIsOneRecordPerChange) {
  ASSERT_TRUE(db().transact_write_items(
      {.actions = {store::PutItemRequest{.table = "sample", .item = make({{"pk", "p"}, {"sk", 1}})},
                   store::ConditionCheck{.table = "sample",
                                         .key = make({{"pk", "p"}, {"sk", 2}}),
                                         .condition_expression = "attribute_not_exists(pk)"},
                   store::PutItemRequest{.table = "sample", .item = make({{"pk", "p"}, {"sk", 3}})}}}));
  EXPECT_EQ(numbers(1, 100), (std::vector<std::int64_t>{1, 3}));
}

TEST_F(ChangeLogTest, IsReadOnFromAnyPosition) {
  put_numbered(0, 50);
  EXPECT_EQ(log().next_sequence(), 51);
  EXPECT_EQ(numbers(1, 3), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(numbers(4, 2), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(numbers(50, 10), (std::vector<std::int64_t>{49}));
  EXPECT_EQ(numbers(51, 10), std::vector<std::int64_t>{});
  EXPECT_EQ(log().read(52, 10).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(log().read(52, 10).error().message, "the change log ends before 51; 52 was not written yet");
  EXPECT_EQ(log().read(1000, 10).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(numbers(1, 0), std::vector<std::int64_t>{});
  EXPECT_EQ(log().read(0, 10).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(log().read(0, 10).error().message, "the change log starts at 1; 0 is no longer kept");
}

TEST_F(ChangeLogTest, IdentityAndSequenceSurviveReopening) {
  const std::string identity = log().identity();
  EXPECT_EQ(identity.size(), 32);
  put_numbered(0, 5);
  reopen();
  EXPECT_EQ(log().identity(), identity);
  EXPECT_EQ(log().next_sequence(), 6);
  put_numbered(5, 8);
  EXPECT_EQ(numbers(1, 100), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));

  const mrgc::testing::TemporaryFolder elsewhere;
  const auto other = mrgc::testing::open_engine(elsewhere.path(), options_).value();
  EXPECT_NE(other->change_log().identity(), identity);
}

TEST_F(ChangeLogTest, KeepsTheLatestAndSaysWhatIsGone) {
  log_is_whole_ = false;
  options_.change_log_max_records = 10;
  reopen();
  for (int i = 0; i < 100; ++i) {
    put_numbered(i, i + 1);
    const std::uint64_t kept = log().next_sequence() - log().first_sequence();
    EXPECT_GE(kept, std::min(i + 1, 10));
    EXPECT_LE(kept, 20U);
    EXPECT_EQ(numbers(log().first_sequence(), 1000).size(), kept);
  }
  EXPECT_EQ(log().next_sequence(), 101);
  const std::uint64_t first = log().first_sequence();
  EXPECT_EQ(log().read(first - 1, 1).error().code, ErrorCode::kNotFound);
  reopen();
  EXPECT_EQ(log().first_sequence(), first);
  EXPECT_EQ(log().next_sequence(), 101);
  EXPECT_EQ(numbers(100, 5), (std::vector<std::int64_t>{99}));
}

TEST_F(ChangeLogTest, KeepsWhatIsRemovedByACommitThatFails) {
  log_is_whole_ = false;
  options_.change_log_max_records = 1;
  auto& kv = reopen_over<mrgc::testing::GatedKv>();
  put_numbered(0, 2);
  const std::uint64_t first = log().first_sequence();
  ASSERT_EQ(numbers(first, 10), (std::vector<std::int64_t>{0, 1}));
  kv.close();
  auto third = start(&store::Store::put_item, {.table = "sample", .item = make({{"pk", "p"}, {"sk", 3}})});
  kv.wait_for_writer();
  EXPECT_EQ(numbers(first, 10), (std::vector<std::int64_t>{0, 1}));
  kv.fail();
  EXPECT_FALSE(third.get());
  EXPECT_EQ(log().first_sequence(), first);
  EXPECT_EQ(numbers(first, 10), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(ChangeLogTest, ADamagedRecordIsAnError) {
  log_is_whole_ = false;
  put_numbered(0, 3);
  engine_.reset();
  auto kv = open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value();
  KvBatch batch;
  std::string second;
  append_u64(second, 2);
  batch.put(Family::kLog, second, "no record");
  ASSERT_TRUE(kv->write(batch, true));
  engine_ = Engine::open(std::move(kv), options_).value();
  const auto read = log().read(1, 10);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kInternal);
  EXPECT_EQ(read.error().message, "the change log does not read back at 2");
}

// A follower must never be given other changes under sequences that it has seen.
TEST_F(ChangeLogTest, SequencesAreNeverUsedAgainHoweverFewRecordsAreKept) {
  log_is_whole_ = false;
  options_.change_log_max_records = 0;
  reopen();
  put_numbered(0, 5);
  reopen();
  EXPECT_EQ(log().next_sequence(), 6);
  put_numbered(5, 6);
  EXPECT_EQ(log().next_sequence(), 7);
}

}  // namespace
}  // namespace mrgc::engine::testing
