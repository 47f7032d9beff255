#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace mrgc::engine {

/// While a store is made nothing of it is promised, and a sync at each of the many steps would only take time. So from
/// `begin` on syncs are noted, and `end` does each once. Otherwise everything goes through unchanged. Thread-safe.
class DeferredSyncs final : public rocksdb::FileSystemWrapper {
 public:
  explicit DeferredSyncs(std::shared_ptr<rocksdb::FileSystem> files) : FileSystemWrapper(std::move(files)) {}

  const char* Name() const override { return "DeferredSyncs"; }

  void begin();
  /// Syncs what was to be synced since `begin`, the files before the folders. From now on syncs are done at once, also
  /// of files that are still open.
  rocksdb::IOStatus end();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;

 private:
  class File;
  class Folder;
  using Names = std::set<std::string>;

  bool is_deferring() const;
  bool defer(Names DeferredSyncs::* names, const std::string& name);
  rocksdb::IOStatus sync_file(const std::string& name);
  rocksdb::IOStatus sync_folder(const std::string& name);

  mutable std::mutex mutex_;
  bool is_deferring_ = false;  // guarded by mutex_
  Names files_;                // guarded by mutex_: to be synced
  Names folders_;              // guarded by mutex_: to be synced
};

}  // namespace mrgc::engine
