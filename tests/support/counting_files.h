#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "support/watched_files.h"

namespace mrgc::testing {

/// The machine's files, and how often each was synced.
class CountingFiles final : public WatchedFiles {
 public:
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder, rocksdb::IODebugContext* dbg) override {
    rocksdb::IOStatus status = WatchedFiles::NewDirectory(name, options, folder, dbg);
    if (status.ok()) *folder = std::make_unique<Folder>(std::move(*folder), *this, name);
    return status;
  }

  rocksdb::IOStatus count(const std::string& name) {
    ++syncs[std::filesystem::path(name).filename().string()];
    return fails ? rocksdb::IOStatus::IOError("sync") : rocksdb::IOStatus::OK();
  }

  std::map<std::string, int> syncs;
  bool fails = false;

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, CountingFiles& files, std::string name)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)) {}
    rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return files_.count(name_); }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return files_.count(name_);
    }

   private:
    CountingFiles& files_;
    const std::string name_;
  };
  class Folder final : public rocksdb::FSDirectoryWrapper {
   public:
    Folder(std::unique_ptr<rocksdb::FSDirectory> folder, CountingFiles& files, std::string name)
        : FSDirectoryWrapper(std::move(folder)), files_(files), name_(std::move(name)) {}
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return files_.count(name_);
    }
    rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                                          const rocksdb::DirFsyncOptions&) override {
      return files_.count(name_);
    }

   private:
    CountingFiles& files_;
    const std::string name_;
  };

  std::unique_ptr<rocksdb::FSWritableFile> watch(const std::string& path,
                                                 std::unique_ptr<rocksdb::FSWritableFile> file) override {
    return std::make_unique<File>(std::move(file), *this, path);
  }
};

}  // namespace mrgc::testing
