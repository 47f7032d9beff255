#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "expression/path.h"
#include "expression/placeholders.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// The parts of `item` that `paths` lead to, with the maps and lists around them; of lists only the chosen elements, in
/// the order of their indexes. Paths that lead nowhere give nothing. `paths` must be sorted and disjoint
/// (`check_disjoint`).
item::Item project(std::span<const Path> paths, const item::Item& item);

/// A parsed projection expression: parse once, apply to many items (Developer Guide, "Projection expressions").
///
/// Movable and copyable. Holds everything it needs; thread-safe once made.
class Projection {
 public:
  /// Parses a `ProjectionExpression`.
  /// Errors: `kValidation` with DynamoDB's message.
  static Result<Projection> parse(std::string_view text, Placeholders& placeholders);

  /// What the expression chooses from `item`; without attributes when there is nothing.
  item::Item apply(const item::Item& item) const { return project(paths_, item); }

  /// The distinct top-level attributes that the expression mentions, ascending. The views are into this object.
  std::vector<std::string_view> top_level_attributes() const { return expression::top_level_attributes(paths_); }

  /// The distinct top-level attributes that the expression's paths lead into, ascending. The views are into this
  /// object.
  std::vector<std::string_view> entered_attributes() const { return expression::entered_attributes(paths_); }

 private:
  std::vector<Path> paths_;  // sorted
};

}  // namespace mrgc::expression
