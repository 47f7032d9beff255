#include "engine/rocksdb_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include "engine/kv.h"
#include "engine/sorted_file_check.h"

namespace mrgc::engine {
namespace {

constexpr std::array<const char*, kFamilies> kFamilyNames = {"default", "items", "indexes", "log", "expiry", "streams"};

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache,
                                            std::size_t memtable_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = false;
  table.format_version = kSortedFileVersion;
  table.checksum = rocksdb::kXXH3;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions result;
  result.write_buffer_size = memtable_bytes;
  result.max_write_buffer_number = 4;  // flushes run behind requests; a burst must not wait for one
  result.compression = rocksdb::kLZ4Compression;
  result.level_compaction_dynamic_level_bytes = true;
  if (family == Family::kIndexes || family == Family::kExpiry) {
    // Rows of deletions slow every walk over them; compact files that hold one early. Not files of entries that moved
    // once or twice since the last flush: every flush makes one, and each would be merged with all that lies there.
    result.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(/*sliding_window_size=*/1024, /*deletion_trigger=*/768));
  }
  if (family == Family::kItems || family == Family::kIndexes) {
    // Eight bits a key of entries of 400 bytes. It is set to zero whole with each memtable, while writes wait.
    result.memtable_whole_key_filtering = true;
    result.memtable_prefix_bloom_size_ratio = 0.0025;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

}  // namespace

rocksdb::DBOptions database_options(rocksdb::Env* env, bool create) {
  rocksdb::DBOptions db;
  if (env != nullptr) db.env = env;
  db.create_if_missing = create;
  db.create_missing_column_families = create;
  // A torn record at the end of the log is how a crash looks; anything else that does not read back is damage and must
  // stop the start. (The default mode would silently drop everything behind the damage.)
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  // Keep the logs as they are while opening, so that a start that is refused has changed nothing.
  db.avoid_flush_during_recovery = true;
  db.paranoid_checks = true;
  db.max_total_wal_size = std::uint64_t{512} << 20;
  db.allow_concurrent_memtable_write = false;  // there is one writer, the committer
  // As many as there are processors: more would only take them from requests, and their threads cost each start time.
  const auto processors = static_cast<int>(std::thread::hardware_concurrency());
  db.max_background_jobs = std::clamp(processors, 2, 8);
  // A flush's file goes to the disk bit by bit; all of it at its end would hold up the log's syncs.
  db.bytes_per_sync = std::uint64_t{1} << 20;
  // They are begun with every start, for a store without files, too.
  db.max_file_opening_threads = std::clamp(processors, 1, 16);
  db.keep_log_file_num = 4;
  db.stats_dump_period_sec = 0;
  db.avoid_unnecessary_blocking_io = true;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(const RocksdbOptions& options) {
  const auto cache = rocksdb::NewLRUCache(options.cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (std::size_t i = 0; i < kFamilies; ++i) {
    descriptors.emplace_back(kFamilyNames[i], family_options(static_cast<Family>(i), cache, options.memtable_bytes));
  }
  return descriptors;
}

}  // namespace mrgc::engine
