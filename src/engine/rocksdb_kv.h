#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "engine/kv.h"

namespace rocksdb {
class Env;
}

namespace mrgc::engine {

struct RocksdbOptions {
  bool create_if_missing = true;
  std::size_t cache_bytes = std::size_t{256} << 20;
  /// Of each family. With more, searching them takes longer for each write; with less, many items take more compactions
  /// (docs/performance.md). Tests take less.
  std::size_t memtable_bytes = std::size_t{32} << 20;
  /// Zeros that a log is made with (`LogRoom`); none for a store whose writes are not synced one by one.
  std::uint64_t log_room_bytes = 0;
  /// Whose files to use; the machine's own when null. Tests pass one that fails. Must outlive the store.
  rocksdb::Env* env = nullptr;
};

/// Opens (or creates) a store in `folder`. The folder holds RocksDB's files and ours: `MRGC`, which names the format,
/// `WATERMARK`, which says how far the logs are known to be on the disk, and `NEXT-LOG`, which the next log is made of.
/// The folder is locked first, then checked, then cut to what reads back, and only then opened.
/// Errors: as `open_embedded`.
Result<std::unique_ptr<KvStore>> open_rocksdb(const std::filesystem::path& folder, const RocksdbOptions& options);

}  // namespace mrgc::engine
