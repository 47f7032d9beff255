#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "mrgc/base/error.h"

namespace mrgc::engine {

/// How far a numbered file of RocksDB's is known to be on the disk. Number 0: none is.
struct SyncedFile {
  std::uint64_t number = 0;
  std::uint64_t size_bytes = 0;
  friend bool operator==(const SyncedFile&, const SyncedFile&) = default;
};

/// What is known to be on the disk.
struct Synced {
  std::uint64_t sequence = 0;  ///< the highest storage sequence
  SyncedFile log;              ///< the youngest log that was synced; older ones are on the disk as a whole
  SyncedFile manifest;         ///< the youngest manifest
  friend bool operator==(const Synced&, const Synced&) = default;
};

/// The file `WATERMARK` (`docs/formats.md`). It is written after what it tells of was synced, and mostly without a sync
/// of its own, so it is never ahead of the disk. What it names must read back; what does not read back behind that is
/// what a crash leaves. Thread-safe.
class Watermark {
 public:
  /// What the file says; nothing when it is not there or does not read back. Changes nothing.
  static std::optional<Synced> read(const std::filesystem::path& folder);

  /// Opens the file for writing, and makes it when it is not there. Of a store in the making nothing is promised,
  /// so its file may be ahead of the disk, and is synced first by `store_flushed`.
  static Result<std::unique_ptr<Watermark>> open(const std::filesystem::path& folder, bool in_the_making);

  ~Watermark();
  Watermark(const Watermark&) = delete;
  Watermark& operator=(const Watermark&) = delete;

  /// A log was made. Nothing of it is on the disk yet.
  void log_made(std::uint64_t number);
  /// A log was synced. In the file with the next `store`.
  void log_synced(SyncedFile log);
  /// A manifest was synced. In the file at once.
  void manifest_synced(SyncedFile manifest);

  /// Everything up to `sequence` was synced. A failure to write is not an error: the check at the next start is only
  /// weaker. The same goes for the others.
  void store(std::uint64_t sequence);
  /// As `store`, after everything in the logs was moved to sorted files; and the file itself is on the disk on return.
  void store_flushed(std::uint64_t sequence);

 private:
  Watermark(int descriptor, Synced synced, bool in_the_making)
      : descriptor_(descriptor), synced_(synced), in_the_making_(in_the_making) {}
  void write() const;  // with the mutex held

  const int descriptor_;
  std::mutex mutex_;
  Synced synced_;                // guarded by mutex_
  bool in_the_making_;           // guarded by mutex_
  std::uint64_t last_made_ = 0;  // guarded by mutex_: the youngest log
};

}  // namespace mrgc::engine
