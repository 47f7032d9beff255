#include "fleet/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::fleet {
namespace {

constexpr std::size_t kMaxNameLength = 128;
constexpr double kMaxAmount = 1e15;
constexpr double kMaxSum = 1e100;
constexpr std::int64_t kMaxTime = 253'402'300'799;  // the end of the year 9999

bool is_name_character(char c) { return base::is_letter_or_digit(c) || c == '.' || c == '_' || c == ':' || c == '-'; }

std::unexpected<Error> wrong(std::string message) {
  return base::fail(ErrorCode::kInvalidArgument, std::move(message));
}

Result<void> check_number(std::string_view what, double number, double most) {
  if (std::isfinite(number) && number >= 0 && number <= most) return {};
  return wrong(fmt::format("{} is a number of 0 to {:g}, not {}", what, most, number));
}

}  // namespace

Result<void> check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameLength && std::ranges::all_of(name, is_name_character)) return {};
  return wrong(fmt::format("{} has 1 to {} of A-Z a-z 0-9 . _ : -", what, kMaxNameLength));
}

Result<void> check_region(std::string_view region) {
  if (schema().region_ordinal(region)) return {};
  return wrong(fmt::format("there is no region \"{}\"; the regions are {}", region, fmt::join(schema().regions, ", ")));
}

Result<void> check_amount(std::string_view what, double amount) { return check_number(what, amount, kMaxAmount); }

Result<void> check_sum(std::string_view what, double sum) { return check_number(what, sum, kMaxSum); }

Result<void> check_time(std::string_view what, std::int64_t time_s) {
  if (time_s >= 0 && time_s <= kMaxTime) return {};
  return wrong(fmt::format("{} is a Unix time in seconds of 0 to {}, not {}", what, kMaxTime, time_s));
}

Result<void> check_time_range(std::int64_t from_s, std::int64_t to_s) {
  if (from_s > to_s) return wrong(fmt::format("the time range from {} to {} is the wrong way round", from_s, to_s));
  return first_error(check_time("the start of a time range", from_s), check_time("the end of a time range", to_s));
}

}  // namespace mrgc::fleet
