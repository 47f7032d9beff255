#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "mrgc/base/error.h"

namespace rocksdb {
class Env;
}

namespace mrgc::engine {

/// The format this version writes; it reads this one only.
inline constexpr int kFormatVersion = 1;

/// An error about a store's folder: names the folder, the cause, and that nothing was changed.
std::unexpected<Error> folder_error(const std::filesystem::path& folder, const std::string& cause);

/// The file `MRGC` in a store's folder: says that the folder is a store, of which format, and whether its creation was
/// completed. So a folder that lost RocksDB's own files is told from one that never had any, and is not made anew.
class FolderMark {
 public:
  enum class State { kAbsent, kCreating, kReady };

  /// Errors: `kStorage` when the folder holds something else, or a newer format.
  static Result<State> read(rocksdb::Env& env, const std::filesystem::path& folder);

  /// What tells this folder from a copy of it: the same after the folder was moved, another after it was copied or
  /// restored. Empty when there is no mark.
  static std::string fingerprint(const std::filesystem::path& folder);

  /// Writes the mark durably, replacing it in one step.
  static Result<void> write(rocksdb::Env& env, const std::filesystem::path& folder, State state);
};

/// The file `WATERMARK`: the highest storage sequence known to be synced. It is written without a sync of its own,
/// after the log's, so it is never ahead of the log on the disk: a log that reads back shorter was damaged.
class Watermark {
 public:
  ~Watermark();
  Watermark(const Watermark&) = delete;
  Watermark& operator=(const Watermark&) = delete;
  explicit Watermark(int descriptor) : descriptor_(descriptor) {}

  static Result<std::unique_ptr<Watermark>> open(const std::filesystem::path& folder);

  /// The last value stored, 0 when there is none or it does not read back.
  std::uint64_t load() const;
  /// A failure to store is not an error: the check at the next start is only weaker.
  void store(std::uint64_t sequence) const;

 private:
  int descriptor_;
};

}  // namespace mrgc::engine
