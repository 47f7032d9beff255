#pragma once

#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/item/value.h"

namespace mrgc::fleet {

/// Reads one JSON text as a tree: objects as maps, arrays as lists, whole and other numbers as numbers.
/// Errors: `kValidation`, naming the byte, for what is no JSON, names a member twice, nests deeper than
/// `item::kMaxNestingLevels` levels, or has a number that DynamoDB cannot hold.
Result<item::Value> parse_json(std::string_view json);

}  // namespace mrgc::fleet
