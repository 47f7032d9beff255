#include "engine/expiry.h"

#include <algorithm>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

constexpr std::int64_t kFiveYears_s = std::int64_t{5} * 365 * 24 * 3600;

// Beyond this, in some thirty billion years, steps are not told apart.
constexpr std::int64_t kNever_s = 1'000'000'000'000'000'000;

// The first whole step at which an item that expires at `at_s` is due.
std::int64_t step_of(std::int64_t at_s) {
  return (std::clamp<std::int64_t>(at_s, 0, kNever_s) / kExpiryStep_s + 1) * kExpiryStep_s;
}

}  // namespace

std::optional<std::int64_t> expires_at_s(const Table& table, const item::Item& item) {
  if (table.ttl_attribute.empty()) return std::nullopt;
  const auto value = item.find(table.ttl_attribute);
  if (!value || value->type() != item::Type::kNumber) return std::nullopt;
  const item::Number number = value->as_number();
  if (const auto whole = number.to_int64()) return *whole;
  const double seconds = number.to_double();
  if (seconds >= 9e18 || seconds <= 0) return std::nullopt;  // never, or a mistake
  return static_cast<std::int64_t>(seconds);
}

bool is_expired(std::int64_t at_s, std::int64_t now_s) { return at_s <= now_s && at_s > now_s - kFiveYears_s; }

void ExpiryQueue::record(KvBatch& batch, const Table& table, std::string_view key,
                         const std::optional<item::Item>& before, const std::optional<item::Item>& after,
                         std::int64_t now_s) const {
  if (!after) return;
  const auto at_s = expires_at_s(table, *after);
  if (!at_s || *at_s <= now_s - kFiveYears_s) return;
  const auto before_s = before ? expires_at_s(table, *before) : std::nullopt;
  if (before_s && *before_s > now_s - kFiveYears_s && step_of(*before_s) <= step_of(*at_s)) return;
  put(batch, *at_s, key, now_s);
}

void ExpiryQueue::put(KvBatch& batch, std::int64_t at_s, std::string_view key, std::int64_t now_s) const {
  const std::int64_t step_s = std::max(step_of(at_s), step_of(now_s));
  if (step_s <= taken_until_s_) disordered_ = true;
  std::string entry;
  append_u64(entry, static_cast<std::uint64_t>(step_s));
  entry.append(key);
  batch.put(Family::kExpiry, entry, {});
}

std::string ExpiryQueue::bound(std::int64_t time_s) {
  std::string bound;
  append_u64(bound, static_cast<std::uint64_t>(std::max<std::int64_t>(time_s, 0) + 1));
  return bound;
}

}  // namespace mrgc::engine
