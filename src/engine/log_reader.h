#pragma once

#include <cstdint>
#include <string>

#include "mrgc/base/error.h"

namespace rocksdb {
class Env;
}

namespace mrgc::engine {

/// How much of a log, or of a manifest, which has the same format, reads back.
struct LogExtent {
  std::uint64_t size_bytes = 0;   ///< of the file
  std::uint64_t whole_bytes = 0;  ///< from the start: whole records with their checksums, and nothing else
};

/// Reads the file up to the first record that does not read back, in little memory. A file that is not there has no
/// bytes. Errors: `kStorage` when it cannot be read.
Result<LogExtent> measure_log(rocksdb::Env& env, const std::string& path);

/// Whether the file holds nothing but zeros from that byte on. Errors: as above.
Result<bool> only_zeros_from(rocksdb::Env& env, const std::string& path, std::uint64_t offset_bytes);

}  // namespace mrgc::engine
