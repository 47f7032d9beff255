#include "engine/log_check.h"

#include <fmt/format.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/folder.h"

namespace mrgc::engine {
namespace {

// The format (RocksDB wiki, "Write Ahead Log File Format"): blocks of 32 KB, filled with records that do not reach over
// a block's end; a rest shorter than a header is zero. A header: masked CRC-32C of type and content (4 bytes), length
// of the content (2), type (1): whole, first, middle or last part. Other types are for logs that are written over,
// which ours never are. Little-endian.
constexpr std::size_t kBlock = 32'768;
constexpr std::size_t kHeader = 7;
constexpr std::uint8_t kLastType = 4;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = crc;
  }
  return table;
}

std::uint32_t masked_crc(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = 0xFFFF'FFFFU;
  for (const char byte : bytes) crc = kTable[(crc ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282'EAD8U;
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

/// A record's header, and how much of its block is left for its content.
struct Header {
  std::uint32_t crc;
  std::size_t length;
  std::uint8_t type;
  std::size_t room;
};

Header header_at(std::string_view log, std::size_t at) {
  std::uint32_t crc = 0;
  for (std::size_t i = 4; i-- > 0;) crc = (crc << 8) | byte_at(log, at + i);
  const std::size_t block_end = std::min(log.size(), at - at % kBlock + kBlock);
  return {.crc = crc,
          .length = std::size_t{byte_at(log, at + 4)} | std::size_t{byte_at(log, at + 5)} << 8,
          .type = byte_at(log, at + 6),
          .room = block_end - at - kHeader};
}

bool has_room_for_header(std::string_view log, std::size_t at) {
  return at + kHeader <= log.size() && kBlock - at % kBlock >= kHeader;
}

bool is_whole_record(std::string_view log, std::size_t at) {
  if (!has_room_for_header(log, at)) return false;
  const Header header = header_at(log, at);
  return header.type >= 1 && header.type <= kLastType && header.length <= header.room &&
         masked_crc(log.substr(at + kHeader - 1, 1 + header.length)) == header.crc;
}

// A record whose content would reach over the end of the file: cut off by a crash, unless its checksum fits what is
// there, or a whole record follows.
bool is_cut_off(std::string_view log, std::size_t at, const Header& header) {
  if (masked_crc(log.substr(at + kHeader - 1, 1 + header.room)) == header.crc) return false;
  for (std::size_t behind = at + 1; behind < log.size(); ++behind) {
    if (is_whole_record(log, behind)) return false;
  }
  return true;
}

// Where the log stops making sense though it goes on; nothing when it does not.
std::optional<std::size_t> find_damage(std::string_view log) {
  std::size_t at = 0;
  while (at < log.size()) {
    if (!has_room_for_header(log, at)) {
      if (log.size() - at < kHeader) return std::nullopt;  // a header that a crash cut off
      at += kBlock - at % kBlock;
      continue;
    }
    const Header header = header_at(log, at);
    if (header.type > kLastType) return at;
    if (header.type == 0 && header.length == 0) return std::nullopt;  // room that was set aside
    const bool in_last_block = at - at % kBlock + kBlock >= log.size();
    if (header.length > header.room) {
      if (in_last_block && is_cut_off(log, at, header)) return std::nullopt;
      return at;
    }
    at += kHeader + header.length;
  }
  return std::nullopt;
}

Result<void> check_log(rocksdb::Env& env, const std::filesystem::path& folder, const std::string& name) {
  std::string log;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env, (folder / name).string(), &log);
  if (status.IsNotFound() || status.IsPathNotFound()) return {};  // RocksDB knows whether it was needed
  if (!status.ok()) return folder_error(folder, "cannot be read: " + status.ToString());
  const auto damage = find_damage(log);
  if (!damage) return {};
  return folder_error(folder,
                      fmt::format("is damaged: {} does not read back at byte {}; nothing was changed. Restore it "
                                  "from a copy",
                                  name, *damage));
}

}  // namespace

Result<void> check_logs(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  const rocksdb::Status status = env.GetChildren(folder.string(), &names);
  if (!status.ok()) return folder_error(folder, "cannot be read: " + status.ToString());
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
  std::string current;
  if (rocksdb::ReadFileToString(&env, (folder / "CURRENT").string(), &current).ok() &&
      current.starts_with("MANIFEST-") && current.ends_with('\n')) {
    current.pop_back();
    names.push_back(current);
  }
  for (const std::string& name : names) {
    if (auto checked = check_log(env, folder, name); !checked) return checked;
  }
  return {};
}

}  // namespace mrgc::engine
