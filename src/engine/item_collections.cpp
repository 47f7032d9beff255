#include "engine/item_collections.h"

#include <algorithm>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

std::uint64_t stored_bytes(const KvStore& kv, Family family, const std::string& prefix) {
  return kv.approximate_bytes(family, prefix, prefix_end(prefix));
}

}  // namespace

void add_collection(std::vector<store::ItemCollection>& collections, store::ItemCollection collection) {
  const bool known = std::ranges::any_of(collections, [&](const store::ItemCollection& other) {
    return other.table == collection.table && other.key == collection.key;
  });
  if (!known) collections.push_back(std::move(collection));
}

void add_collection(std::vector<store::ItemCollection>& collections, const KvStore& kv, const WriteIntent& intent) {
  const Table& table = *intent.table;
  if (!table.has_local_index()) return;
  const std::string& name = table.spec.keys.partition.name;
  const auto partition = intent.attributes.find(name).value();
  store::ItemCollection collection{
      .table = table.spec.name, .key = item::ItemBuilder().set(name, partition).build(), .size_bytes = 0};
  collection.size_bytes = stored_bytes(kv, Family::kItems, partition_prefix(table_prefix(table), partition));
  for (const store::IndexSpec& index : table.spec.indexes) {
    if (!index.local) continue;
    collection.size_bytes +=
        stored_bytes(kv, Family::kIndexes, partition_prefix(index_prefix(table, index), partition));
  }
  add_collection(collections, std::move(collection));
}

}  // namespace mrgc::engine
