#pragma once

#include <cstdint>
#include <string_view>

#include "mrgc/base/error.h"

/// Seconds that tell regions apart. Rows of one minute and several regions have keys of their own when each region
/// takes the second of the minute that is its ordinal in the schema.

namespace mrgc::fleet {

inline constexpr std::int64_t kMinuteSeconds = 60;

/// The start of the minute of `time_s`, which is not negative.
inline std::int64_t minute_of(std::int64_t time_s) { return time_s - time_s % kMinuteSeconds; }

/// The second of the minute of `time_s` that belongs to `region`, which must be one of the schema's.
std::int64_t region_second(std::int64_t time_s, std::string_view region);

/// The region to which a second of a minute belongs. Errors: `kInvalidArgument` when it belongs to none.
Result<std::string_view> region_of_second(std::int64_t time_s);

}  // namespace mrgc::fleet
