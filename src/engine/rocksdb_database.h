#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/deferred_syncs.h"
#include "engine/kv.h"
#include "engine/log_room.h"
#include "engine/synced_files.h"
#include "engine/watermark.h"

namespace mrgc::engine {

/// RocksDB in a folder that is locked, with what it needs while it is open.
struct RocksdbDatabase {
  std::shared_ptr<DeferredSyncs> syncs;
  std::shared_ptr<LogRoom> log_room;   ///< over `syncs`
  std::shared_ptr<SyncedFiles> files;  ///< over `log_room`
  std::unique_ptr<rocksdb::Env> env;   ///< over `files`
  std::unique_ptr<Watermark> watermark;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  ///< in the order of `Family`
  std::size_t memtable_bytes = 0;                      ///< of each family

  RocksdbDatabase() = default;
  ~RocksdbDatabase();  ///< closes RocksDB, which gives the lock back
  RocksdbDatabase(const RocksdbDatabase&) = delete;
  RocksdbDatabase& operator=(const RocksdbDatabase&) = delete;

  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families[static_cast<std::size_t>(family)]; }

  /// Moves what the logs hold to sorted files, and says so in the watermark. So a start has only the last session's log
  /// to replay. When it fails, the logs are still there.
  rocksdb::Status flush();
};

/// The store over an open database (`rocksdb_kv.cpp`).
std::unique_ptr<KvStore> make_rocksdb_kv(std::unique_ptr<RocksdbDatabase> database);

}  // namespace mrgc::engine
