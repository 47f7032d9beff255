#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mrgc::protocol {

/// Appends the base-64 text of `bytes` (RFC 4648, with padding).
void append_base64(std::string& out, std::string_view bytes);

/// The bytes of a base-64 text; nothing unless it is padded, of the standard alphabet, and has no stray bits at its
/// end.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace mrgc::protocol
