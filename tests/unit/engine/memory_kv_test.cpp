#include "support/memory_kv.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/rocksdb_kv.h"
#include "support/seed.h"
#include "support/temporary_folder.h"

namespace mrgc::testing {
namespace {

using engine::Family;
using engine::KvBatch;
using engine::KvReader;
using engine::KvSnapshot;
using Entries = std::vector<std::pair<std::string, std::string>>;

std::string random_key(Dice& dice) {
  std::string key(dice.roll(3), '\0');
  for (char& c : key) c = static_cast<char>(dice.roll(4) * 85);  // 0 to 255, so that signs matter
  return key;
}

KvBatch random_batch(Dice& dice) {
  KvBatch batch;
  for (std::size_t changes = dice.roll(5); changes > 0; --changes) {
    const Family family = dice.roll(2) == 0 ? Family::kItems : Family::kMeta;
    const std::string key = random_key(dice);
    switch (dice.roll(4)) {
      case 0: batch.remove(family, key); break;
      case 1: {
        std::string end = random_key(dice);
        if (end < key) end = key;  // the other way round is no range
        batch.remove_range(family, key, end);
        break;
      }
      default: batch.put(family, key, std::to_string(dice.bits()));
    }
  }
  return batch;
}

Entries walk(const KvReader& kv, Family family, const std::string& begin, const std::string& end, const KvSnapshot* at,
             bool forward) {
  Entries entries;
  const auto iterator = kv.iterate(family, begin, end, at);
  if (forward) {
    for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
      entries.emplace_back(iterator->key(), iterator->value());
    }
  } else {
    for (iterator->seek_to_last(); iterator->valid(); iterator->prev()) {
      entries.emplace_back(iterator->key(), iterator->value());
    }
  }
  EXPECT_TRUE(iterator->status());
  return entries;
}

TEST(MemoryKv, DoesWhatRocksDBDoes) {
  TemporaryFolder folder;
  const auto rocksdb = engine::open_rocksdb(folder.path() / "store", {}).value();
  MemoryKv memory;
  Dice dice(1);
  std::vector<std::pair<std::unique_ptr<KvSnapshot>, std::unique_ptr<KvSnapshot>>> snapshots;
  for (int round = 0; round < 2000; ++round) {
    const KvBatch batch = random_batch(dice);
    ASSERT_TRUE(rocksdb->write(batch, false) && memory.write(batch, false));
    if (dice.chance(2)) snapshots.emplace_back(rocksdb->snapshot(), memory.snapshot());

    const bool now = snapshots.empty() || dice.chance(50);
    const std::size_t chosen = now ? 0 : dice.roll(snapshots.size());
    const KvSnapshot* const at_rocksdb = now ? nullptr : snapshots[chosen].first.get();
    const KvSnapshot* const at_memory = now ? nullptr : snapshots[chosen].second.get();
    const std::string key = random_key(dice);
    EXPECT_EQ(rocksdb->get(Family::kItems, key, at_rocksdb).value(),
              memory.get(Family::kItems, key, at_memory).value());
    std::string end = dice.chance(30) ? std::string() : random_key(dice);
    if (!end.empty() && end < key) end = key;
    const bool forward = dice.chance(50);
    ASSERT_EQ(walk(*rocksdb, Family::kItems, key, end, at_rocksdb, forward),
              walk(memory, Family::kItems, key, end, at_memory, forward));
  }
  snapshots.clear();
}

TEST(MemoryKv, AnIteratorStaysAtItsMoment) {
  MemoryKv kv;
  KvBatch batch;
  batch.put(Family::kItems, "a", "1");
  batch.put(Family::kItems, "b", "2");
  ASSERT_TRUE(kv.write(batch, false));
  const auto iterator = kv.iterate(Family::kItems, "", "");
  iterator->seek_to_first();
  KvBatch later;
  later.put(Family::kItems, "a", "3");
  later.remove_range(Family::kItems, "b", "c");
  later.put(Family::kItems, "aa", "4");
  ASSERT_TRUE(kv.write(later, false));
  EXPECT_EQ(iterator->value(), "1");
  iterator->next();
  ASSERT_TRUE(iterator->valid());
  EXPECT_EQ(iterator->key(), "b");
  EXPECT_EQ(iterator->value(), "2");
}

}  // namespace
}  // namespace mrgc::testing
