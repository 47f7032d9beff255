#include <gtest/gtest.h>

#include <functional>

#include "engine/kv.h"
#include "engine/table_record.h"
#include "engine_test.h"

namespace mrgc::engine::testing {
namespace {

class TableRecordTest : public ::testing::Test {
 protected:
  TableRecordTest() {
    table_.number = 7;
    table_.id = "id";
    table_.created_ms = 12345;
    table_.spec = sample_table("sample");
    for (std::size_t i = 0; i < table_.spec.indexes.size(); ++i) {
      table_.indexes.push_back({.number = static_cast<std::uint16_t>(i + 1)});
    }
    table_.indexes.back().status = store::TableStatus::kCreating;
    table_.next_index_number = 9;
    table_.spec.indexes.front().throughput = {.read_units = 1, .write_units = 2};
    table_.spec.settings = {.billing_mode = store::BillingMode::kProvisioned,
                            .throughput = store::Throughput{.read_units = 3, .write_units = 4},
                            .on_demand_limits = store::Throughput{.read_units = 5, .write_units = 0},
                            .stream = store::StreamView::kOldImage,
                            .deletion_protection = true,
                            .table_class = store::TableClass::kInfrequentAccess,
                            .tags = {{"team", "serving"}}};
    table_.stream_created_ms = 777;
    table_.on_demand_since_ms = 888;
    table_.ttl_attribute = "ttl";
  }

  // Puts other values in the place of each part of `value`, at every depth, or leaves it out; calls `check` with what
  // the whole then is.
  static void for_each_change(Value& value, const std::function<void()>& check) {
    const Value original = value;
    for (const Value& other :
         {Value(), Value(true), Value(-1), Value(std::int64_t{1'000'000'000'000}), Value("text"), Value(""),
          Value(Value::List{Value(1)}), Value(Value::Map{{"name", Value(3)}}), Value::string_set({"a"})}) {
      value = other;
      check();
    }
    value = original;
    if (auto* list = value.as<Value::List>()) {
      for (Value& element : *list) for_each_change(element, check);
    } else if (auto* map = value.as<Value::Map>()) {
      for (auto& [name, element] : *map) for_each_change(element, check);
      for (const auto& [name, element] : Value::Map(*map)) {
        map->erase(name);
        check();
        map->emplace(name, element);
      }
    }
  }

  Table table_;
};

TEST_F(TableRecordTest, ReadsBackAsWritten) {
  const auto read = decode_table(encode_table(table_));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->number, 7U);
  EXPECT_EQ((*read)->id, "id");
  EXPECT_EQ((*read)->created_ms, 12345);
  EXPECT_EQ((*read)->spec, table_.spec);
  EXPECT_EQ((*read)->ttl_attribute, "ttl");
  EXPECT_EQ((*read)->next_index_number, 9);
  EXPECT_EQ((*read)->stream_created_ms, 777);
  EXPECT_EQ((*read)->on_demand_since_ms, 888);
  ASSERT_EQ((*read)->indexes.size(), table_.indexes.size());
  EXPECT_EQ((*read)->indexes.back().status, store::TableStatus::kCreating);
  EXPECT_EQ((*read)->indexes.back().number, table_.indexes.back().number);
}

TEST_F(TableRecordTest, OneThatIsWrongAnywhereIsAnError) {
  Value record(encode_table(table_).to_map());
  int refused = 0;
  for_each_change(record, [&] {
    const auto* map = record.as<Value::Map>();
    if (map == nullptr) return;
    const auto read = decode_table(Item::from_map(*map));
    if (read) return;  // another name, say
    EXPECT_EQ(read.error().code, ErrorCode::kStorage);
    ++refused;
  });
  EXPECT_GT(refused, 300);
}

// What was written before it was recorded: then it was the time of the creation.
TEST_F(TableRecordTest, OlderOnesDoNotTellSinceWhenTheyAreOnDemand) {
  const auto since = [&](store::BillingMode mode) {
    table_.spec.settings.billing_mode = mode;
    Value::Map record = encode_table(table_).to_map();
    record.erase("on_demand_since_ms");
    return decode_table(Item::from_map(record)).value()->on_demand_since_ms;
  };
  EXPECT_EQ(since(store::BillingMode::kPayPerRequest), table_.created_ms);
  EXPECT_EQ(since(store::BillingMode::kProvisioned), std::nullopt);
}

class TableOpeningTest : public EngineTest {};

TEST_F(TableOpeningTest, AStoreWithAMistypedRecordSaysSo) {
  engine_.reset();
  const std::pair<std::string, std::string> records[] = {
      {"table/sample", "a table's record in the store does not read back"},
      {"token/one", "a client token's record in the store does not read back"},
      {"stream/one", "a stream's record in the store does not read back"}};
  for (const auto& [key, message] : records) {
    auto kv = open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value();
    KvBatch batch;
    batch.put(Family::kMeta, key, make({{"number", "one"}}).encoded());
    ASSERT_TRUE(kv->write(batch, true));
    const Error error = error_of(Engine::open(std::move(kv), options_));
    EXPECT_EQ(error.code, ErrorCode::kStorage);
    EXPECT_EQ(error.message, message);
    kv = open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value();
    KvBatch undo;
    undo.remove(Family::kMeta, key);
    ASSERT_TRUE(kv->write(undo, true));
  }
}

}  // namespace
}  // namespace mrgc::engine::testing
