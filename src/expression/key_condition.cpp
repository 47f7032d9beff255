#include "expression/key_condition.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "expression/path.h"
#include "expression/role.h"

namespace mrgc::expression {
namespace {

using TreeOp = ConditionTree::Op;
using Op = KeyCondition::Op;
using Operand = ConditionTree::Operand;

std::optional<Op> to_key_op(TreeOp op) {
  switch (op) {
    case TreeOp::kEqual: return Op::kEqual;
    case TreeOp::kLess: return Op::kLess;
    case TreeOp::kLessEqual: return Op::kLessEqual;
    case TreeOp::kGreater: return Op::kGreater;
    case TreeOp::kGreaterEqual: return Op::kGreaterEqual;
    case TreeOp::kBetween: return Op::kBetween;
    case TreeOp::kBeginsWith: return Op::kBeginsWith;
    default: return std::nullopt;
  }
}

// The comparison with its sides exchanged.
Op mirror(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

std::unexpected<Error> invalid_condition(std::string_view why) {
  return base::invalid(fmt::format("Invalid condition in KeyConditionExpression: {}", why));
}

// The one operand of a term that is an attribute; the others must be values. Of BETWEEN and begins_with it is the
// first.
Result<std::size_t> find_key_operand(const ConditionTree& tree, TreeOp op, std::span<const Operand> operands) {
  std::optional<std::size_t> key;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].value && !operands[i].is_size) continue;
    if (!key && i > 0 && (op == TreeOp::kBetween || op == TreeOp::kBeginsWith)) {
      return invalid_condition(
          fmt::format("{} operator must have the key attribute as its first operand", to_string(op)));
    }
    if (operands[i].is_size) return base::invalid("KeyConditionExpressions cannot contain nested operations");
    if (key) return invalid_condition("Multiple attribute names used in one condition");
    if (!tree.paths[operands[i].path].is_top_level()) {
      return base::invalid("KeyConditionExpressions cannot have conditions on nested attributes");
    }
    key = i;
  }
  if (!key) return invalid_condition("No key attribute specified");
  return *key;
}

std::unexpected<Error> missed(std::string_view key) {
  return base::invalid(fmt::format("Query condition missed key schema element: {}", key));
}

std::unexpected<Error> not_supported() { return base::invalid("Query key condition not supported"); }

}  // namespace

KeyExpression::KeyExpression(const ConditionTree& tree) : terms_(read_terms(tree)), values_(tree.values) {}

Result<KeyExpression> KeyExpression::parse(std::string_view text, Placeholders& placeholders) {
  Result<ConditionTree> tree = parse_condition_tree(text, placeholders, Role::kKeyCondition);
  if (!tree) return base::forward_error(tree);
  return KeyExpression(*tree);
}

Result<KeyExpression::Term> KeyExpression::read_term(const ConditionTree& tree, const ConditionTree::Node& node) {
  const std::optional<Op> key_op = to_key_op(node.op);
  if (!key_op) {
    return base::invalid(fmt::format("Invalid operator used in KeyConditionExpression: {}", to_string(node.op)));
  }
  const Op op = *key_op;
  const std::span<const Operand> operands = std::span(tree.operands).subspan(node.first, node.second);
  const Result<std::size_t> key = find_key_operand(tree, node.op, operands);
  if (!key) return std::unexpected(key.error());
  return Term{.attribute = tree.paths[operands[*key].path].name,
              .op = *key == 0 ? op : mirror(op),
              .low = operands[*key == 0 ? 1 : 0].value,
              .high = op == Op::kBetween ? operands[2].value : std::nullopt};
}

// The terms of `a AND b AND ...`, in order.
Result<std::vector<KeyExpression::Term>> KeyExpression::read_terms(const ConditionTree& tree) {
  std::vector<Term> terms;
  std::vector<std::size_t> rest = {tree.nodes.size() - 1};  // the last is the whole
  while (!rest.empty()) {
    const ConditionTree::Node& node = tree.nodes[rest.back()];
    rest.pop_back();
    if (node.op == TreeOp::kAnd) {
      rest.insert(rest.end(), {node.second, node.first});
      continue;
    }
    Result<Term> term = read_term(tree, node);
    if (!term) return base::forward_error(term);
    terms.push_back(std::move(*term));
  }
  for (std::size_t i = 1; i < terms.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (terms[i].attribute != terms[j].attribute) continue;
      return base::invalid(
          "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
    }
  }
  return terms;
}

Result<void> KeyExpression::check_form() const {
  if (!terms_) return std::unexpected(terms_.error());
  return {};
}

Result<void> KeyExpression::check_type(const Term& term, item::Type type) {
  if (term.low->type() == type && (!term.high || term.high->type() == type)) return {};
  return base::invalid(
      "One or more parameter values were invalid: Condition parameter type does not match schema type");
}

Result<KeyCondition> KeyExpression::resolve_partition(const KeyNames& keys) const {
  if (!terms_) return std::unexpected(terms_.error());
  if (terms_->size() > 2) {
    return base::invalid(fmt::format(
        "The number of query conditions ({}) exceeds the number of key attributes defined in the schema ({})",
        terms_->size(), keys.sort ? 2 : 1));
  }
  if (terms_->size() == 2 && !keys.sort) return not_supported();
  const Term& term = names_first(keys.partition) ? terms_->front() : terms_->back();
  if (term.attribute != keys.partition) return missed(keys.partition);
  if (Result<void> ok = check_type(term, keys.partition_type); !ok) return base::forward_error(ok);
  if (term.op != Op::kEqual) return not_supported();
  return KeyCondition{.partition = *term.low, .low = {}, .high = {}, .values = values_};
}

Result<void> KeyExpression::resolve_sort(const KeyNames& keys, KeyCondition& condition) const {
  if (terms_->size() == 1) return {};
  const Term& term = names_first(keys.partition) ? terms_->back() : terms_->front();
  if (term.attribute != *keys.sort) return missed(*keys.sort);
  if (Result<void> ok = check_type(term, keys.sort_type); !ok) return ok;
  condition.op = term.op;
  condition.low = term.low;
  condition.high = term.high;
  return {};
}

}  // namespace mrgc::expression
