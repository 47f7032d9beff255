#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace mrgc::engine {

/// RocksDB writes its options to a file with each start and for each new family, and reads it back to compare: a tenth
/// of a start. Here they are the program's (`rocksdb_options.h`), and nobody reads them from a file. So that file is
/// refused, which RocksDB notes in its own log and goes on. Everything else goes through unchanged. Thread-safe.
class UnwrittenOptions final : public rocksdb::FileSystemWrapper {
 public:
  explicit UnwrittenOptions(std::shared_ptr<rocksdb::FileSystem> files) : FileSystemWrapper(std::move(files)) {}

  const char* Name() const override { return "UnwrittenOptions"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override {
    if (std::filesystem::path(name).filename().native().starts_with("OPTIONS-")) {
      return rocksdb::IOStatus::NotSupported("as intended: they are the program's, and are not kept in a file");
    }
    return FileSystemWrapper::NewWritableFile(name, options, file, dbg);
  }
};

}  // namespace mrgc::engine
