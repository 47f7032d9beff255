#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/watermark.h"
#include "mrgc/base/error.h"

namespace rocksdb {
class Env;
}

namespace mrgc::engine {

/// What was found in the logs of a folder that is not damaged, as far as they tell.
struct LogFindings {
  struct Log {
    std::string name;
    std::uint64_t size_bytes = 0;
    std::uint64_t kept_bytes = 0;  ///< behind them stands what a crash left of writes that were not synced
  };
  std::vector<Log> logs;            ///< those with bytes, oldest first; before them the manifest if something is known
  bool synced_log_missing = false;  ///< the one that the watermark names; legal when it was needed no more
};

/// Looks for damage in the write-ahead logs and the manifest of a folder before RocksDB opens, and changes, it. RocksDB
/// reads a log up to what looks like a record that a crash cut off, and a damaged byte can look like that; what stands
/// behind it would be dropped without a word. And what a crash does leave need not look like that: zeros, for one. The
/// watermark tells the two apart: what was synced must read back, and behind that a log ends where it stops to.
///
/// Without a watermark (`synced` is nothing) everything must read back, but for zeros at the end of the youngest log
/// (`LogRoom`). Changes nothing.
/// Errors: `kStorage`, naming the folder, the file and the place.
Result<LogFindings> check_logs(rocksdb::Env& env, const std::filesystem::path& folder,
                               const std::optional<Synced>& synced);

/// Cuts the logs to what is kept of them, and makes that durable: a start relies on it from here on.
/// Errors: `kStorage`.
Result<void> keep_logs(rocksdb::Env& env, const std::filesystem::path& folder, const LogFindings& findings);

}  // namespace mrgc::engine
