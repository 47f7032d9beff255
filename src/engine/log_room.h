#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace mrgc::engine {

/// Gives RocksDB's logs room, so that their syncs are short. A sync of a file that grew also writes down its new size
/// and blocks: in a journal that the file system's other files share and wait for, or block by block. So while one log
/// is written, a thread fills another file with zeros, at the log's pace, and the next log is made of that: until it
/// has used up its room, it only writes over. The first log has none, so the second begins soon, with little room, and
/// each has twice the room of the one before, up to the full size.
///
/// Behind its last record such a log goes on with zeros, until it is closed or the next one is made. After a crash
/// `check_logs` knows them and `keep_logs` cuts them off, before RocksDB reads them.
///
/// Without enough space on the disk, or when the file cannot be written, logs grow as they would without this.
/// Thread-safe; logs are written one after the other.
class LogRoom final : public rocksdb::FileSystemWrapper {
 public:
  /// `room_bytes`: of zeros in a log, in full; zero: nothing is changed. A log that stays below a 64th of what the next
  /// one is to have gets no successor with room: a short command should not fill files.
  LogRoom(std::shared_ptr<rocksdb::FileSystem> files, std::uint64_t room_bytes);
  ~LogRoom() override;

  const char* Name() const override { return "LogRoom"; }

  /// Whether the log has no room left while the next one is ready: then it is worth beginning that. Said once a log.
  bool next_log_is_due() { return next_log_is_due_ && next_log_is_due_.exchange(false); }

  /// Makes no more room, and removes what was made and not used. To be called before the folder's lock is given back.
  void stop();

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;

 private:
  /// The log that is written now.
  struct Log {
    std::string name;
    std::uint64_t room_bytes = 0;
    std::uint64_t size_bytes = 0;
  };
  class LogWriter;

  std::optional<std::uint64_t> size_to_cut_to(const std::string& name);
  void appended(const std::string& name, std::uint64_t added_bytes);
  rocksdb::IOStatus cut_current();
  void fill_next_logs(const std::stop_token& stopped);
  bool start_thread();
  rocksdb::IOStatus fill_more(std::uint64_t room_bytes);
  rocksdb::IOStatus begin_next(std::uint64_t room_bytes);
  void drop_next();

  const std::uint64_t room_bytes_;
  const std::uint64_t piece_bytes_;  // filled and synced at a time
  std::atomic<bool> next_log_is_due_ = false;

  std::mutex mutex_;
  std::condition_variable_any more_is_due_;
  Log log_;                        // guarded by mutex_; without a name before the first
  std::uint64_t next_room_bytes_;  // guarded by mutex_: of the next log
  std::uint64_t due_bytes_ = 0;    // guarded by mutex_: to be filled now
  bool is_ready_ = false;          // guarded by mutex_: the next log is filled, on the disk and closed
  bool has_failed_ = false;        // guarded by mutex_: it could not be made; tried again with the next log
  bool is_due_told_ = false;       // guarded by mutex_: of this log
  bool is_stopped_ = false;        // guarded by mutex_
  std::string folder_;             // set with the first log
  std::string next_name_;          // set with the first log

  // The thread's own.
  std::unique_ptr<rocksdb::FSWritableFile> next_;
  std::uint64_t filled_bytes_ = 0;

  std::jthread thread_;  // begins when there is something to fill
};

}  // namespace mrgc::engine
