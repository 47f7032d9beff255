#include "integration/engine_crash/power_loss_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace mrgc::crash {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::size_t kPage = 4096;

std::optional<std::string> content_of(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void set_content(const std::string& name, const std::string& content) {
  std::ofstream(name, std::ios::binary | std::ios::trunc) << content;
}

class TrackedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  TrackedFile(std::unique_ptr<rocksdb::FSWritableFile> file, PowerLossFiles& files, std::string name,
              std::uint64_t size)
      : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)), size_(size) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    if (IOStatus status = files_.change(); !status.ok()) return status;
    size_ += data.size();
    return FSWritableFileOwnerWrapper::Append(data, options, dbg);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    if (IOStatus status = files_.change(); !status.ok()) return status;
    size_ = size;
    is_truncated_ = true;
    return FSWritableFileOwnerWrapper::Truncate(size, options, dbg);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return files_.note_synced(name_, size_, is_truncated_); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return files_.note_synced(name_, size_, is_truncated_); }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();  // promises nothing
  }

 private:
  PowerLossFiles& files_;
  const std::string name_;
  std::atomic<std::uint64_t> size_;
  std::atomic<bool> is_truncated_ = false;
};

class TrackedFolder final : public rocksdb::FSDirectoryWrapper {
 public:
  TrackedFolder(std::unique_ptr<rocksdb::FSDirectory> folder, PowerLossFiles& files)
      : FSDirectoryWrapper(std::move(folder)), files_(files) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return files_.note_folder_synced(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const rocksdb::DirFsyncOptions&) override {
    return files_.note_folder_synced();
  }

 private:
  PowerLossFiles& files_;
};

}  // namespace

PowerLossFiles::PowerLossFiles(std::filesystem::path folder)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), folder_(std::move(folder)) {}

void PowerLossFiles::cut_power() { cut_power_after(0); }

void PowerLossFiles::cut_power_after(std::int64_t changes) {
  const std::lock_guard lock(mutex_);
  changes_left_ = changes;
}

bool PowerLossFiles::is_cut() const {
  const std::lock_guard lock(mutex_);
  return changes_left_ && *changes_left_ <= 0;
}

int PowerLossFiles::files_written_over() const {
  const std::lock_guard lock(mutex_);
  return written_over_;
}

int PowerLossFiles::files_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

IOStatus PowerLossFiles::change() {
  const std::lock_guard lock(mutex_);
  if (!changes_left_) return IOStatus::OK();
  if (*changes_left_ <= 0) return IOStatus::IOError("the power is gone");
  --*changes_left_;
  return IOStatus::OK();
}

IOStatus PowerLossFiles::note_synced(const std::string& name, std::uint64_t size, bool is_truncated) {
  if (IOStatus status = change(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  OnDisk& file = on_disk_[name];
  file = {.synced_bytes = size, .zero_bytes = is_truncated ? 0 : file.zero_bytes};
  return IOStatus::OK();
}

IOStatus PowerLossFiles::note_folder_synced() {
  if (IOStatus status = change(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  folder_changes_.clear();
  return IOStatus::OK();
}

IOStatus PowerLossFiles::track(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file,
                               std::uint64_t size) {
  *file = std::make_unique<TrackedFile>(std::move(*file), *this, name, size);
  return IOStatus::OK();
}

IOStatus PowerLossFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  if (IOStatus status = change(); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    folder_changes_.push_back(
        {.kind = FolderChange::Kind::kCreate, .name = name, .old_name = {}, .replaced = content_of(name)});
    on_disk_[name] = {};
  }
  if (IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, dbg); !status.ok()) return status;
  return track(name, file, 0);
}

IOStatus PowerLossFiles::ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  if (IOStatus status = change(); !status.ok()) return status;
  const std::uint64_t size = std::filesystem::file_size(name);
  {
    const std::lock_guard lock(mutex_);
    if (!on_disk_.try_emplace(name, OnDisk{.synced_bytes = size, .zero_bytes = 0}).second) ++cut_;
  }
  if (IOStatus status = FileSystemWrapper::ReopenWritableFile(name, options, file, dbg); !status.ok()) return status;
  return track(name, file, size);
}

IOStatus PowerLossFiles::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* dbg) {
  if (IOStatus status = change(); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    std::optional<std::string> content = content_of(name);
    if (const auto known = on_disk_.find(name); known != on_disk_.end()) {
      if (content) content->resize(std::min<std::size_t>(content->size(), known->second.synced_bytes));
      on_disk_.erase(known);
    }
    folder_changes_.push_back(
        {.kind = FolderChange::Kind::kDelete, .name = name, .old_name = {}, .replaced = std::move(content)});
  }
  return FileSystemWrapper::DeleteFile(name, options, dbg);
}

IOStatus PowerLossFiles::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                    IODebugContext* dbg) {
  if (IOStatus status = change(); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    folder_changes_.push_back(
        {.kind = FolderChange::Kind::kRename, .name = to, .old_name = from, .replaced = content_of(to)});
    on_disk_.erase(to);
    if (auto node = on_disk_.extract(from)) {
      node.key() = to;
      on_disk_.insert(std::move(node));
    }
  }
  return FileSystemWrapper::RenameFile(from, to, options, dbg);
}

IOStatus PowerLossFiles::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  if (IOStatus status = RenameFile(old_name, name, {}, dbg); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    OnDisk& known = on_disk_[name];
    known = {.synced_bytes = 0, .zero_bytes = known.synced_bytes};
    ++written_over_;
  }
  if (IOStatus status = FileSystemWrapper::ReuseWritableFile(name, name, options, file, dbg); !status.ok()) {
    return status;
  }
  return track(name, file, 0);
}

IOStatus PowerLossFiles::NewDirectory(const std::string& name, const IOOptions& options,
                                      std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* dbg) {
  if (IOStatus status = FileSystemWrapper::NewDirectory(name, options, directory, dbg); !status.ok()) return status;
  *directory = std::make_unique<TrackedFolder>(std::move(*directory), *this);
  return IOStatus::OK();
}

void PowerLossFiles::undo(const FolderChange& change) {
  using Kind = FolderChange::Kind;
  if (change.kind == Kind::kRename && std::filesystem::exists(change.name)) {
    std::filesystem::rename(change.name, change.old_name);
  }
  if (change.kind == Kind::kCreate) std::filesystem::remove(change.name);
  if (change.replaced) set_content(change.name, *change.replaced);
}

void PowerLossFiles::lose_some(const std::string& name, const OnDisk& file, testing::Dice& dice) {
  const auto& [synced, zeros] = file;
  std::uint64_t size = std::filesystem::file_size(name);
  if (size < zeros && dice.chance(50)) {  // a truncation is lost
    std::filesystem::resize_file(name, zeros);
    size = zeros;
  }
  if (size > zeros && size > synced) {
    const std::uint64_t begin = std::max(synced, zeros);
    const std::uint64_t kept = dice.chance(50) ? 0 : dice.roll(size - begin + 1);
    std::filesystem::resize_file(name, begin + kept);
    // A file system may have noted the size before it wrote the bytes.
    if (dice.chance(30)) std::filesystem::resize_file(name, size);
  }
  if (synced >= zeros) return;
  std::string content = content_of(name).value();
  const auto end = std::min<std::size_t>(zeros, content.size());
  const bool all = dice.chance(30);
  for (std::size_t page = synced; page < end;) {
    const std::size_t next = std::min<std::size_t>((page / kPage + 1) * kPage, end);
    if (all || dice.chance(50)) std::fill(content.begin() + page, content.begin() + next, '\0');
    page = next;
  }
  set_content(name, content);
}

void PowerLossFiles::restart(testing::Dice& dice) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, file] : on_disk_) {
    if (std::filesystem::exists(name)) lose_some(name, file, dice);
  }
  // A file system keeps the order of its own changes: some of the first ones last.
  const std::size_t kept = dice.roll(folder_changes_.size() + 1);
  while (folder_changes_.size() > kept) {
    undo(folder_changes_.back());
    folder_changes_.pop_back();
  }
  folder_changes_.clear();
  on_disk_.clear();
  changes_left_.reset();
}

}  // namespace mrgc::crash
