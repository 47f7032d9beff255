#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Unsigned integers of 1 to 10 bytes, seven bits a byte, least significant first, the high bit set in all but the last
/// byte. The shortest form is the only valid one.
namespace mrgc::item {

inline void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

/// For what is counted only once it is there: puts the number in front of it.
inline void insert_varint(std::string& out, std::size_t position, std::uint64_t value) {
  std::string bytes;
  append_varint(bytes, value);
  out.insert(position, bytes);
}

/// How many bytes a varint takes.
inline std::size_t varint_size(std::uint64_t value) { return (std::bit_width(value | 1) + 6) / 7; }

/// Removes a varint from the front of bytes known to be well-formed.
inline std::uint64_t take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

/// Removes a varint from the front of bytes of unknown origin. Returns nothing unless it is complete, fits and is in
/// its shortest form.
inline std::optional<std::uint64_t> try_take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    if (shift == 63 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      if (byte == 0 && shift > 0) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

/// Removes and returns the first `size` bytes, which must be there.
inline std::string_view take_bytes(std::string_view& in, std::size_t size) {
  const std::string_view taken(in.data(), size);
  in.remove_prefix(size);
  return taken;
}

/// Removes and returns bytes that a varint of their number precedes; `in` must be well-formed.
inline std::string_view take_sized(std::string_view& in) {
  const std::uint64_t size = take_varint(in);
  return take_bytes(in, size);
}

/// As `take_sized`, from bytes of unknown origin: nothing unless they are all there.
inline std::optional<std::string_view> try_take_sized(std::string_view& in) {
  const std::optional<std::uint64_t> size = try_take_varint(in);
  if (!size || *size > in.size()) return std::nullopt;
  return take_bytes(in, *size);
}

inline void append_sized(std::string& out, std::string_view bytes) {
  append_varint(out, bytes.size());
  out.append(bytes);
}

}  // namespace mrgc::item
