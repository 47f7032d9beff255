#include <gtest/gtest.h>

#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

class LocalIndexTest : public EngineTest {
 protected:
  LocalIndexTest() {
    store::TableSpec spec{.name = "mail",
                          .keys = {.partition = {"box"}, .sort = store::KeyAttribute{"at", item::Type::kNumber}}};
    spec.indexes.push_back({.name = "by-from",
                            .keys = {.partition = {"box"}, .sort = store::KeyAttribute{"from"}},
                            .projection = store::Projection::kKeysOnly,
                            .included = {},
                            .local = true});
    create(spec);
    for (int i = 0; i < 4; ++i) {
      put("mail", {{"box", Value("in")},
                   {"at", Value(i)},
                   {"from", Value(std::string(1, static_cast<char>('d' - i)))},
                   {"text", Value(std::string(5000, 't'))}});
    }
  }

  Result<store::PageResult> query(store::QueryRequest request) {
    request.table = "mail";
    request.index = "by-from";
    request.key_condition_expression = "box = :box";
    request.values = make({{":box", Value("in")}});
    return db().query(std::move(request));
  }
};

TEST_F(LocalIndexTest, OrdersByItsSortKeyAndMayBeReadConsistently) {
  const auto page = query({.consistent_read = true});
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->items.size(), 4);
  EXPECT_EQ(page->items.front().find_string("from"), "a");
  EXPECT_FALSE(page->items.front().find("text"));
  EXPECT_EQ(page->capacity.table_units, 0);
  ASSERT_EQ(page->capacity.local_indexes.size(), 1);
  EXPECT_EQ(page->capacity.local_indexes.front().second, 1);
}

TEST_F(LocalIndexTest, FetchesWhatItDoesNotHold) {
  const auto all = query({.select = store::Select::kAllAttributes});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->items.front().find_string("text")->size(), 5000);
  EXPECT_EQ(all->capacity.table_units, 4 * 1.0) << "two blocks each, eventually consistent";
  const auto one = query({.projection_expression = "#t", .names = {{"#t", "text"}}});
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(one->items.front().attributes().size(), 1);
}

TEST_F(LocalIndexTest, FetchesTheItemsOfTheMomentThatItsEntriesAreOf) {
  auto& kv = reopen_over<mrgc::testing::InterruptedKv>();
  const auto key = make({{"box", Value("in")}, {"at", Value(3)}});
  kv.interrupt(Family::kIndexes, [&] {
    ASSERT_TRUE(db().update_item({.table = "mail",
                                  .key = key,
                                  .update_expression = "SET #f = :f",
                                  .names = {{"#f", "from"}},
                                  .values = make({{":f", Value("z")}})}));
    ASSERT_TRUE(db().delete_item({.table = "mail", .key = make({{"box", Value("in")}, {"at", Value(2)}})}));
  });
  const auto page = query({.select = store::Select::kAllAttributes}).value();
  ASSERT_EQ(page.items.size(), 4);
  EXPECT_EQ(page.items.at(0).find_string("from"), "a");
  EXPECT_EQ(page.items.at(1).find_string("from"), "b");
  const auto later = query({.select = store::Select::kAllAttributes}).value();
  ASSERT_EQ(later.items.size(), 3);
  EXPECT_EQ(later.items.at(2).find_string("from"), "z");
}

TEST_F(LocalIndexTest, AnEntryWithoutItsItemIsAnError) {
  engine_.reset();
  {
    const auto kv = open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value();
    const auto items = kv->iterate(Family::kItems, {}, {});
    items->seek_to_first();
    KvBatch batch;
    batch.remove(Family::kItems, items->key());
    ASSERT_TRUE(kv->write(batch, /*sync=*/true));
  }
  open();
  const Error error = error_of(query({.select = store::Select::kAllAttributes}));
  EXPECT_EQ(error.code, ErrorCode::kStorage);
  EXPECT_EQ(error.message, "an index has an entry of an item that is not there");
  engine_.reset();  // it contradicts itself
}

TEST_F(LocalIndexTest, WritesCostItToo) {
  const auto moved = db().update_item({.table = "mail",
                                       .key = make({{"box", Value("in")}, {"at", Value(0)}}),
                                       .update_expression = "SET #f = :f",
                                       .names = {{"#f", "from"}},
                                       .values = make({{":f", Value("z")}})});
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(moved->capacity.local_indexes, (std::vector<std::pair<std::string, double>>{{"by-from", 2.0}}));
  EXPECT_TRUE(moved->capacity.indexes.empty());
}

TEST_F(LocalIndexTest, WritesTellOfTheirCollectionsWhenAsked) {
  const auto box = [](const std::string& name) { return make({{"box", Value(name)}}); };
  const auto mail = [](const std::string& in, int at) { return make({{"box", Value(in)}, {"at", Value(at)}}); };
  const auto names = [](const std::vector<store::ItemCollection>& collections) {
    std::vector<Item> keys;
    for (const store::ItemCollection& collection : collections) {
      EXPECT_EQ(collection.table, "mail");
      keys.push_back(collection.key);
    }
    return keys;
  };
  EXPECT_TRUE(db().put_item({.table = "mail", .item = mail("in", 9)}).value().collections.empty());
  const auto put = db().put_item({.table = "mail", .item = mail("in", 9), .return_collections = true}).value();
  ASSERT_EQ(names(put.collections), std::vector{box("in")});
  // Four texts of 5,000 letters, as they are stored; nothing where there was nothing.
  EXPECT_GT(put.collections[0].size_bytes, 10'000);
  EXPECT_LT(put.collections[0].size_bytes, 100'000);
  const auto removed =
      db().delete_item({.table = "mail", .key = mail("none", 1), .return_collections = true}).value().collections;
  ASSERT_EQ(names(removed), std::vector{box("none")});
  EXPECT_LT(removed[0].size_bytes, 1000);
  using Put = store::BatchWriteItemRequest::Put;
  const auto batch =
      db().batch_write_item({.tables = {{"mail", {Put{mail("a", 1)}, Put{mail("a", 2)}}}}, .return_collections = true});
  EXPECT_EQ(names(batch.value().collections), std::vector{box("a")});
  const store::TransactWriteItemsRequest transaction{
      .actions = {store::PutItemRequest{.table = "mail", .item = mail("b", 1)},
                  store::ConditionCheck{
                      .table = "mail", .key = mail("c", 1), .condition_expression = "attribute_not_exists(box)"}},
      .client_token = "again",
      .return_collections = true};
  EXPECT_EQ(names(db().transact_write_items(transaction).value().collections), std::vector{box("b")});
  EXPECT_EQ(names(db().transact_write_items(transaction).value().collections), std::vector{box("b")});
  // Only local indexes make collections.
  create(sample_table("sample"));
  const auto plain =
      db().put_item({.table = "sample", .item = make({{"pk", "p"}, {"sk", 1}}), .return_collections = true});
  EXPECT_TRUE(plain.value().collections.empty());
}

}  // namespace
}  // namespace mrgc::engine::testing
