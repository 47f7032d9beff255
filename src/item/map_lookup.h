#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "mrgc/item/item.h"

namespace mrgc::item {

/// Finds attributes of one item or map for somebody who may ask for very many: the first few by a walk over the map for
/// each, as `MapView::find` does, and all others in an index, which takes one walk to make. So what asks for each of n
/// attributes takes time of n log n, not of n². Not thread-safe; what the view refers to must outlive it.
class MapLookup {
 public:
  explicit MapLookup(MapView map) : map_(map) {}

  std::optional<ValueView> find(std::string_view name) {
    if (entries_.empty()) {
      if (map_.size() <= kFew || walks_++ < kFew) return map_.find(name);
      entries_.assign(map_.begin(), map_.end());
    }
    const auto found = std::ranges::lower_bound(entries_, name, {}, &MapView::value_type::name);
    return found != entries_.end() && found->name == name ? std::optional(found->value) : std::nullopt;
  }

 private:
  static constexpr std::size_t kFew = 16;

  MapView map_;
  std::size_t walks_ = 0;
  std::vector<MapView::value_type> entries_;  // once there were many: all of them, ascending by name
};

}  // namespace mrgc::item
