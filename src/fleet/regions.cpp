#include "mrgc/fleet/regions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "fleet/checks.h"

namespace mrgc::fleet {
namespace {

constexpr std::size_t kMaxPrefixLength = 200;

bool is_table_name_text(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return base::is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; });
}

}  // namespace

Result<Regions> Regions::create(std::string own, std::string prefix,
                                const std::map<std::string, store::Store*, std::less<>>& stores) {
  if (prefix.empty() || prefix.size() > kMaxPrefixLength || !is_table_name_text(prefix)) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("a table prefix has 1 to {} of A-Z a-z 0-9 _ - .", kMaxPrefixLength));
  }
  Regions regions;
  regions.stores_.resize(schema().regions.size());
  for (const auto& [name, store] : stores) {
    if (Result<void> known = check_region(name); !known) return base::forward_error(known);
    regions.stores_[static_cast<std::size_t>(*schema().region_ordinal(name))] = store;
  }
  if (Result<void> known = check_region(own); !known) return base::forward_error(known);
  regions.local_ = regions.stores_[static_cast<std::size_t>(*schema().region_ordinal(own))];
  if (regions.local_ == nullptr) {
    return base::fail(ErrorCode::kInvalidArgument, fmt::format("the own region {} has no store", own));
  }
  for (std::size_t i = 0; i < kTableCount; ++i) {
    regions.table_names_[i] = schema().table_name(static_cast<Table>(i), prefix);
  }
  regions.own_ = std::move(own);
  regions.prefix_ = std::move(prefix);
  return regions;
}

Result<Regions> Regions::on_one_store(std::string own, std::string prefix, store::Store& store) {
  std::map<std::string, store::Store*, std::less<>> stores;
  for (const std::string& name : schema().regions) stores.emplace(name, &store);
  return create(std::move(own), std::move(prefix), stores);
}

Result<store::Store*> Regions::store(std::string_view region) const {
  if (Result<void> known = check_region(region); !known) return base::forward_error(known);
  store::Store* store = stores_[static_cast<std::size_t>(*schema().region_ordinal(region))];
  if (store == nullptr) {
    return std::unexpected(Error{.code = ErrorCode::kUnavailable,
                                 .message = fmt::format("region {} is unreachable: it has no store here", region),
                                 .retryable = true});
  }
  return store;
}

std::vector<store::Store*> Regions::distinct_stores() const {
  std::vector<store::Store*> distinct;
  for (store::Store* store : stores_) {
    if (store != nullptr && std::ranges::find(distinct, store) == distinct.end()) distinct.push_back(store);
  }
  return distinct;
}

}  // namespace mrgc::fleet
