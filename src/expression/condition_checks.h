#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "expression/condition_tree.h"
#include "expression/parser.h"

namespace mrgc::expression {

/// Stands for the path of an operand that was complained about already.
inline constexpr std::uint32_t kWrongPath = std::numeric_limits<std::uint32_t>::max();

/// The rules for the operands of an operator or function that hold whatever the item. What breaks one is complained
/// about to the parser.
class ConditionChecks {
 public:
  /// Both must outlive this object.
  ConditionChecks(Parser& parser, const ConditionTree& tree) : parser_(parser), tree_(tree) {}

  /// Checks the operands of `op`, which are those from `first` on.
  void check(ConditionTree::Op op, std::size_t first);

  /// Checks the operands of the function `size`.
  void check_size(std::size_t first);

 private:
  using Operands = std::span<const ConditionTree::Operand>;

  std::optional<item::Type> type_of(const ConditionTree::Operand& operand) const;
  const Path* path_of(const ConditionTree::Operand& operand) const;
  bool has_count(std::string_view name, Operands operands, std::size_t count);
  void check_path(std::string_view name, const ConditionTree::Operand& operand);
  void check_ordered(std::string_view name, Operands operands);
  void check_texts(std::string_view name, Operands operands);
  void check_attribute_type(std::string_view name, const ConditionTree::Operand& operand);
  void check_bounds(const ConditionTree::Operand& low, const ConditionTree::Operand& high);
  void check_distinct(std::string_view name, Operands operands);
  void complain_type(std::string_view name, std::string_view type);

  Parser& parser_;
  const ConditionTree& tree_;
};

}  // namespace mrgc::expression
