#include "engine/rocksdb_options.h"

#include <gtest/gtest.h>
#include <rocksdb/table_properties.h>

#include <string>

namespace mrgc::engine {
namespace {

/// Whether RocksDB would compact a file of an index early that holds what `is_deletion` says of each of 10,000 keys.
template <typename IsDeletion>
bool is_compacted_early(IsDeletion is_deletion) {
  const auto descriptors = family_descriptors({});
  const auto& factories =
      descriptors[static_cast<std::size_t>(Family::kIndexes)].options.table_properties_collector_factories;
  bool compacted = false;
  for (const auto& factory : factories) {
    const std::unique_ptr<rocksdb::TablePropertiesCollector> collector(factory->CreateTablePropertiesCollector({}));
    for (int i = 0; i < 10'000; ++i) {
      const auto type = is_deletion(i) ? rocksdb::kEntryDelete : rocksdb::kEntryPut;
      EXPECT_TRUE(collector->AddUserKey(std::to_string(10'000 + i), "value", type, i, 0).ok());
    }
    rocksdb::UserCollectedProperties properties;
    EXPECT_TRUE(collector->Finish(&properties).ok());
    compacted |= collector->NeedCompact();
  }
  return compacted;
}

TEST(RocksdbOptions, AnIndexFileWithARowOfDeletionsIsCompactedEarly) {
  EXPECT_TRUE(is_compacted_early([](int i) { return i >= 5000 && i < 6100; }));
}

// One deletion and one entry for each that moved; two and one for each that moved twice.
TEST(RocksdbOptions, AnIndexFileOfEntriesThatMovedIsNot) {
  EXPECT_FALSE(is_compacted_early([](int i) { return i % 2 == 0; }));
  EXPECT_FALSE(is_compacted_early([](int i) { return i % 3 != 0; }));
}

}  // namespace
}  // namespace mrgc::engine
