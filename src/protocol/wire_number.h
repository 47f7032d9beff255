#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

namespace mrgc::protocol {

/// Whether a JSON number has neither fraction nor exponent.
inline bool is_integer_text(std::string_view text) { return text.find_first_of(".eE") == std::string_view::npos; }

/// A JSON number as an integer: rounded down, and at the nearest end of the range when it does not fit.
inline std::int64_t wire_int64(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  if (number >= 9.2e18) return std::numeric_limits<std::int64_t>::max();
  if (number <= -9.2e18) return std::numeric_limits<std::int64_t>::min();
  const auto cut = static_cast<std::int64_t>(number);
  return static_cast<double>(cut) > number ? cut - 1 : cut;
}

}  // namespace mrgc::protocol
