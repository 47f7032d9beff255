#pragma once

#include <cstdint>
#include <string_view>

#include "mrgc/base/error.h"

/// What callers' values must be. Errors: `kInvalidArgument`, naming the value and its range.

namespace mrgc::fleet {

/// An id, pool, writer or operation: 1 to 128 of `A-Z a-z 0-9 . _ : -`. `what` names it in the message.
Result<void> check_name(std::string_view what, std::string_view name);

/// A region of the schema.
Result<void> check_region(std::string_view region);

/// A measured quantity: finite, 0 to 1E+15.
Result<void> check_amount(std::string_view what, double amount);

/// What samples add up to: finite, 0 to 1E+100, so that what a row's sums amount to is still a DynamoDB number.
Result<void> check_sum(std::string_view what, double sum);

/// A Unix time in seconds, of the years 1970 to 9999.
Result<void> check_time(std::string_view what, std::int64_t time_s);

/// A range of such times, not the wrong way round.
Result<void> check_time_range(std::int64_t from_s, std::int64_t to_s);

/// The first of `results` that is an error, or success.
template <typename... Results>
Result<void> first_error(Result<void> first, Results... rest) {
  if (!first) return first;
  if constexpr (sizeof...(rest) > 0) return first_error(std::move(rest)...);
  return {};
}

}  // namespace mrgc::fleet
