#include "engine/synced_files.h"

#include <atomic>
#include <charconv>
#include <string_view>

namespace mrgc::engine {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::string_view kLogSuffix = ".log";
constexpr std::string_view kManifestPrefix = "MANIFEST-";
constexpr std::string_view kLockName = "LOCK";

std::string_view file_name(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

std::uint64_t number_in(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

/// Knows what was appended, so that it can say how much a sync has covered.
class SyncedFileWriter final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using Tell = void (Watermark::*)(SyncedFile);

  SyncedFileWriter(std::unique_ptr<rocksdb::FSWritableFile> file, Watermark& watermark, Tell tell, std::uint64_t number)
      : FSWritableFileOwnerWrapper(std::move(file)), watermark_(watermark), tell_(tell), number_(number) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, dbg));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                  IODebugContext* dbg) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, info, dbg));
  }
  // What is appended while a sync runs may be covered or not: only what was there before counts.
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    const std::uint64_t size = size_;
    return synced(size, FSWritableFileOwnerWrapper::Sync(options, dbg));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    const std::uint64_t size = size_;
    return synced(size, FSWritableFileOwnerWrapper::Fsync(options, dbg));
  }

 private:
  IOStatus appended(const Slice& data, IOStatus status) {
    if (status.ok()) size_ += data.size();
    return status;
  }
  IOStatus synced(std::uint64_t size, IOStatus status) {
    if (status.ok()) (watermark_.*tell_)({.number = number_, .size_bytes = size});
    return status;
  }

  Watermark& watermark_;
  const Tell tell_;
  const std::uint64_t number_;
  std::atomic<std::uint64_t> size_{0};
};

}  // namespace

std::uint64_t log_number(const std::string& name) {
  std::string_view text = file_name(name);
  if (!text.ends_with(kLogSuffix)) return 0;
  text.remove_suffix(kLogSuffix.size());
  return number_in(text);
}

std::uint64_t manifest_number(const std::string& name) {
  const std::string_view text = file_name(name);
  return text.starts_with(kManifestPrefix) ? number_in(text.substr(kManifestPrefix.size())) : 0;
}

SyncedFiles::~SyncedFiles() {
  const std::lock_guard lock(mutex_);
  if (lock_ == nullptr) return;
  [[maybe_unused]] const IOStatus ignored = FileSystemWrapper::UnlockFile(lock_, {}, nullptr);
}

IOStatus SyncedFiles::lock(const std::filesystem::path& folder) {
  // The same text for the same folder: this process's own locks are told apart by it.
  std::error_code unknown;
  const std::filesystem::path canonical = std::filesystem::canonical(folder, unknown);
  const std::lock_guard lock(mutex_);
  return FileSystemWrapper::LockFile(((unknown ? folder : canonical) / kLockName).string(), {}, &lock_, nullptr);
}

IOStatus SyncedFiles::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
  if (!status.ok() || watermark_ == nullptr) return status;
  if (const std::uint64_t number = log_number(name); number > 0) {
    watermark_->log_made(number);
    *file = std::make_unique<SyncedFileWriter>(std::move(*file), *watermark_, &Watermark::log_synced, number);
  } else if (const std::uint64_t manifest = manifest_number(name); manifest > 0) {
    *file = std::make_unique<SyncedFileWriter>(std::move(*file), *watermark_, &Watermark::manifest_synced, manifest);
  }
  return status;
}

IOStatus SyncedFiles::LockFile(const std::string& name, const IOOptions& options, rocksdb::FileLock** lock,
                               IODebugContext* dbg) {
  const std::lock_guard guard(mutex_);
  if (lock_ != nullptr && file_name(name) == kLockName) {
    *lock = lock_;
    return IOStatus::OK();
  }
  return FileSystemWrapper::LockFile(name, options, lock, dbg);
}

IOStatus SyncedFiles::UnlockFile(rocksdb::FileLock* lock, const IOOptions& options, IODebugContext* dbg) {
  const std::lock_guard guard(mutex_);
  if (lock == lock_) lock_ = nullptr;
  return FileSystemWrapper::UnlockFile(lock, options, dbg);
}

}  // namespace mrgc::engine
