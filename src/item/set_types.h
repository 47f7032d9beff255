#pragma once

#include "mrgc/item/item.h"

namespace mrgc::item {

/// Whether values of the type are sets.
inline bool is_set(Type type) {
  return type == Type::kStringSet || type == Type::kNumberSet || type == Type::kBinarySet;
}

}  // namespace mrgc::item
