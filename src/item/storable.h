#pragma once

#include "mrgc/item/item.h"

namespace mrgc::item {

/// As `check_storable` of an item, for the value of one attribute.
Result<void> check_storable(const ValueView& value);

/// The error that values nest in more than `kMaxNestingLevels` levels.
std::unexpected<Error> nested_too_deeply();

}  // namespace mrgc::item
