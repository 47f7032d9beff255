#include "fleet/minutes.h"

#include <fmt/format.h>

#include "fleet/checks.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::fleet {

std::int64_t region_second(std::int64_t time_s, std::string_view region) {
  return minute_of(time_s) + schema().region_ordinal(region).value();
}

Result<std::string_view> region_of_second(std::int64_t time_s) {
  if (Result<void> checked = check_time("a timestamp", time_s); !checked) return base::forward_error(checked);
  const auto ordinal = static_cast<std::size_t>(time_s % kMinuteSeconds);
  if (ordinal < schema().regions.size()) return schema().regions[ordinal];
  return base::fail(ErrorCode::kInvalidArgument, fmt::format("second {} of a minute belongs to no region; there are {}",
                                                             ordinal, schema().regions.size()));
}

}  // namespace mrgc::fleet
