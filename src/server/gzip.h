#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mrgc::server {

/// The bytes that gzip packed; nothing for what is no gzip, is cut off, or would be larger than `max_bytes`.
std::optional<std::string> gunzip(std::string_view packed, std::size_t max_bytes);

/// Packs with gzip, fast rather than small.
std::string gzip(std::string_view bytes);

/// The CRC-32 of `x-amz-crc32`.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace mrgc::server
