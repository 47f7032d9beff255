#pragma once

#include <string_view>

namespace mrgc::item {

/// Whether bytes of unknown origin are exactly one item in its only valid encoding: every part complete, every varint
/// in its shortest form, names and set elements ascending and distinct, numbers canonical, names and strings valid
/// UTF-8, values nested at most `kMaxNestingLevels` deep. Linear in the number of bytes.
bool is_canonical_item(std::string_view bytes);

}  // namespace mrgc::item
