#pragma once

#include <filesystem>

#include "mrgc/base/error.h"

namespace rocksdb {
class Env;
}

namespace mrgc::engine {

/// Looks for damage in the write-ahead logs and the manifest of a folder, before RocksDB opens it and changes it.
///
/// RocksDB reads a log up to what looks like a record that a crash cut off, and a damaged byte can look like that: a
/// length that reaches over the end of the file, or a type that says that the rest is an older log. What stands behind
/// would be dropped without a word, and be overwritten. So a log ends here only where nothing whole stands behind. All
/// other damage, of which a checksum speaks, is left to RocksDB to find.
///
/// Errors: `kStorage`, naming the folder, the file and the place.
Result<void> check_logs(rocksdb::Env& env, const std::filesystem::path& folder);

}  // namespace mrgc::engine
