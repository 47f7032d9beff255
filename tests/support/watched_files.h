#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <utility>

namespace mrgc::testing {

/// The machine's files for RocksDB, where a test puts something between the store and each file that it writes.
class WatchedFiles : public rocksdb::FileSystemWrapper {
 public:
  WatchedFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "WatchedFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override {
    return watched(path, file, FileSystemWrapper::NewWritableFile(path, options, file, dbg));
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* dbg) override {
    return watched(path, file, FileSystemWrapper::ReopenWritableFile(path, options, file, dbg));
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* dbg) override {
    return watched(path, file, FileSystemWrapper::ReuseWritableFile(path, old_path, options, file, dbg));
  }

 protected:
  /// What the store gets for the file at `path`, which was just opened: that itself, or something over it.
  virtual std::unique_ptr<rocksdb::FSWritableFile> watch(const std::string& path,
                                                         std::unique_ptr<rocksdb::FSWritableFile> file) = 0;

 private:
  rocksdb::IOStatus watched(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>* file,
                            rocksdb::IOStatus status) {
    if (status.ok()) *file = watch(path, std::move(*file));
    return status;
  }
};

}  // namespace mrgc::testing
