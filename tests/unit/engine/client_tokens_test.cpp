#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

class ClientTokensTest : public EngineTest {
 protected:
  ClientTokensTest() { create({.name = "sums", .keys = {.partition = {"id"}, .sort = {}}}); }

  Result<store::TransactWriteItemsResult> add(int amount, const std::string& token) {
    store::UpdateItemRequest update{.table = "sums",
                                    .key = make({{"id", Value("a")}}),
                                    .update_expression = "ADD tally :n",
                                    .values = make({{":n", Value(amount)}})};
    return db().transact_write_items({.actions = {update}, .client_token = token});
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

}  // namespace
}  // namespace mrgc::engine::testing
