#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/kv.h"
#include "mrgc/item/item.h"

namespace mrgc::bench {

/// Plain RocksDB on a copy of a store's folder: the same bytes in the same files, opened with the same options. It does
/// by hand what the store's requests come down to: no expressions, no conditions, no answers.
class Raw {
 public:
  /// A row as it lies in the store.
  struct Row {
    std::string key;
    item::Item item;
    std::string index_key;  ///< of a routing row: its entry by score
  };

  /// Copies `folder`, which nobody has open, to `copy` and opens that.
  Raw(const std::filesystem::path& folder, const std::filesystem::path& copy);
  ~Raw();
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(engine::Family family) { return families_[static_cast<std::size_t>(family)]; }

  /// All rows of the table that has `attribute` and no other table of the store.
  std::vector<Row> rows_with(std::string_view attribute);

  /// Adds to `batch` what a write of the item leaves behind: the item and its record in the change log.
  void put(rocksdb::WriteBatch& batch, const std::string& key, const item::Item& item);

  /// Adds to `batch` what a routing row's new score leaves behind, and changes `row` accordingly.
  void move(rocksdb::WriteBatch& batch, Row& row, double score);

  void write(rocksdb::WriteBatch& batch, bool sync);

  /// Reads the last `count` entries of the index partition that `index_key` is in; returns their bytes.
  std::size_t read_best(const std::string& index_key, std::size_t count);

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::atomic<std::uint64_t> next_sequence_{std::uint64_t{1} << 40};  // behind all that the store wrote
};

}  // namespace mrgc::bench
