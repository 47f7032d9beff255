#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "engine/watermark.h"

namespace mrgc::engine {

/// RocksDB's files, seen on their way to the disk: tells a watermark how far logs and manifests were synced, which
/// RocksDB itself does not say; and holds a folder's lock before RocksDB is opened, so that nothing of ours is read or
/// written without it. Everything else goes through unchanged. Thread-safe.
class SyncedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit SyncedFiles(std::shared_ptr<rocksdb::FileSystem> files) : FileSystemWrapper(std::move(files)) {}
  ~SyncedFiles() override;

  const char* Name() const override { return "SyncedFiles"; }

  /// Takes the lock of the folder, which exists. RocksDB gets it when it asks for it, and gives it back when it is
  /// closed. Returns RocksDB's own errors.
  rocksdb::IOStatus lock(const std::filesystem::path& folder);

  /// Whom to tell from now on; null: nobody. Must live until it is replaced or RocksDB is closed.
  void tell(Watermark* watermark) { watermark_ = watermark; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus LockFile(const std::string& name, const rocksdb::IOOptions& options, rocksdb::FileLock** lock,
                             rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;

 private:
  Watermark* watermark_ = nullptr;
  std::mutex mutex_;
  rocksdb::FileLock* lock_ = nullptr;  // guarded by mutex_: held, whether or not RocksDB has it
};

/// The number in the name of a log (`000012.log`) or a manifest (`MANIFEST-000011`); 0 when it is another file.
std::uint64_t log_number(const std::string& name);
std::uint64_t manifest_number(const std::string& name);

}  // namespace mrgc::engine
