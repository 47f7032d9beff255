#pragma once

#include <string_view>

#include "mrgc/item/item.h"

namespace mrgc::item {

/// As `check_storable` of an item, for the value of one attribute.
Result<void> check_storable(const ValueView& value);

/// The name of an attribute is neither empty nor too long. Errors: `kValidation` with DynamoDB's message.
Result<void> check_attribute_name(std::string_view name);

/// The error that values nest in more than `kMaxNestingLevels` levels.
std::unexpected<Error> nested_too_deeply();

}  // namespace mrgc::item
