#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Numbers as RocksDB's files hold them, least significant byte first, whatever the processor.
namespace mrgc::engine {

inline std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

/// The four bytes from there on, which must be there.
inline std::uint32_t u32_at(std::string_view bytes, std::size_t at) {
  return std::uint32_t{byte_at(bytes, at)} | std::uint32_t{byte_at(bytes, at + 1)} << 8 |
         std::uint32_t{byte_at(bytes, at + 2)} << 16 | std::uint32_t{byte_at(bytes, at + 3)} << 24;
}

}  // namespace mrgc::engine
