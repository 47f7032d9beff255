#pragma once

#include <rapidcheck.h>

#include <cstddef>
#include <string>

namespace mrgc::expression {

/// `count` random bytes for `model::Choices`.
inline std::string random_bytes(std::size_t count) {
  return *rc::gen::container<std::string>(count, rc::gen::cast<char>(rc::gen::inRange(0, 256)));
}

}  // namespace mrgc::expression
