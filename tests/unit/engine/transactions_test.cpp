#include <gtest/gtest.h>

#include "engine_test.h"

// Batches and transactions.
namespace mrgc::engine::testing {
namespace {

using Put = store::BatchWriteItemRequest::Put;
using Delete = store::BatchWriteItemRequest::Delete;

class TransactionsTest : public EngineTest {
 protected:
  void SetUp() override {
    create(sample_table("sample"));
    create(sample_table("second"));
  }

  static Item numbered(int number, int n = 0) {
    return make({{"pk", "p"}, {"sk", number}, {"n", n}, {"color", "red"}, {"score", number}});
  }
  static Item key(int number) { return make({{"pk", "p"}, {"sk", number}}); }
  static store::PutItemRequest put_action(const std::string& table, const Item& item,
                                          const std::string& condition = {}) {
    return {.table = table, .item = item, .condition_expression = condition};
  }
};

TEST_F(TransactionsTest, BatchesWriteToSeveralTables) {
  put("sample", numbered(1).to_map());
  const auto done = db().batch_write_item(
      {.tables = {{"sample", {Put{numbered(2)}, Delete{key(1)}, Delete{key(9)}}}, {"second", {Put{numbered(1)}}}}});
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->unprocessed.empty());
  EXPECT_EQ(scan_all(db(), "sample"), std::vector{numbered(2)});
  EXPECT_EQ(scan_all(db(), "second"), std::vector{numbered(1)});
}

TEST_F(TransactionsTest, BatchesOfTheLargestSize) {
  store::BatchWriteItemRequest writes;
  store::BatchGetItemRequest reads;
  for (int i = 0; i < 25; ++i) writes.tables["sample"].emplace_back(Put{numbered(i)});
  ASSERT_TRUE(db().batch_write_item(writes));
  for (int i = 0; i < 50; ++i) {
    reads.tables["sample"].keys.push_back(key(i));
    reads.tables["second"].keys.push_back(key(i));
  }
  const auto read = db().batch_get_item(reads).value();
  EXPECT_EQ(read.items.at("sample").size(), 25);
  EXPECT_TRUE(read.items.at("second").empty());
  EXPECT_TRUE(read.unprocessed.empty());
}

TEST_F(TransactionsTest, BatchGetsProjectPerTable) {
  put("sample", numbered(1, 7).to_map());
  put("second", numbered(1, 8).to_map());
  const auto read = db().batch_get_item(
      {.tables = {{"sample", {.keys = {key(1)}, .projection_expression = "n"}},
                  {"second", {.keys = {key(1)}, .projection_expression = "#n", .names = {{"#n", "score"}}}}}});
  EXPECT_EQ(read.value().items.at("sample"), std::vector{make({{"n", 7}})});
  EXPECT_EQ(read.value().items.at("second"), std::vector{make({{"score", 1}})});
}

TEST_F(TransactionsTest, ABatchGetStopsAt16MBAndNamesTheRest) {
  const std::string fill(390 * 1024, 'x');
  store::BatchGetItemRequest request;
  for (int i = 0; i < 60; ++i) {
    put("sample", {{"pk", "p"}, {"sk", i}, {"fill", Value(fill)}});
    request.tables["sample"].keys.push_back(key(i));
  }
  request.tables["sample"].projection_expression = "sk";
  std::set<std::int64_t> found;
  std::vector<std::size_t> counts;
  while (!request.tables.empty()) {
    const auto read = db().batch_get_item(request).value();
    for (const Item& item : read.items.at("sample")) EXPECT_TRUE(found.insert(item.find_int64("sk").value()).second);
    request.tables = read.unprocessed;
    counts.push_back(read.items.at("sample").size());
  }
  EXPECT_EQ(found.size(), 60);
  // Not one more, so as not to exceed the 16 MB (API Reference, BatchGetItem).
  EXPECT_EQ(counts,
            (std::vector<std::size_t>{
                (std::size_t{16} << 20) / make({{"pk", "p"}, {"sk", 9}, {"fill", Value(fill)}}).size_bytes(), 18}));
}

// Nothing behind the first item that does not fit, however small, is read or charged.
TEST_F(TransactionsTest, ABatchGetTakesNoSmallerItemInstead) {
  const std::string large(390 * 1024, 'x');
  store::BatchGetItemRequest request;
  store::BatchGetItemRequest::Keys& first = request.tables["sample"];
  for (int i = 0; i < 43; ++i) {
    put("sample", {{"pk", "p"}, {"sk", i}, {"fill", Value(large)}});
    first.keys.push_back(key(i));
  }
  put("sample", {{"pk", "p"}, {"sk", 43}});
  first.keys.push_back(key(43));
  first.keys.push_back(key(99));  // which is not there
  put("second", {{"pk", "p"}, {"sk", 1}});
  request.tables["second"] = {
      .keys = {key(1)}, .consistent_read = true, .projection_expression = "#s", .names = {{"#s", "sk"}}};
  const auto read = db().batch_get_item(request).value();
  const std::size_t size_bytes = make({{"pk", "p"}, {"sk", 9}, {"fill", Value(large)}}).size_bytes();
  const std::size_t fit = (std::size_t{16} << 20) / size_bytes;
  ASSERT_EQ(fit, 42U);
  EXPECT_EQ(read.items.at("sample").size(), fit);
  EXPECT_EQ(read.unprocessed.at("sample").keys, (std::vector{key(42), key(43), key(99)}));
  EXPECT_TRUE(read.items.at("second").empty());
  const store::BatchGetItemRequest::Keys& rest = read.unprocessed.at("second");
  EXPECT_EQ(rest.keys, std::vector{key(1)});
  EXPECT_TRUE(rest.consistent_read);
  EXPECT_EQ(rest.projection_expression, "#s");
  EXPECT_EQ(rest.names, (store::Names{{"#s", "sk"}}));
  ASSERT_EQ(read.capacity.size(), 2U);
  EXPECT_EQ(read.capacity[0].table_units, 42 * 49.0);  // each takes 98 times 4 KB, half a unit each
  EXPECT_EQ(read.capacity[1].table_units, 0);
}

TEST_F(TransactionsTest, AllActionsHappenTogether) {
  put("sample", numbered(1, 1).to_map());
  put("sample", numbered(2, 2).to_map());
  ASSERT_TRUE(db().transact_write_items(
      {.actions = {put_action("second", numbered(3, 3), "attribute_not_exists(pk)"),
                   store::UpdateItemRequest{.table = "sample",
                                            .key = key(1),
                                            .update_expression = "SET n = n + :one",
                                            .condition_expression = "n = :one",
                                            .values = make({{":one", 1}})},
                   store::DeleteItemRequest{.table = "sample", .key = key(2)},
                   store::ConditionCheck{
                       .table = "second", .key = key(9), .condition_expression = "attribute_not_exists(pk)"}}}));
  EXPECT_EQ(scan_all(db(), "sample"), std::vector{numbered(1, 2)});
  EXPECT_EQ(scan_all(db(), "second"), std::vector{numbered(3, 3)});
}

TEST_F(TransactionsTest, OneThatCannotIsNoneWithReasonsInOrder) {
  put("sample", numbered(1, 1).to_map());
  put("sample", numbered(2, 2).to_map());
  auto showing = put_action("sample", numbered(2, 20), "attribute_not_exists(pk)");
  showing.return_old_on_failure = true;
  const Error error = error_of(db().transact_write_items(
      {.actions = {
           put_action("sample", numbered(3, 3)), put_action("sample", numbered(1, 10), "attribute_not_exists(pk)"),
           showing, store::DeleteItemRequest{.table = "second", .key = key(1)},
           store::UpdateItemRequest{.table = "second",
                                    .key = key(2),
                                    .update_expression = "SET n = m + :one",
                                    .values = make({{":one", 1}})},
           store::ConditionCheck{.table = "second", .key = key(9), .condition_expression = "attribute_exists(pk)"}}}));
  EXPECT_EQ(error.code, ErrorCode::kTransactionCanceled);
  EXPECT_EQ(
      error.message,
      "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, "
      "ConditionalCheckFailed, None, ValidationError, ConditionalCheckFailed]");
  const auto* detail = error.detail_as<store::CancellationReasons>();
  ASSERT_NE(detail, nullptr);
  ASSERT_EQ(detail->reasons.size(), 6);
  const std::string codes[] = {"None", "ConditionalCheckFailed", "ConditionalCheckFailed",
                               "None", "ValidationError",        "ConditionalCheckFailed"};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(detail->reasons[i].code, codes[i]) << i;
  EXPECT_EQ(detail->reasons[1].item, std::nullopt);
  EXPECT_EQ(detail->reasons[2].item, numbered(2, 2));
  EXPECT_EQ(detail->reasons[2].message, "The conditional request failed");
  EXPECT_EQ(detail->reasons[4].message,
            "The provided expression refers to an attribute that does not exist in the item");

  EXPECT_EQ(scan_all(db(), "sample"), (std::vector{numbered(1, 1), numbered(2, 2)}));
  EXPECT_TRUE(scan_all(db(), "second").empty());
  EXPECT_EQ(engine_->change_log().next_sequence(), 3);
}

TEST_F(TransactionsTest, ReadsComeInOrderWithGapsForWhatIsNotThere) {
  put("sample", numbered(1, 1).to_map());
  put("second", numbered(1, 2).to_map());
  const auto read = db().transact_get_items({.gets = {{.table = "second", .key = key(1), .projection_expression = "n"},
                                                      {.table = "sample", .key = key(5)},
                                                      {.table = "sample", .key = key(1)}}});
  EXPECT_EQ(read.value().items, (std::vector<std::optional<Item>>{make({{"n", 2}}), std::nullopt, numbered(1, 1)}));
}

TEST_F(TransactionsTest, OfTheLargestSize) {
  store::TransactWriteItemsRequest writes;
  store::TransactGetItemsRequest reads;
  for (int i = 0; i < 100; ++i) {
    writes.actions.emplace_back(put_action("sample", numbered(i, i)));
    reads.gets.push_back({.table = "sample", .key = key(i)});
  }
  ASSERT_TRUE(db().transact_write_items(writes));
  const auto read = db().transact_get_items(reads).value();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(read.items[static_cast<std::size_t>(i)], numbered(i, i));
}

TEST_F(TransactionsTest, TheirItemsHaveAtMost4MBTogether) {
  const Value fill(std::string(390 * 1024, 'x'));
  store::TransactWriteItemsRequest puts;
  store::TransactGetItemsRequest gets;
  const auto action = [&](int i) { return put_action("sample", make({{"pk", "p"}, {"sk", i}, {"fill", fill}})); };
  for (int i = 0; i < 10; ++i) {
    puts.actions.emplace_back(action(i));
    gets.gets.push_back({.table = "sample", .key = key(i), .projection_expression = "sk"});
  }
  ASSERT_TRUE(db().transact_write_items(puts));
  ASSERT_TRUE(db().transact_get_items(gets));
  puts.actions.emplace_back(action(10));
  put("sample", {{"pk", "p"}, {"sk", 10}, {"fill", fill}});
  gets.gets.push_back({.table = "sample", .key = key(10), .projection_expression = "sk"});
  EXPECT_EQ(error_of(db().transact_write_items(puts)).message,
            "Transaction payload size cannot exceed 4MB. Payload Size: 4393080");
  EXPECT_EQ(error_of(db().transact_get_items(gets)).message,
            "The aggregate size of the items in the transaction cannot exceed 4 MB, and is 4393080 bytes");
  EXPECT_EQ(scan_all(db(), "sample").size(), 11);
  // What a deletion deletes is not sent.
  store::TransactWriteItemsRequest deletes;
  for (int i = 0; i < 11; ++i) deletes.actions.emplace_back(store::DeleteItemRequest{.table = "sample", .key = key(i)});
  EXPECT_TRUE(db().transact_write_items(deletes));
  EXPECT_TRUE(scan_all(db(), "sample").empty());
}

// As AWS answers: of an action whose key is not the table's alone.
TEST_F(TransactionsTest, AWrongKeyIsTheOnlyReason) {
  const Error error = error_of(db().transact_write_items(
      {.actions = {store::PutItemRequest{.table = "sample", .item = make({{"pk", 7}, {"sk", 1}})},
                   store::PutItemRequest{.table = "sample", .item = make({{"pk", 8}, {"sk", 1}})},
                   store::PutItemRequest{.table = "sample",
                                         .item = make({{"pk", "p"}, {"sk", 1}}),
                                         .condition_expression = "attribute_exists(pk)"}}}));
  const auto* reasons = error.detail_as<store::CancellationReasons>();
  ASSERT_NE(reasons, nullptr);
  ASSERT_EQ(reasons->reasons.size(), 3);
  EXPECT_EQ(reasons->reasons[0].code, "ValidationError");
  EXPECT_EQ(reasons->reasons[1].code, "None");
  EXPECT_EQ(reasons->reasons[2].code, "None");
}

}  // namespace
}  // namespace mrgc::engine::testing
