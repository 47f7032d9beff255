#include "bench/raw.h"

#include <rocksdb/write_batch.h>

#include <stdexcept>

#include "bench/must.h"
#include "engine/change_log.h"
#include "engine/keyspace.h"
#include "engine/rocksdb_options.h"
#include "mrgc/engine/embedded_store.h"
#include "mrgc/item/number.h"
#include "mrgc/item/ordered_key.h"

namespace mrgc::bench {
namespace {

using engine::Family;

void must(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

constexpr std::string_view kScore = "routing_score";

// The routing table's only index is by region and score.
std::string index_key(const Raw::Row& row) {
  std::string key = row.key.substr(0, engine::kTablePrefixSize);
  engine::append_u16(key, 0);
  key = engine::partition_prefix(std::move(key), row.item.find("region").value());
  item::append_ordered_key(key, row.item.find(kScore).value());
  return key.append(row.key.substr(engine::kTablePrefixSize + engine::kPartitionHashSize));
}

std::size_t partition_size(const std::string& index_key) {
  std::string_view rest = std::string_view(index_key).substr(engine::kIndexPrefixSize + engine::kPartitionHashSize);
  item::skip_ordered_key(rest);
  return index_key.size() - rest.size();
}

}  // namespace

Raw::Raw(const std::filesystem::path& folder, const std::filesystem::path& copy) {
  std::filesystem::remove_all(copy);
  std::filesystem::copy(folder, copy, std::filesystem::copy_options::recursive);
  rocksdb::DBOptions options = engine::database_options(nullptr, /*create=*/false);
  // A store has one writer; here sixteen threads write, and RocksDB is to show its best.
  options.allow_concurrent_memtable_write = true;
  rocksdb::DB* db = nullptr;
  must(rocksdb::DB::Open(options, copy.string(),
                         engine::family_descriptors({.cache_bytes = engine::EngineOptions().cache_bytes}), &families_,
                         &db));
  db_.reset(db);
}

Raw::~Raw() {
  for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
}

std::vector<Raw::Row> Raw::rows_with(std::string_view attribute) {
  std::vector<Row> rows;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}, family(Family::kItems)));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    item::Item item = item::Item::from_trusted(iterator->value().ToString());
    if (!item.find(attribute)) continue;
    Row row{.key = iterator->key().ToString(), .item = std::move(item), .index_key = {}};
    if (row.item.find(kScore)) row.index_key = index_key(row);
    rows.push_back(std::move(row));
  }
  must(iterator->status());
  return rows;
}

void Raw::put(rocksdb::WriteBatch& batch, const std::string& key, const item::Item& item) {
  const std::string record = engine::encode_change({.kind = engine::ChangeRecord::Kind::kPut,
                                                    .table = engine::read_u32(key),
                                                    .time_ms = 1'700'000'000'000,
                                                    .key = key,
                                                    .after = item});
  std::string sequence;
  engine::append_u64(sequence, next_sequence_.fetch_add(1));
  const std::string_view encoded = item.encoded();
  must(batch.Put(family(Family::kItems), key, {encoded.data(), encoded.size()}));
  must(batch.Put(family(Family::kLog), sequence, record));
}

void Raw::move(rocksdb::WriteBatch& batch, Row& row, double score) {
  const item::Value value(bench::must(item::Number::from_double(score)));
  row.item = item::ItemBuilder(row.item).set(kScore, value).build();
  std::string moved = index_key(row);
  const std::string_view encoded = row.item.encoded();
  must(batch.Put(family(Family::kIndexes), moved, {encoded.data(), encoded.size()}));
  must(batch.Delete(family(Family::kIndexes), row.index_key));
  row.index_key = std::move(moved);
  put(batch, row.key, row.item);
}

void Raw::write(rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  must(db_->Write(options, &batch));
}

std::size_t Raw::read_best(const std::string& index_key, std::size_t count) {
  const std::string begin = index_key.substr(0, partition_size(index_key));
  const std::string end = engine::prefix_end(begin);
  const rocksdb::Slice lower(begin);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options, family(Family::kIndexes)));
  std::size_t bytes = 0;
  std::size_t found = 0;
  for (iterator->SeekForPrev(upper); iterator->Valid() && found < count; iterator->Prev(), ++found) {
    bytes += iterator->value().size();
  }
  must(iterator->status());
  if (found < count) throw std::runtime_error("the copy has fewer entries than were asked for");
  return bytes;
}

}  // namespace mrgc::bench
