#pragma once

#include <stdexcept>
#include <utility>

#include "mrgc/base/error.h"

namespace mrgc::bench {

/// The value; a measurement in which something fails is worth nothing, so an error ends the run.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace mrgc::bench
