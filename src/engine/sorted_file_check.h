#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace mrgc::engine {

/// The format of RocksDB's sorted files that is written, and the only one that is read.
inline constexpr std::uint32_t kSortedFileVersion = 5;

/// Looks at the end of each sorted file (`*.sst`) before RocksDB opens it. For RocksDB compares a checksum with each
/// block that it reads but for two things: it follows the properties of a file before it compares theirs, and a damaged
/// byte there can end the process; and it believes the format that the last bytes tell. A file that is refused is
/// named, with the status of corruption. Everything else goes through unchanged. Thread-safe.
///
/// Not for databases with options that `rocksdb_options.h` does not set: `use_direct_reads` (it reads at any place),
/// and files that were ingested with a sequence number written into them (which leaves the checksum as it was).
class CheckedSortedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit CheckedSortedFiles(std::shared_ptr<rocksdb::FileSystem> files) : FileSystemWrapper(std::move(files)) {}

  const char* Name() const override { return "CheckedSortedFiles"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* dbg) override;
};

}  // namespace mrgc::engine
