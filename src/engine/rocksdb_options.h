#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "engine/rocksdb_kv.h"

/// How RocksDB is set up: here alone, so that what is compared with a store runs on the same options.
namespace mrgc::engine {

/// `env`: as `RocksdbOptions::env`. `create`: make the database and its families when they are not there.
rocksdb::DBOptions database_options(rocksdb::Env* env, bool create);

/// The families in the order of `Family`, with one cache of blocks for all of them.
std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(const RocksdbOptions& options);

}  // namespace mrgc::engine
