#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "expression/path.h"
#include "expression/placeholders.h"
#include "expression/projection.h"
#include "expression/update_tree.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// A parsed update expression: parse once, apply to many items (Developer Guide, "Update expressions").
///
/// All right sides see the item as it was before the update, and all list indexes count in it. `SET` and `ADD` of a
/// list element past the end append; several such are appended in the order of their indexes. A set from which the last
/// element is deleted vanishes.
///
/// Movable and copyable. Holds everything it needs; thread-safe once made.
class Update {
 public:
  /// Parses an `UpdateExpression`. That key attributes are not updated is for the caller to check, with
  /// `top_level_attributes`.
  /// Errors: `kValidation` with DynamoDB's message.
  static Result<Update> parse(std::string_view text, Placeholders& placeholders);

  /// The item after the update of `before`: the existing item, or the key alone for an item that does not exist.
  /// Attributes that the update does not mention are copied without being decoded. The result's size and nesting are
  /// for the caller to check; but what the update alone makes larger than an item may be is refused before it takes
  /// memory. Errors: `kValidation` with DynamoDB's message when the item does not suit the update: a path that leads
  /// nowhere, an attribute that a right side needs and that is missing, operands of a wrong type, numbers out of range.
  Result<item::Item> apply(const item::Item& before) const;

  /// Whether it only takes away (`REMOVE` and `DELETE`): then it does not make an item that does not exist.
  bool only_removes() const;

  /// What the request alone tells of a value.
  struct Given {
    item::Type type;
    std::optional<item::ValueView> value = std::nullopt;  ///< all of it; the view is into the update
  };
  /// What the request alone tells of the value that the update gives a top-level attribute; nothing where that takes
  /// the item.
  std::optional<Given> given_value(std::string_view attribute) const;

  /// The distinct top-level attributes that the update changes, ascending. The views are into this object.
  std::vector<std::string_view> top_level_attributes() const { return expression::top_level_attributes(tree_.targets); }

  /// The distinct top-level attributes that the update's paths lead into, ascending: first those of what it changes,
  /// then those of what it reads. The views are into this object.
  std::vector<std::string_view> entered_attributes() const {
    std::vector<std::string_view> names = expression::entered_attributes(tree_.targets);
    const std::vector<std::string_view> read = expression::entered_attributes(tree_.sources);
    names.insert(names.end(), read.begin(), read.end());
    return names;
  }

  /// How large AWS takes the update itself for, in bytes, whatever it makes of an item: 3, and for each clause
  ///
  ///     SET, ADD           19, the target, and the right side (of a set that is added to, the elements it has not yet)
  ///     REMOVE, DELETE      1, and the target
  ///     target             its name, and for each further element of the path 4 and the name, or the index's digits
  ///     :value             its size
  ///     path                1, and for each element 14 and the name, or the index's digits; what it leads to is free
  ///     a + b, a - b       34, 37, and both sides
  ///     if_not_exists      39, and both operands
  ///     list_append        37, and both operands
  ///
  /// Measured on AWS in 2026, at the limit of an item's size. `before` is the item, or the key alone. Once it is above
  /// `item::kMaxItemSizeBytes`, maybe less than all, so that a large value used a hundred times is not counted so
  /// often.
  std::size_t charge_bytes(const item::Item& before) const;

  /// The parts of `from` that the update names as targets, with the structure around nested ones: of the item before it
  /// for `UPDATED_OLD`, of the one after it for `UPDATED_NEW`. As on AWS, a list element that was appended is not found
  /// under the index that the expression gave it, and one that moved up is found under the index of a removed one.
  item::Item updated_part(const item::Item& from) const { return project(tree_.targets, from); }

 private:
  explicit Update(UpdateTree tree) : tree_(std::move(tree)) {}

  UpdateTree tree_;
};

}  // namespace mrgc::expression
