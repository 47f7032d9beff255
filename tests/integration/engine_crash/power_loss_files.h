#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/seed.h"

namespace mrgc::crash {

/// Files in one folder that forget what was not synced when the power goes: of each file the bytes behind the last
/// sync, page by page where older ones are written over, and of the folder what was created, renamed or deleted since
/// its own last sync. Syncs are only noted, so that many rounds take little time. Thread-safe.
class PowerLossFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit PowerLossFiles(std::filesystem::path folder);

  const char* Name() const override { return "PowerLossFiles"; }

  /// From now on nothing reaches the files any more, and every attempt fails.
  void cut_power();
  /// As `cut_power`, after that many further changes.
  void cut_power_after(std::int64_t changes);
  bool is_cut() const;
  /// How many files were begun that are written over others.
  int files_written_over() const;
  /// How many files were opened again while they were written, to be cut.
  int files_cut() const;

  /// Makes the files what a machine would find that starts again: everything synced and, at random, some of the rest,
  /// sometimes with zeros in the place of what is lost.
  /// To be called when nobody has the files open any more. Then the power is back.
  void restart(testing::Dice& dice);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* dbg) override;

  // For the files and directories that this object has opened.
  rocksdb::IOStatus change();  ///< one more change is about to happen: an error when the power is gone
  /// Where the file was truncated, that is on the disk, too.
  rocksdb::IOStatus note_synced(const std::string& name, std::uint64_t size, bool is_truncated);
  rocksdb::IOStatus note_folder_synced();

 private:
  /// A change of the folder that a power loss may undo.
  struct FolderChange {
    enum class Kind { kCreate, kRename, kDelete } kind;
    std::string name;                     ///< the file, or its new name
    std::string old_name;                 ///< of a rename
    std::optional<std::string> replaced;  ///< what the file of this name held before, if there was one
  };

  /// What the disk has of a file.
  struct OnDisk {
    std::uint64_t synced_bytes = 0;  ///< from the start, as they were written
    std::uint64_t zero_bytes = 0;    ///< what the file had, and has where it was not written over yet
  };

  void lose_some(const std::string& name, const OnDisk& file, testing::Dice& dice);
  rocksdb::IOStatus track(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file, std::uint64_t size);
  void undo(const FolderChange& change);

  const std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::optional<std::int64_t> changes_left_;  // guarded by mutex_: until the power goes
  std::map<std::string, OnDisk> on_disk_;     // guarded by mutex_; of files written since the last restart
  std::vector<FolderChange> folder_changes_;  // guarded by mutex_; since the folder's last sync
  int written_over_ = 0;                      // guarded by mutex_
  int cut_ = 0;                               // guarded by mutex_
};

}  // namespace mrgc::crash
