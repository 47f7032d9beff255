#include "engine/log_reader.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/little_endian.h"

namespace mrgc::engine {
namespace {

// The format (RocksDB wiki, "Write Ahead Log File Format"): blocks of 32 KB, filled with fragments that do not reach
// over a block's end; a rest shorter than a header is zero. A header: masked CRC-32C of type and content (4 bytes),
// length of the content (2), type (1). A record is one whole fragment, or a first, any number of middle ones and a
// last. Other types are for logs that are written over older ones; ours are written over zeros. Little-endian.
constexpr std::size_t kBlock = 32'768;
constexpr std::size_t kHeader = 7;
enum : std::uint8_t { kWhole = 1, kFirst, kMiddle, kLast };

constexpr std::size_t kSlices = 8;
using CrcTables = std::array<std::array<std::uint32_t, 256>, kSlices>;

// tables[i][b]: what the byte b does to the checksum when i bytes follow it.
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
    tables[0][byte] = crc;
  }
  for (std::size_t i = 1; i < kSlices; ++i) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[i - 1][byte];
      tables[i][byte] = (before >> 8) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

std::uint32_t masked_crc(std::string_view bytes) {
  static constexpr CrcTables kTables = make_crc_tables();
  std::uint32_t crc = 0xFFFF'FFFFU;
  for (; bytes.size() >= kSlices; bytes.remove_prefix(kSlices)) {
    const std::uint32_t low = crc ^ u32_at(bytes, 0);
    const std::uint32_t high = u32_at(bytes, 4);
    crc = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      crc ^= kTables[7 - i][low >> (8 * i) & 0xFFU] ^ kTables[3 - i][high >> (8 * i) & 0xFFU];
    }
  }
  for (const char byte : bytes) crc = kTables[0][(crc ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282'EAD8U;
}

/// Follows the records from block to block.
class Records {
 public:
  /// Reads one more block, the last one maybe shorter. False when something in it does not read back.
  bool read(std::string_view block) {
    std::size_t at = 0;
    while (at < block.size()) {
      if (kBlock - at < kHeader) {
        if (block.find_first_not_of('\0', at) != std::string_view::npos) return false;
        at = block.size();
      } else if (!read_fragment(block, at)) {
        return false;
      }
      if (!in_record_) whole_bytes_ = before_ + at;
    }
    before_ += block.size();
    return true;
  }

  std::uint64_t whole_bytes() const { return whole_bytes_; }

 private:
  bool read_fragment(std::string_view block, std::size_t& at) {
    if (block.size() - at < kHeader) return false;
    const std::size_t length = std::size_t{byte_at(block, at + 4)} | std::size_t{byte_at(block, at + 5)} << 8;
    const std::uint8_t type = byte_at(block, at + 6);
    if (type < kWhole || type > kLast || length > block.size() - at - kHeader) return false;
    if (masked_crc(block.substr(at + kHeader - 1, 1 + length)) != u32_at(block, at)) return false;
    const bool begins = type == kWhole || type == kFirst;
    if (begins == in_record_) return false;
    in_record_ = type == kFirst || type == kMiddle;
    at += kHeader + length;
    return true;
  }

  std::uint64_t before_ = 0;  // bytes of earlier blocks
  std::uint64_t whole_bytes_ = 0;
  bool in_record_ = false;
};

}  // namespace

Result<LogExtent> measure_log(rocksdb::Env& env, const std::string& path) {
  LogExtent extent;
  std::unique_ptr<rocksdb::SequentialFile> file;
  rocksdb::Status status = env.GetFileSize(path, &extent.size_bytes);
  if (status.IsNotFound() || status.IsPathNotFound()) return LogExtent();
  if (status.ok()) status = env.NewSequentialFile(path, &file, rocksdb::EnvOptions());
  Records records;
  std::vector<char> buffer(kBlock);
  while (status.ok()) {
    rocksdb::Slice block;
    status = file->Read(kBlock, &block, buffer.data());
    if (!status.ok() || block.empty() || !records.read({block.data(), block.size()})) break;
  }
  if (!status.ok()) return base::fail(ErrorCode::kStorage, status.ToString());
  extent.whole_bytes = records.whole_bytes();
  return extent;
}

Result<bool> only_zeros_from(rocksdb::Env& env, const std::string& path, std::uint64_t offset_bytes) {
  std::unique_ptr<rocksdb::SequentialFile> file;
  rocksdb::Status status = env.NewSequentialFile(path, &file, rocksdb::EnvOptions());
  if (status.ok()) status = file->Skip(offset_bytes);
  std::vector<char> buffer(kBlock);
  while (status.ok()) {
    rocksdb::Slice block;
    status = file->Read(kBlock, &block, buffer.data());
    if (!status.ok() || block.empty()) break;
    if (std::string_view(block.data(), block.size()).find_first_not_of('\0') != std::string_view::npos) return false;
  }
  if (!status.ok()) return base::fail(ErrorCode::kStorage, status.ToString());
  return true;
}

}  // namespace mrgc::engine
