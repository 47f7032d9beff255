#include "engine/capacity.h"

#include <gtest/gtest.h>

#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

// Of exactly `size_bytes`, as DynamoDB counts: names and values; the number 1 has 2 bytes.
Item item_of_size(const std::string& pk, std::size_t size_bytes) {
  const std::size_t used = make({{"pk", Value(pk)}, {"sk", 1}, {"fill", ""}}).size_bytes();
  Item item = make({{"pk", Value(pk)}, {"sk", 1}, {"fill", Value(std::string(size_bytes - used, 'x'))}});
  EXPECT_EQ(item.size_bytes(), size_bytes);
  return item;
}

TEST(CapacityUnitsTest, RoundUpAsTheDeveloperGuideSays) {
  EXPECT_EQ(write_units(0), 1);
  EXPECT_EQ(write_units(512), 1);
  EXPECT_EQ(write_units(1024), 1);
  EXPECT_EQ(write_units(1025), 2);
  EXPECT_EQ(write_units(3 * 1024 + 512), 4);
  // "an item of 8 KB needs 2 units for a strongly consistent read, 1 for an eventually consistent, 4 in a transaction"
  EXPECT_EQ(read_units(8 * 1024, ReadKind::kConsistent), 2);
  EXPECT_EQ(read_units(8 * 1024, ReadKind::kEventual), 1);
  EXPECT_EQ(read_units(8 * 1024, ReadKind::kTransactional), 4);
  EXPECT_EQ(read_units(4096, ReadKind::kConsistent), 1);
  EXPECT_EQ(read_units(4097, ReadKind::kConsistent), 2);
  EXPECT_EQ(read_units(0, ReadKind::kEventual), 0.5);
}

class CapacityTest : public EngineTest {
 protected:
  using Indexes = std::vector<std::pair<std::string, double>>;

  void SetUp() override { create(sample_table("sample")); }

  store::ConsumedCapacity put_capacity(const Item& item) {
    return db().put_item({.table = "sample", .item = item}).value().capacity;
  }
  store::ConsumedCapacity update_capacity(const std::string& update, const Value::Map& values) {
    return db()
        .update_item({.table = "sample",
                      .key = make({{"pk", "p"}, {"sk", 1}}),
                      .update_expression = update,
                      .names = update.find("#o") == std::string::npos ? store::Names{} : store::Names{{"#o", "owner"}},
                      .values = make(values)})
        .value()
        .capacity;
  }
};

TEST_F(CapacityTest, OfOneItem) {
  EXPECT_EQ(put_capacity(item_of_size("p", 1024)).table_units, 1);
  // The larger of the item before and after counts.
  EXPECT_EQ(put_capacity(item_of_size("p", 8192)).table_units, 8);
  EXPECT_EQ(put_capacity(item_of_size("p", 100)).table_units, 8);
  EXPECT_EQ(put_capacity(item_of_size("p", 8193)).table_units, 9);
  const Item key = make({{"pk", "p"}, {"sk", 1}});
  EXPECT_EQ(db().get_item({.table = "sample", .key = key}).value().capacity.table_units, 1.5);
  EXPECT_EQ(db().get_item({.table = "sample", .key = key, .consistent_read = true}).value().capacity.table_units, 3);
  // What is read counts, not what the projection leaves.
  EXPECT_EQ(db().get_item({.table = "sample", .key = key, .projection_expression = "pk"}).value().capacity.total(),
            1.5);
  EXPECT_EQ(db().delete_item({.table = "sample", .key = key}).value().capacity.table_units, 9);
  // Nothing there costs all the same.
  EXPECT_EQ(db().delete_item({.table = "sample", .key = key}).value().capacity.table_units, 1);
  EXPECT_EQ(db().get_item({.table = "sample", .key = key}).value().capacity.table_units, 0.5);
  EXPECT_EQ(db().get_item({.table = "sample", .key = key}).value().capacity.table, "sample");
}

// Developer Guide, "Using global secondary indexes: write considerations".
TEST_F(CapacityTest, OfIndexes) {
  EXPECT_EQ(put_capacity(make({{"pk", "p"}, {"sk", 1}})).indexes, Indexes{});
  // A new entry costs one write.
  auto capacity = update_capacity("SET color = :c, score = :s", {{":c", "red"}, {":s", 1}});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 1}, {"by-color-keys", 1}}));
  EXPECT_EQ(capacity.total(), 3);
  // A key that changes costs two: the old entry goes and a new one comes.
  capacity = update_capacity("SET score = :s", {{":s", 2}});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 2}, {"by-color-keys", 2}}));
  // An attribute that an index does not hold costs nothing there.
  capacity = update_capacity("SET extra = :n", {{":n", 7}});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 1}}));
  // Writing what is there already changes no index.
  capacity = update_capacity("SET extra = :n", {{":n", 7}});
  EXPECT_EQ(capacity.indexes, Indexes{});
  EXPECT_EQ(capacity.table_units, 1);
  capacity = update_capacity("SET #o = :o, note = :n", {{":o", "me"}, {":n", Value(std::string(2000, 'n'))}});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 2}, {"by-owner", 2}}));
  // The larger of the entry before and after counts, as in the table.
  capacity = update_capacity("SET note = :n", {{":n", "short"}});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 2}, {"by-owner", 2}}));
  // An entry that goes costs one write.
  capacity = update_capacity("REMOVE #o", {});
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 1}, {"by-owner", 1}}));
  capacity = db().delete_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})}).value().capacity;
  EXPECT_EQ(capacity.indexes, (Indexes{{"by-color", 1}, {"by-color-keys", 1}}));
}

TEST_F(CapacityTest, OfPagesCountsTheSumOfSizes) {
  // "sums the sizes of all items and rounds up to 4 KB": 40 items of 500 bytes are 20,000 bytes, 5 units.
  for (int i = 0; i < 40; ++i) {
    Value::Map item = item_of_size("p", 486).to_map();
    item["sk"] = Value(10 + i);
    item["n"] = Value("0123456789abc");
    put("sample", item);
  }
  ASSERT_EQ(scan_all(db(), "sample").front().size_bytes(), 500);
  store::QueryRequest query{
      .table = "sample", .key_condition_expression = "pk = :p", .values = make({{":p", "p"}}), .consistent_read = true};
  EXPECT_EQ(db().query(query).value().capacity.table_units, 5);
  query.consistent_read = false;
  query.select = store::Select::kCount;
  EXPECT_EQ(db().query(query).value().capacity.table_units, 2.5);
  query.select = store::Select::kDefault;
  query.filter_expression = "n <> :p";
  EXPECT_EQ(db().query(query).value().capacity.table_units, 2.5);
  query.filter_expression = "n = :p";
  query.limit = 8;
  EXPECT_EQ(db().query(query).value().capacity.table_units, 0.5);
  EXPECT_EQ(db().scan({.table = "sample"}).value().capacity.total(), 2.5);
  const auto of_index = db().scan({.table = "sample", .index = "by-color"}).value().capacity;
  EXPECT_EQ(of_index.table_units, 0);
  EXPECT_EQ(of_index.indexes, (Indexes{{"by-color", 0.5}}));
}

TEST_F(CapacityTest, OfTransactionsIsTwice) {
  const auto written = db().transact_write_items(
      {.actions = {store::PutItemRequest{.table = "sample", .item = item_of_size("p", 1500)},
                   store::PutItemRequest{.table = "sample",
                                         .item = make({{"pk", "q"}, {"sk", 1}, {"color", "red"}, {"score", 1}})},
                   store::ConditionCheck{.table = "sample",
                                         .key = make({{"pk", "r"}, {"sk", 1}}),
                                         .condition_expression = "attribute_not_exists(pk)"}}});
  ASSERT_TRUE(written);
  ASSERT_EQ(written->capacity.size(), 1) << "one for each table";
  EXPECT_EQ(written->capacity[0].table_units, 4 + 2 + 2);
  EXPECT_EQ(written->capacity[0].indexes, (Indexes{{"by-color", 2}, {"by-color-keys", 2}}));
  const auto read = db().transact_get_items({.gets = {{.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})},
                                                      {.table = "sample", .key = make({{"pk", "none"}, {"sk", 1}})}}});
  ASSERT_TRUE(read);
  ASSERT_EQ(read->capacity.size(), 1);
  EXPECT_EQ(read->capacity[0].table_units, 2 + 2);
}

TEST_F(CapacityTest, OfBatchesIsPerTable) {
  const auto written = db().batch_write_item(
      {.tables = {{"sample",
                   {store::BatchWriteItemRequest::Put{item_of_size("p", 1500)},
                    store::BatchWriteItemRequest::Put{make({{"pk", "q"}, {"sk", 1}, {"color", "red"}, {"score", 1}})},
                    store::BatchWriteItemRequest::Put{make({{"pk", "r"}, {"sk", 1}, {"color", "red"}, {"score", 1}})},
                    store::BatchWriteItemRequest::Delete{make({{"pk", "s"}, {"sk", 1}})}}}}});
  ASSERT_TRUE(written);
  ASSERT_EQ(written->capacity.size(), 1);
  EXPECT_EQ(written->capacity[0].table_units, 5);
  EXPECT_EQ(written->capacity[0].indexes, (Indexes{{"by-color", 2}, {"by-color-keys", 2}}));
  // Each item is rounded up for itself.
  const auto read = db().batch_get_item(
      {.tables = {{"sample", {.keys = {make({{"pk", "p"}, {"sk", 1}}), make({{"pk", "q"}, {"sk", 1}})}}}}});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->capacity[0].table_units, 1);
}

}  // namespace
}  // namespace mrgc::engine::testing
