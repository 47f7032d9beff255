#include "engine/keyspace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine_test.h"

namespace mrgc::engine {
namespace {

using item::Item;
using item::Value;
using mrgc::testing::sample_table;

TablePtr sample(std::uint32_t number) {
  auto table = std::make_shared<Table>();
  table->number = number;
  table->spec = sample_table("sample");
  for (std::uint16_t i = 0; i < table->spec.indexes.size(); ++i) table->indexes.push_back({.number = i});
  return table;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  return text;
}

RC_GTEST_PROP(KeyspaceTest, SortKeysOfAPartitionOrderAsNumbers, (std::int64_t a, std::int64_t b)) {
  const TablePtr shared = sample(7);
  const Table& table = *shared;
  const auto key = [&](std::int64_t sort) {
    return item_key(table, Item::from_map({{"pk", "p"}, {"sk", Value(sort)}}));
  };
  RC_ASSERT((key(a) <=> key(b)) == (a <=> b));
}

RC_GTEST_PROP(KeyspaceTest, KeysAreDistinctAndUnderTheirPrefixes,
              (const std::string& p1, const std::string& p2, std::int64_t s1, std::int64_t s2)) {
  const TablePtr shared = sample(7);
  const Table& table = *shared;
  const Item one = Item::from_map({{"pk", Value(p1)}, {"sk", Value(s1)}});
  const Item two = Item::from_map({{"pk", Value(p2)}, {"sk", Value(s2)}});
  RC_ASSERT((item_key(table, one) == item_key(table, two)) == (one == two));
  RC_ASSERT(item_key(table, one).starts_with(table_prefix(table)));
  RC_ASSERT(item_key(table, one).starts_with(partition_prefix(table_prefix(table), *one.find("pk"))));
  // Another partition's keys are outside.
  if (p1 != p2) RC_ASSERT(!item_key(table, two).starts_with(partition_prefix(table_prefix(table), *one.find("pk"))));
}

RC_GTEST_PROP(KeyspaceTest, PrefixEndIsTheLeastKeyBehindThePrefix, (std::string prefix, const std::string& rest)) {
  if (*rc::gen::arbitrary<bool>()) prefix += "\xFF\xFF";
  const std::string end = prefix_end(prefix);
  if (end.empty()) {
    RC_ASSERT(prefix.find_first_not_of('\xFF') == std::string::npos);
    return;
  }
  RC_ASSERT(prefix + rest < end);
  RC_ASSERT(!end.starts_with(prefix));
  // Nothing lies between the keys with the prefix and the end.
  std::string before = end;
  before.back() = static_cast<char>(static_cast<unsigned char>(before.back()) - 1);
  RC_ASSERT(prefix.starts_with(before));
}

TEST(KeyspaceTest, IndexKeysOrderByTheIndexAndThenTellItemsApart) {
  const TablePtr shared = sample(7);
  const Table& table = *shared;
  const store::IndexSpec& index = table.spec.indexes[0];
  const auto key = [&](const char* pk, int sk, int score) {
    const Item item = Item::from_map({{"pk", pk}, {"sk", sk}, {"color", "red"}, {"score", score}});
    std::size_t partition_size = 0;
    std::string made = index_key(table, index, item, item_key(table, item), &partition_size).value();
    EXPECT_EQ(made.substr(0, partition_size), partition_prefix(index_prefix(table, index), *item.find("color")));
    return made;
  };
  EXPECT_LT(key("z", 9, -1), key("a", 1, 0));
  EXPECT_LT(key("a", 1, 5), key("a", 2, 5));
  EXPECT_LT(key("a", 2, 5), key("b", 1, 5));
  EXPECT_NE(key("a", 1, 5), key("b", 1, 5));
  // Sparse: without one of the index's keys there is no entry.
  for (const char* missing : {"color", "score"}) {
    Value::Map item{{"pk", "a"}, {"sk", 1}, {"color", "red"}, {"score", 1}};
    item.erase(missing);
    EXPECT_EQ(index_key(table, index, Item::from_map(item), item_key(table, Item::from_map(item))), std::nullopt);
  }
}

TEST(KeyspaceTest, BigEndianNumbersReadBack) {
  std::string bytes;
  append_u16(bytes, 0x0102);
  append_u32(bytes, 0x03040506);
  append_u64(bytes, 0xFF08'090A'0B0C'0D0E);
  EXPECT_EQ(bytes, "\x01\x02\x03\x04\x05\x06\xFF\x08\x09\x0A\x0B\x0C\x0D\x0E");
  EXPECT_EQ(read_u32(std::string_view(bytes).substr(2)), 0x03040506U);
  EXPECT_EQ(read_u64(std::string_view(bytes).substr(6)), 0xFF08'090A'0B0C'0D0E);
}

// The keys are part of the format: a version that made others would not find what this one has written.
TEST(KeyspaceTest, KeysAreTheSameInEveryVersion) {
  const TablePtr table = sample(7);
  const Item item = Item::from_map({{"pk", "p"}, {"sk", 1}, {"color", "red"}, {"score", 0}});
  const std::string key = item_key(*table, item);
  EXPECT_EQ(hex(key), "00000007C64B0300537000014EC102");
  EXPECT_EQ(hex(index_key(*table, table->spec.indexes[0], item, key).value()),
            "000000070000985014755372656400014E8000537000014EC102");
}

}  // namespace

namespace testing {
namespace {

class SegmentsTest : public EngineTest, public ::testing::WithParamInterface<std::int64_t> {};

TEST_P(SegmentsTest, CoverEverythingExactlyOnce) {
  create(sample_table("sample"));
  constexpr int kItems = 300;
  for (int i = 0; i < kItems; ++i) {
    put("sample",
        {{"pk", "p" + std::to_string(i % 150)}, {"sk", i}, {"color", "c" + std::to_string(i % 40)}, {"score", i}});
  }
  for (const std::string index : {"", "by-color", "by-color-keys"}) {
    std::multiset<std::string> found;
    for (std::int64_t segment = 0; segment < GetParam(); ++segment) {
      store::ScanRequest request{
          .table = "sample", .index = index, .limit = 7, .segment = segment, .total_segments = GetParam()};
      do {
        auto page = db().scan(request);
        ASSERT_TRUE(page) << page.error().message;
        for (const Item& item : page->items) found.insert(item.find("sk")->as_number().to_string());
        request.exclusive_start_key = page->last_evaluated_key;
      } while (!request.exclusive_start_key.empty());
    }
    ASSERT_EQ(found.size(), kItems) << index << ", segments: " << GetParam();
    for (int i = 0; i < kItems; ++i) EXPECT_EQ(found.count(std::to_string(i)), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, SegmentsTest, ::testing::Values(1, 2, 3, 7, 64, 1000));

TEST_F(EngineTest, SegmentsShareTheItemsEvenly) {
  create(sample_table("sample"));
  for (int i = 0; i < 2000; ++i) put("sample", {{"pk", "p" + std::to_string(i)}, {"sk", 0}});
  for (std::int64_t segment = 0; segment < 4; ++segment) {
    const auto page =
        db().scan({.table = "sample", .select = store::Select::kCount, .segment = segment, .total_segments = 4});
    EXPECT_GT(page.value().count, 400);
    EXPECT_LT(page.value().count, 600);
  }
  // The last of the most segments there can be ends with the table.
  EXPECT_TRUE(db().scan({.table = "sample", .segment = 999'999, .total_segments = 1'000'000}));
}

}  // namespace
}  // namespace testing
}  // namespace mrgc::engine
