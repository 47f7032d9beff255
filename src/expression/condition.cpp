#include "expression/condition.h"

#include <optional>
#include <string>

#include "expression/compare.h"

namespace mrgc::expression {
namespace {

using item::MapView;
using item::ValueView;
using Op = ConditionTree::Op;
using Found = std::optional<ValueView>;

/// One evaluation of a tree on an item.
class Evaluation {
 public:
  Evaluation(const ConditionTree& tree, MapView item) : tree_(tree), item_(item) {}

  bool holds(std::uint32_t index) {
    const ConditionTree::Node& node = tree_.nodes[index];
    switch (node.op) {
      case Op::kAnd: return holds(node.first) && holds(node.second);
      case Op::kOr: return holds(node.first) || holds(node.second);
      case Op::kNot: return !holds(node.first);
      case Op::kBetween: return is_between(node);
      case Op::kIn: return is_in(node);
      case Op::kAttributeExists: return find(node.first).has_value();
      case Op::kAttributeNotExists: return !find(node.first).has_value();
      default: return test_two(node);
    }
  }

 private:
  /// An operand's value. A `size` has no encoded value anywhere, so it keeps its own.
  class Resolved {
   public:
    Resolved(Evaluation& evaluation, std::uint32_t operand) : found_(evaluation.find(operand)) {
      if (!evaluation.tree_.operands[operand].is_size || !found_) return;
      const std::optional<std::size_t> size = size_of(*found_);
      found_.reset();
      if (!size) return;
      item::append_encoded(size_, item::Value(static_cast<std::int64_t>(*size)));
      found_ = ValueView(size_);
    }
    Resolved(const Resolved&) = delete;
    Resolved& operator=(const Resolved&) = delete;

    explicit operator bool() const { return found_.has_value(); }
    const ValueView& operator*() const { return *found_; }
    const ValueView* operator->() const { return &*found_; }

   private:
    Found found_;
    std::string size_;
  };

  Found find(std::uint32_t operand) {
    const ConditionTree::Operand& wanted = tree_.operands[operand];
    return wanted.value ? wanted.value : tree_.paths[wanted.path].resolve(item_);
  }

  bool test_two(const ConditionTree::Node& node) {
    const Resolved a(*this, node.first);
    const Resolved b(*this, node.first + 1);
    if (!a || !b) return node.op == Op::kNotEqual;
    switch (node.op) {
      case Op::kEqual: return *a == *b;
      case Op::kNotEqual: return *a != *b;
      case Op::kLess: return compare(*a, *b) == std::strong_ordering::less;
      case Op::kGreater: return compare(*a, *b) == std::strong_ordering::greater;
      case Op::kLessEqual: return is_at_most(*a, *b);
      case Op::kGreaterEqual: return is_at_most(*b, *a);
      case Op::kAttributeType: return to_string(a->type()) == b->as_string();
      case Op::kBeginsWith: return begins_with(*a, *b);
      default: return contains(*a, *b);
    }
  }

  static bool is_at_most(const ValueView& a, const ValueView& b) {
    const std::optional<std::strong_ordering> order = compare(a, b);
    return order && *order <= 0;
  }

  bool is_between(const ConditionTree::Node& node) {
    const Resolved value(*this, node.first);
    const Resolved low(*this, node.first + 1);
    const Resolved high(*this, node.first + 2);
    return value && low && high && is_at_most(*low, *value) && is_at_most(*value, *high);
  }

  bool is_in(const ConditionTree::Node& node) {
    const Resolved value(*this, node.first);
    if (!value) return false;
    for (std::uint32_t i = 1; i < node.second; ++i) {
      const Resolved candidate(*this, node.first + i);
      if (candidate && *candidate == *value) return true;
    }
    return false;
  }

  const ConditionTree& tree_;
  item::MapLookup item_;
};

}  // namespace

Result<Condition> Condition::parse(std::string_view text, Placeholders& placeholders, Role role) {
  Result<ConditionTree> tree = parse_condition_tree(text, placeholders, role);
  if (!tree) return base::forward_error(tree);
  return Condition(std::move(*tree));
}

bool Condition::matches(MapView item) const {
  return Evaluation(tree_, item).holds(static_cast<std::uint32_t>(tree_.nodes.size() - 1));
}

}  // namespace mrgc::expression
