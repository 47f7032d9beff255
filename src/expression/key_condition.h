#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/condition_tree.h"
#include "expression/placeholders.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// The key attributes of the table or index that is queried.
struct KeyNames {
  std::string_view partition;
  item::Type partition_type = item::Type::kString;
  std::optional<std::string_view> sort;
  item::Type sort_type = item::Type::kString;
};

/// What a query selects by key (Developer Guide, "Key condition expressions"): the partition, and a condition on the
/// sort key.
struct KeyCondition {
  enum class Op : std::uint8_t { kNone, kEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kBetween, kBeginsWith };

  item::ValueView partition;            ///< of the partition key's type
  Op op = Op::kNone;                    ///< what is asked of the sort key; `kNone`: anything
  std::optional<item::ValueView> low;   ///< of the sort key's type; set unless `op` is `kNone`
  std::optional<item::ValueView> high;  ///< of the sort key's type, at least `low`; set when `op` is `kBetween`
  item::Item values;                    ///< keeps alive what the members above view
};

/// A parsed `KeyConditionExpression`: an equality on the partition key and, joined by `AND` in either order, at most
/// one condition on the sort key. DynamoDB tells what is wrong with it in three steps, with other checks between them:
/// its syntax, its form, which both need no table, and whether it suits the keys, one after the other.
///
/// Movable and copyable. Holds everything it needs; thread-safe once made. Errors of all calls: `kValidation` with
/// DynamoDB's message.
class KeyExpression {
 public:
  /// Parses `text`.
  static Result<KeyExpression> parse(std::string_view text, Placeholders& placeholders);

  /// Whether this is a condition on each of some keys, whatever their names.
  Result<void> check_form() const;

  /// The condition on the partition key; fails as `check_form` does when that fails.
  Result<KeyCondition> resolve_partition(const KeyNames& keys) const;

  /// Adds the condition on the sort key to that on the partition key.
  Result<void> resolve_sort(const KeyNames& keys, KeyCondition& condition) const;

 private:
  /// One condition: an attribute on the left, values on the right.
  struct Term {
    std::string attribute;
    KeyCondition::Op op = KeyCondition::Op::kNone;
    std::optional<item::ValueView> low;
    std::optional<item::ValueView> high;
  };

  explicit KeyExpression(const ConditionTree& tree);
  static Result<Term> read_term(const ConditionTree& tree, const ConditionTree::Node& node);
  static Result<std::vector<Term>> read_terms(const ConditionTree& tree);
  static Result<void> check_type(const Term& term, item::Type type);
  bool names_first(std::string_view partition) const { return terms_->front().attribute == partition; }

  Result<std::vector<Term>> terms_;
  item::Item values_;
};

}  // namespace mrgc::expression
