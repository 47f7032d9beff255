#include "engine/deferred_syncs.h"

#include <utility>

namespace mrgc::engine {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class DeferredSyncs::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, DeferredSyncs& syncs, std::string name)
      : FSWritableFileOwnerWrapper(std::move(file)), syncs_(syncs), name_(std::move(name)) {}

  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    if (syncs_.defer(&DeferredSyncs::files_, name_)) return Flush(options, dbg);
    return FSWritableFileOwnerWrapper::Sync(options, dbg);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    if (syncs_.defer(&DeferredSyncs::files_, name_)) return Flush(options, dbg);
    return FSWritableFileOwnerWrapper::Fsync(options, dbg);
  }

 private:
  DeferredSyncs& syncs_;
  const std::string name_;
};

class DeferredSyncs::Folder final : public rocksdb::FSDirectoryWrapper {
 public:
  Folder(std::unique_ptr<rocksdb::FSDirectory> folder, DeferredSyncs& syncs, std::string name)
      : FSDirectoryWrapper(std::move(folder)), syncs_(syncs), name_(std::move(name)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    if (syncs_.defer(&DeferredSyncs::folders_, name_)) return IOStatus::OK();
    return FSDirectoryWrapper::Fsync(options, dbg);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* dbg,
                               const rocksdb::DirFsyncOptions& what) override {
    if (syncs_.defer(&DeferredSyncs::folders_, name_)) return IOStatus::OK();
    return FSDirectoryWrapper::FsyncWithDirOptions(options, dbg, what);
  }

 private:
  DeferredSyncs& syncs_;
  const std::string name_;
};

void DeferredSyncs::begin() {
  const std::lock_guard lock(mutex_);
  is_deferring_ = true;
}

IOStatus DeferredSyncs::end() {
  // Whoever wants to sync, rename or delete something waits meanwhile.
  const std::lock_guard lock(mutex_);
  is_deferring_ = false;
  IOStatus status;
  for (const std::string& name : std::exchange(files_, {})) {
    if (status.ok()) status = sync_file(name);
  }
  for (const std::string& name : std::exchange(folders_, {})) {
    if (status.ok()) status = sync_folder(name);
  }
  return status;
}

IOStatus DeferredSyncs::sync_file(const std::string& name) {
  // It may have been deleted under another spelling of its name.
  if (!FileSystemWrapper::FileExists(name, {}, nullptr).ok()) return IOStatus::OK();
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = FileSystemWrapper::ReopenWritableFile(name, {}, &file, nullptr);
  if (status.ok()) status = file->Fsync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  return status;
}

IOStatus DeferredSyncs::sync_folder(const std::string& name) {
  std::unique_ptr<rocksdb::FSDirectory> folder;
  IOStatus status = FileSystemWrapper::NewDirectory(name, {}, &folder, nullptr);
  if (status.ok()) status = folder->Fsync({}, nullptr);
  return status;
}

bool DeferredSyncs::is_deferring() const {
  const std::lock_guard lock(mutex_);
  return is_deferring_;
}

bool DeferredSyncs::defer(Names DeferredSyncs::* names, const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (is_deferring_) (this->*names).insert(name);
  return is_deferring_;
}

IOStatus DeferredSyncs::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
  if (status.ok() && is_deferring()) *file = std::make_unique<File>(std::move(*file), *this, name);
  return status;
}

IOStatus DeferredSyncs::NewDirectory(const std::string& name, const IOOptions& options,
                                     std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* dbg) {
  IOStatus status = FileSystemWrapper::NewDirectory(name, options, directory, dbg);
  if (status.ok() && is_deferring()) *directory = std::make_unique<Folder>(std::move(*directory), *this, name);
  return status;
}

IOStatus DeferredSyncs::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                   IODebugContext* dbg) {
  std::unique_lock lock(mutex_);
  if (!is_deferring_) lock.unlock();
  IOStatus status = FileSystemWrapper::RenameFile(from, to, options, dbg);
  if (lock && status.ok() && files_.erase(from) > 0) files_.insert(to);
  return status;
}

IOStatus DeferredSyncs::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* dbg) {
  std::unique_lock lock(mutex_);
  if (!is_deferring_) lock.unlock();
  IOStatus status = FileSystemWrapper::DeleteFile(name, options, dbg);
  if (lock && status.ok()) files_.erase(name);
  return status;
}

}  // namespace mrgc::engine
