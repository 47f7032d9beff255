#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "item/map_lookup.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// A document path: a top-level attribute and the way into it, such as `a.b[2]`
/// (Developer Guide, "Referring to item attributes: document paths").
struct Path {
  /// `.name` or `[index]`. Steps of a kind order by their content, names before indexes.
  using Step = std::variant<std::string, std::uint32_t>;

  std::string name;         ///< the top-level attribute
  std::vector<Step> steps;  ///< from there inwards; at most `kMaxPathElements` - 1

  /// Whether the path names a whole top-level attribute.
  bool is_top_level() const { return steps.empty(); }

  /// The value that the path leads to in `item`, or nothing when there is none.
  std::optional<item::ValueView> resolve(item::MapLookup& item) const;

  /// Whether `item` has the map or the list that the last step leads into; true of a top-level attribute.
  bool has_container(item::MapLookup& item) const;

  friend bool operator==(const Path&, const Path&) = default;
  friend auto operator<=>(const Path&, const Path&) = default;
};

/// The path as DynamoDB writes it in messages: `[a, b, [2]]`.
std::string to_string(const Path& path);

/// Looks for two paths of which one lies inside the other (or equals it), or that take the same value for a map and for
/// a list. Returns DynamoDB's message about them, without the prefix that names the expression, or nothing.
std::optional<std::string> find_clash(std::span<const Path> paths);

/// The distinct top-level attributes of `paths`, ascending. The views are into `paths`.
std::vector<std::string_view> top_level_attributes(std::span<const Path> paths);

/// The distinct top-level attributes that `paths` lead into, ascending. The views are into `paths`.
std::vector<std::string_view> entered_attributes(std::span<const Path> paths);

}  // namespace mrgc::expression
