#pragma once

#include <filesystem>
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

/// Makes the folder and those above it that are not there, durably; one that is there becomes durable. Errors:
/// `kStorage`.
Result<void> make_folder(rocksdb::Env& env, const std::filesystem::path& folder);

/// Whether a folder may hold it in which no store is yet: the lock, and the mark in the making.
bool is_before_creation(const std::string& name);

/// The file `MRGC` in a store's folder: says that the folder is a store, of which format, and whether its creation was
/// completed. So a folder that lost RocksDB's own files is told from one that never had any, and is not made anew.
class FolderMark {
 public:
  enum class State { kAbsent, kCreating, kReady };

  /// Errors: `kStorage` when the folder holds something else, or a newer format.
  static Result<State> read(rocksdb::Env& env, const std::filesystem::path& folder);

  /// What tells this folder from a copy of it, by the mark's inode: the same after the folder was moved, another after
  /// its files were copied or restored one by one. A whole volume that is set back to an earlier state keeps it. Empty
  /// when there is no mark.
  static std::string fingerprint(const std::filesystem::path& folder);

  /// Writes the mark durably, replacing it in one step.
  static Result<void> write(rocksdb::Env& env, const std::filesystem::path& folder, State state);
};

}  // namespace mrgc::engine
