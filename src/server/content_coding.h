#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How bodies are packed on their way: the `Content-Encoding`s that DynamoDB knows.
namespace mrgc::server {

enum class Coding : std::uint8_t { kIdentity, kGzip, kDeflate };

/// `gzip`, `deflate` (which is zlib's format), `identity`.
std::string_view to_string(Coding coding);
/// Of a `Content-Encoding`, in any case; empty is `identity`. Nothing for what is not known.
std::optional<Coding> coding_of(std::string_view name);

/// The coding that an `Accept-Encoding` asks for, as AWS answers it: of those that are taken the one with the highest
/// quality, the first of several, before those that only `*` takes; `identity` when none is.
Coding accepted_coding(std::string_view accept_encoding);

/// The bytes that were packed, in several members too; nothing for what is not packed so, is cut off, or would be
/// larger than `max_bytes`.
std::optional<std::string> unpack(std::string_view packed, Coding coding, std::size_t max_bytes);

/// Packs, fast rather than small.
std::string pack(std::string_view bytes, Coding coding);

/// The CRC-32 of `x-amz-crc32`.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace mrgc::server
