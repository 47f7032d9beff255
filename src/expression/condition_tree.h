#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "expression/path.h"
#include "expression/placeholders.h"
#include "expression/role.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// A condition, filter or key condition expression after parsing: nodes that name their parts by index.
struct ConditionTree {
  enum class Op : std::uint8_t {
    kAnd,
    kOr,
    kNot,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kBetween,
    kIn,
    kAttributeExists,
    kAttributeNotExists,
    kAttributeType,
    kBeginsWith,
    kContains,
  };

  /// AND, OR: the nodes `first` and `second`. NOT: the node `first`. All others: `second` operands from `first` on.
  struct Node {
    Op op = Op::kAnd;
    std::uint32_t first = 0;
    std::uint32_t second = 0;
  };

  /// A value, or what a path leads to; or the `size` of that.
  struct Operand {
    std::optional<item::ValueView> value = std::nullopt;
    std::uint32_t path = 0;  ///< into `paths`, when there is no value
    bool is_size = false;
  };

  std::vector<Node> nodes;  ///< parts come before what they are parts of: the root is the last
  std::vector<Operand> operands;
  std::vector<Path> paths;
  item::Item values;  ///< keeps alive what the operands view
};

/// The operator or function as it is written: `<>`, `BETWEEN`, `begins_with`.
std::string_view to_string(ConditionTree::Op op);

/// Parses an expression of one of the three kinds and checks all that does not depend on an item.
/// Errors: `kValidation` with DynamoDB's message.
Result<ConditionTree> parse_condition_tree(std::string_view text, Placeholders& placeholders, Role role);

}  // namespace mrgc::expression
