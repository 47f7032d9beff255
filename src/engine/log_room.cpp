#include "engine/log_room.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "engine/synced_files.h"

namespace mrgc::engine {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr const char* kNextLog = "NEXT-LOG";
// Small enough that a sync of the log that meets one waits little longer.
constexpr std::uint64_t kPieceBytes = std::uint64_t{512} << 10;
constexpr std::array<char, std::size_t{64} << 10> kZeros{};
constexpr std::uint64_t kFirstRoomBytes = std::uint64_t{4} << 20;
// So the next log, which may have twice the room, is ready when seven tenths of this one are used.
constexpr std::uint64_t kFilledPerByte = 3;
// Zeros may take this part of the free space, not more.
constexpr std::uint64_t kShareOfFreeSpace = 16;

}  // namespace

/// Says how far the log was written.
class LogRoom::LogWriter final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogWriter(std::unique_ptr<rocksdb::FSWritableFile> file, LogRoom& room, std::string name)
      : FSWritableFileOwnerWrapper(std::move(file)), room_(room), name_(std::move(name)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, dbg));
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                  IODebugContext* dbg) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, info, dbg));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    if (const auto size = room_.size_to_cut_to(name_)) {
      if (IOStatus status = FSWritableFileOwnerWrapper::Truncate(*size, options, dbg); !status.ok()) return status;
    }
    return FSWritableFileOwnerWrapper::Close(options, dbg);
  }

 private:
  IOStatus appended(const Slice& data, IOStatus status) {
    if (status.ok()) room_.appended(name_, data.size());
    return status;
  }

  LogRoom& room_;
  const std::string name_;
};

LogRoom::LogRoom(std::shared_ptr<rocksdb::FileSystem> files, std::uint64_t room_bytes)
    : FileSystemWrapper(std::move(files)),
      room_bytes_(room_bytes),
      piece_bytes_(std::min(room_bytes, kPieceBytes)),
      next_room_bytes_(std::min(room_bytes, kFirstRoomBytes)) {}

LogRoom::~LogRoom() { stop(); }

void LogRoom::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    is_ready_ = false;
    next_log_is_due_ = false;
  }
  if (!thread_.joinable()) return;
  thread_ = {};  // stops it, and waits
  drop_next();
}

IOStatus LogRoom::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                  std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  if (log_number(name) == 0) return FileSystemWrapper::NewWritableFile(name, options, file, dbg);
  const std::lock_guard lock(mutex_);
  if (log_.name.empty()) {
    folder_ = name.substr(0, name.find_last_of('/') + 1);
    next_name_ = folder_ + kNextLog;
    drop_next();  // one that a killed process left: nobody knows how much of it is on the disk
  }
  if (IOStatus status = cut_current(); !status.ok()) return status;
  IOStatus status = IOStatus::NotFound();
  if (is_ready_) status = FileSystemWrapper::ReuseWritableFile(name, next_name_, options, file, dbg);
  is_ready_ = false;
  log_ = {.name = name, .room_bytes = 0, .size_bytes = 0};
  if (status.ok()) {
    log_.room_bytes = next_room_bytes_;
    next_room_bytes_ = std::min(2 * next_room_bytes_, room_bytes_);
  } else {
    status = FileSystemWrapper::NewWritableFile(name, options, file, dbg);
  }
  if (!status.ok()) return status;
  has_failed_ = false;
  is_due_told_ = false;
  next_log_is_due_ = false;
  *file = std::make_unique<LogWriter>(std::move(*file), *this, name);
  return status;
}

std::optional<std::uint64_t> LogRoom::size_to_cut_to(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (name != log_.name || log_.size_bytes >= log_.room_bytes) return std::nullopt;
  return log_.size_bytes;
}

// No log but the youngest may go on behind its records, or a start could not tell what is missing of it.
IOStatus LogRoom::cut_current() {
  if (log_.size_bytes >= log_.room_bytes) return IOStatus::OK();
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = FileSystemWrapper::ReopenWritableFile(log_.name, {}, &file, nullptr);
  if (status.ok()) status = file->Truncate(log_.size_bytes, {}, nullptr);
  if (status.ok()) status = file->Sync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  return status;
}

void LogRoom::appended(const std::string& name, std::uint64_t added_bytes) {
  const std::lock_guard lock(mutex_);
  if (name != log_.name) return;
  log_.size_bytes += added_bytes;
  if (is_ready_ && log_.size_bytes >= log_.room_bytes && !is_due_told_) {
    is_due_told_ = true;
    next_log_is_due_ = true;
  }
  if (room_bytes_ == 0 || is_ready_ || has_failed_ || is_stopped_ || log_.size_bytes < next_room_bytes_ / 64) return;
  due_bytes_ = std::min(due_bytes_ + kFilledPerByte * added_bytes, next_room_bytes_ + piece_bytes_);
  if (due_bytes_ < piece_bytes_) return;
  if (thread_.joinable() || start_thread()) more_is_due_.notify_one();
}

// RocksDB's own code is above: nothing may be thrown through it.
bool LogRoom::start_thread() {
  try {
    thread_ = std::jthread([this](const std::stop_token& stopped) {
      pthread_setname_np(pthread_self(), "mrgc-log-room");
      fill_next_logs(stopped);
    });
    return true;
  } catch (const std::system_error&) {  // no thread is to be had
    has_failed_ = true;
    due_bytes_ = 0;
    return false;
  }
}

void LogRoom::fill_next_logs(const std::stop_token& stopped) {
  std::unique_lock lock(mutex_);
  while (more_is_due_.wait(lock, stopped, [this] { return due_bytes_ >= piece_bytes_; }) && !stopped.stop_requested()) {
    due_bytes_ -= piece_bytes_;
    const std::string log = log_.name;
    const std::uint64_t room_bytes = next_room_bytes_;  // until it has that much and is taken
    lock.unlock();
    const IOStatus status = fill_more(room_bytes);
    lock.lock();
    has_failed_ = !status.ok() && log == log_.name;  // another log tries anew
    is_ready_ = status.ok() && next_ == nullptr && !is_stopped_;
    if (is_ready_ || !status.ok()) due_bytes_ = 0;
    if (status.ok()) continue;
    lock.unlock();
    drop_next();
    lock.lock();
  }
}

// Fills one more piece; at the end the file is closed.
IOStatus LogRoom::fill_more(std::uint64_t room_bytes) {
  IOStatus status = next_ == nullptr ? begin_next(room_bytes) : IOStatus::OK();
  const std::uint64_t end = std::min(filled_bytes_ + piece_bytes_, room_bytes);
  while (status.ok() && filled_bytes_ < end) {
    const std::size_t size = std::min<std::uint64_t>(kZeros.size(), end - filled_bytes_);
    status = next_->Append(Slice(kZeros.data(), size), {}, nullptr);
    filled_bytes_ += size;
  }
  if (status.ok()) status = next_->Fsync({}, nullptr);
  if (!status.ok() || filled_bytes_ < room_bytes) return status;
  status = next_->Close({}, nullptr);
  next_.reset();
  return status;
}

IOStatus LogRoom::begin_next(std::uint64_t room_bytes) {
  filled_bytes_ = 0;
  std::uint64_t free_bytes = 0;
  IOStatus status = FileSystemWrapper::GetFreeSpace(folder_, {}, &free_bytes, nullptr);
  if (status.ok() && free_bytes / kShareOfFreeSpace < room_bytes) status = IOStatus::NoSpace();
  return status.ok() ? FileSystemWrapper::NewWritableFile(next_name_, {}, &next_, nullptr) : status;
}

void LogRoom::drop_next() {
  next_.reset();
  // It may not be there, or the disk may have failed: nothing depends on it.
  [[maybe_unused]] const IOStatus ignored = FileSystemWrapper::DeleteFile(next_name_, {}, nullptr);
}

}  // namespace mrgc::engine
