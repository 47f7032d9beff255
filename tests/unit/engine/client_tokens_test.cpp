#include "engine/client_tokens.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "engine/keyspace.h"
#include "engine_test.h"
#include "support/kv.h"
#include "support/memory_kv.h"

namespace mrgc::engine::testing {
namespace {

class ClientTokensTest : public EngineTest {
 protected:
  ClientTokensTest() { create({.name = "sums", .keys = {.partition = {"id"}, .sort = {}}}); }

  static store::TransactWriteItemsRequest addition(int amount, const std::string& token) {
    store::UpdateItemRequest update{.table = "sums",
                                    .key = make({{"id", Value("a")}}),
                                    .update_expression = "ADD tally :n",
                                    .values = make({{":n", Value(amount)}})};
    return {.actions = {update}, .client_token = token};
  }
  Result<store::TransactWriteItemsResult> add(int amount, const std::string& token) {
    return db().transact_write_items(addition(amount, token));
  }
  std::int64_t total() { return get("sums", {{"id", Value("a")}})->find_int64("tally").value(); }
};

TEST_F(ClientTokensTest, TheSameRequestCountsOnce) {
  EXPECT_FALSE(add(3, "token").value().repeated);
  EXPECT_TRUE(add(3, "token").value().repeated);
  EXPECT_EQ(total(), 3);
  ASSERT_TRUE(add(3, "another"));
  ASSERT_TRUE(add(3, ""));
  ASSERT_TRUE(add(3, ""));
  EXPECT_EQ(total(), 12);
}

// API Reference, TransactWriteItems, "ClientRequestToken".
TEST_F(ClientTokensTest, TheSecondTimeTakesWhatReadingTheItemsTakes) {
  const auto padded = [](const char* id, std::size_t bytes) {
    return store::PutItemRequest{.table = "sums", .item = make({{"id", id}, {"pad", std::string(bytes, 'p')}})};
  };
  const store::TransactWriteItemsRequest request{.actions = {padded("a", 5000), padded("b", 500)},
                                                 .client_token = "token"};
  EXPECT_EQ(db().transact_write_items(request).value().capacity.front().table_units, 2 * (5 + 1));
  reopen();
  EXPECT_EQ(db().transact_write_items(request).value().capacity.front().table_units, 2 * (2 + 1));
}

TEST_F(ClientTokensTest, AnotherRequestWithTheTokenIsRefused) {
  ASSERT_TRUE(add(3, "token"));
  const Error refused = error_of(add(4, "token"));
  EXPECT_EQ(refused.code, ErrorCode::kIdempotentMismatch);
  EXPECT_EQ(refused.message,
            "The provided client token was already used with a different request; use a new token for it");
  EXPECT_EQ(total(), 3);
}

TEST_F(ClientTokensTest, TokensOutliveARestartAndTenMinutesNot) {
  ASSERT_TRUE(add(3, "token"));
  reopen();
  ASSERT_TRUE(add(3, "token"));
  EXPECT_EQ(total(), 3);
  clock_.advance_ms(10 * 60 * 1000);
  ASSERT_TRUE(add(3, "token"));
  EXPECT_EQ(total(), 6);
  ASSERT_TRUE(add(3, "token"));
  EXPECT_EQ(total(), 6);
}

TEST_F(ClientTokensTest, ACanceledTransactionMayBeTriedAgain) {
  store::PutItemRequest put{.table = "sums", .item = make({{"id", Value("b")}})};
  put.condition_expression = "attribute_exists(id)";
  const store::TransactWriteItemsRequest request{.actions = {put}, .client_token = "token"};
  EXPECT_EQ(error_of(db().transact_write_items(request)).code, ErrorCode::kTransactionCanceled);
  this->put("sums", {{"id", Value("b")}, {"old", Value(true)}});
  EXPECT_TRUE(db().transact_write_items(request));
}

TEST_F(ClientTokensTest, OfManyAtOnceOneCounts) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) EXPECT_TRUE(add(1, "token-" + std::to_string(n)));
    });
  }
  threads.clear();
  EXPECT_EQ(total(), 50);
}

// Transactions with different tokens are decided in one order and may be submitted in another.
TEST_F(ClientTokensTest, AreKnownAfterARestartInWhateverOrderTheirTransactionsAreCommitted) {
  mrgc::testing::MemoryKv kv;
  const auto commit = [&](const KvBatch& batch) { ASSERT_TRUE(kv.write(batch, /*sync=*/true)); };
  ClientTokens tokens;
  KvBatch first;
  tokens.record(first, "token", "print", 0);
  commit(first);
  const std::int64_t later_ms = ClientTokens::kLifetime_ms + 1;
  KvBatch other;
  tokens.record(other, "other", "print", later_ms);
  KvBatch again;
  tokens.record(again, "token", "print", later_ms);
  commit(again);
  commit(other);

  ClientTokens loaded;
  ASSERT_TRUE(loaded.load(kv));
  EXPECT_TRUE(loaded.knows("token", "print", later_ms).value());
  EXPECT_TRUE(loaded.knows("other", "print", later_ms).value());
}

TEST_F(ClientTokensTest, AreForgottenOnTheDiskToo) {
  mrgc::testing::MemoryKv kv;
  const auto commit = [&](const KvBatch& batch) { ASSERT_TRUE(kv.write(batch, /*sync=*/true)); };
  ClientTokens tokens;
  for (int i = 0; i < 2500; ++i) {
    KvBatch batch;
    tokens.record(batch, "token-" + std::to_string(i), "print", i);
    commit(batch);
  }
  KvBatch again;
  tokens.record(again, "token-7", "print", ClientTokens::kLifetime_ms + 7);
  commit(again);
  tokens.trim(ClientTokens::kLifetime_ms + 2400, commit);
  std::size_t kept = 0;
  const auto iterator = kv.iterate(Family::kMeta, "token/", prefix_end("token/"));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) ++kept;
  EXPECT_EQ(kept, 99 + 1);
  EXPECT_TRUE(tokens.knows("token-7", "print", ClientTokens::kLifetime_ms + 8).value());
  EXPECT_TRUE(tokens.knows("token-2401", "print", ClientTokens::kLifetime_ms + 8).value());
}

TEST_F(ClientTokensTest, OldOnesGoWithTheSweep) {
  ASSERT_TRUE(add(3, "token"));
  clock_.advance_ms(ClientTokens::kLifetime_ms);
  engine_->sweep_expired(1);
  ASSERT_TRUE(add(4, "another"));  // behind it in the committer's queue
  engine_.reset();
  const auto kv = open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value();
  EXPECT_FALSE(kv->get(Family::kMeta, "token/token").value());
  EXPECT_TRUE(kv->get(Family::kMeta, "token/another").value());
}

// That the token was used tells of a transaction that a crash may still undo.
TEST_F(ClientTokensTest, AreNotToldOfBeforeTheirTransactionIsDurable) {
  mrgc::testing::GatedKv& gate = reopen_over<mrgc::testing::GatedKv>();
  gate.close();
  auto first = start(&store::Store::transact_write_items, addition(3, "token"));
  gate.wait_for_writer();
  auto other = start(&store::Store::transact_write_items, addition(4, "token"));
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  gate.open();
  EXPECT_TRUE(first.get());
  EXPECT_EQ(error_of(other.get()).code, ErrorCode::kIdempotentMismatch);
}

}  // namespace
}  // namespace mrgc::engine::testing
