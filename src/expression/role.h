#pragma once

#include <cstdint>
#include <string_view>

namespace mrgc::expression {

/// Which parameter of a request an expression came in; error messages begin with `Invalid <role>: `.
enum class Role : std::uint8_t { kCondition, kFilter, kKeyCondition, kProjection, kUpdate };

/// The parameter's name: `ConditionExpression`, `FilterExpression`, and so on.
constexpr std::string_view to_string(Role role) {
  switch (role) {
    case Role::kCondition: return "ConditionExpression";
    case Role::kFilter: return "FilterExpression";
    case Role::kKeyCondition: return "KeyConditionExpression";
    case Role::kProjection: return "ProjectionExpression";
    case Role::kUpdate: return "UpdateExpression";
  }
  return "Expression";
}

}  // namespace mrgc::expression
