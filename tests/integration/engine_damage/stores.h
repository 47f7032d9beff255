#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/engines.h"

/// Stores on disk to be damaged, and their files.
namespace mrgc::damage {

/// A store as a killed process leaves it, and what it was told to keep.
struct KilledStore {
  std::filesystem::path folder;
  std::vector<item::Item> items;  ///< in the order of a scan
  std::uint64_t next_sequence = 0;
};

/// How a store came to be.
enum class History {
  kOneSession,     ///< written and killed: all of it is in a log
  kThreeSessions,  ///< closed twice in between: most of it is in sorted files
};

/// Makes a store under `parent`.
KilledStore make_killed_store(const std::filesystem::path& parent, History history);

/// Whether the store opens with everything that it was told to keep: an empty text. Otherwise the error, as it names
/// itself, or `LOST: ` and what is missing.
std::string open_and_check(const std::filesystem::path& folder, const KilledStore& told);

void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// The files of the folder whose names begin and end so, oldest first.
std::vector<std::filesystem::path> files(const std::filesystem::path& folder, const std::string& begin,
                                         const std::string& end);

std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& content);

/// Where the records of a log (or of a manifest, which has the same format) begin: 4 bytes checksum, 2 bytes length,
/// 1 byte type, content; no record reaches over a boundary of 32 KB.
std::vector<std::size_t> record_positions(const std::string& log);

}  // namespace mrgc::damage
