#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "expression/condition_tree.h"
#include "expression/path.h"
#include "expression/placeholders.h"
#include "expression/role.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// A parsed condition or filter expression: parse once, evaluate on many items
/// (Developer Guide, "Condition and filter expressions, operators, and functions").
///
/// Comparisons: `=` and `<>` compare any two values, sets as sets and maps and lists deeply; values of different types
/// are unequal. An operand that is missing makes `<>` true and every other comparison false. `<`, `<=`, `>`, `>=` and
/// `BETWEEN` hold only between two strings, two numbers or two binaries. `size` is the number of characters of a string
/// (UTF-16 units, as on AWS: a character outside the basic plane counts two), of bytes of a binary, of elements of a
/// set, list or map; values of other types have none, which is as if they were missing.
///
/// Movable and copyable. Holds everything it needs; thread-safe once made.
class Condition {
 public:
  /// Parses `text`, a `ConditionExpression` or `FilterExpression` as `role` says.
  /// Errors: `kValidation` with DynamoDB's message.
  static Result<Condition> parse(std::string_view text, Placeholders& placeholders, Role role);

  /// Whether the condition holds for `item`. An item that does not exist is one without attributes.
  bool matches(item::MapView item) const;

  /// How much there is to evaluate: operands, operators and functions.
  std::size_t size() const { return tree_.nodes.size() + tree_.operands.size(); }

  /// The distinct top-level attributes that the condition mentions, ascending. The views are into this object.
  std::vector<std::string_view> top_level_attributes() const { return expression::top_level_attributes(tree_.paths); }

  /// The distinct top-level attributes that the condition's paths lead into, ascending. The views are into this object.
  std::vector<std::string_view> entered_attributes() const { return expression::entered_attributes(tree_.paths); }

 private:
  explicit Condition(ConditionTree tree) : tree_(std::move(tree)) {}

  ConditionTree tree_;
};

}  // namespace mrgc::expression
