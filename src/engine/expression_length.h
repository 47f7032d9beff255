#pragma once

#include "expression/placeholders.h"

namespace mrgc::engine {

/// How long the expressions of a request may be: those that stand for older parameters have no limit.
template <typename Request>
expression::Length length_of(const Request& request) {
  if constexpr (requires { request.older_parameters; }) {
    if (request.older_parameters) return expression::Length::kAny;
  }
  return expression::Length::kLimited;
}

}  // namespace mrgc::engine
