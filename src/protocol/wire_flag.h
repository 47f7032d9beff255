#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/ascii.h"
#include "protocol/json.h"

namespace mrgc::protocol {

/// A JSON boolean, or the text of one: DynamoDB takes some words in any case for booleans too (as measured: `"yes"`).
/// Nothing for everything else.
inline std::optional<bool> wire_flag(JsonValue value) {
  if (value.is_bool()) return value.is(JsonValue::Kind::kTrue);
  if (!value.is(JsonValue::Kind::kString)) return std::nullopt;
  const auto is_text = [text = value.text()](std::string_view word) { return base::is_in_any_case(text, word); };
  constexpr std::array<std::string_view, 3> kTrue = {"true", "yes", "1"};
  constexpr std::array<std::string_view, 3> kFalse = {"false", "no", "0"};
  if (std::ranges::any_of(kTrue, is_text)) return true;
  if (std::ranges::any_of(kFalse, is_text)) return false;
  return std::nullopt;
}

}  // namespace mrgc::protocol
