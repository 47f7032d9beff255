#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/key_condition.h"
#include "unit/expression/choices.h"
#include "unit/expression/condition_model.h"
#include "unit/expression/values_model.h"

/// Random conditions on keys. What is a key condition is said here as a rule over the condition's tree, and what it
/// selects is what the same expression selects as a filter.
namespace mrgc::expression::model {

inline Path key_path(Choices& choices) {
  static constexpr std::array<std::string_view, 8> kKeys = {"p", "s", "p", "s", "p", "s", "s", "x"};
  return {.name = std::string(choices.pick(kKeys)), .steps = {}};
}

inline Condition make_key_term(Choices& choices) {
  static constexpr std::array kOps = {Op::kEqual,      Op::kEqual,    Op::kEqual,        Op::kEqual,   Op::kLess,
                                      Op::kLessEqual,  Op::kGreater,  Op::kGreaterEqual, Op::kBetween, Op::kBeginsWith,
                                      Op::kBeginsWith, Op::kNotEqual, Op::kIn,           Op::kContains};
  Condition term{.op = choices.pick(kOps), .parts = {}, .operands = {}};
  term.operands.push_back({.value = {}, .path = key_path(choices)});
  const std::size_t count = make_operand_count(choices, term.op);
  while (term.operands.size() < count) {
    Operand operand;
    operand.value = choices.below(4) == 3 ? make_number(choices) : make_text(choices);
    term.operands.push_back(std::move(operand));
  }
  if (count == 2 && choices.below(5) == 4) std::swap(term.operands[0], term.operands[1]);
  return term;
}

inline Condition make_key_condition(Choices& choices) {
  Condition condition = make_key_term(choices);
  const std::size_t count = choices.below(5);
  for (std::size_t i = 0; i < (count == 4 ? 2 : count > 0 ? 1 : 0); ++i) {
    Condition both{.op = choices.below(8) == 7 ? Op::kOr : Op::kAnd, .parts = {}, .operands = {}};
    both.parts = {std::move(condition), make_key_term(choices)};
    condition = std::move(both);
  }
  return condition;
}

/// Whether the term asks of `key`, whose type is `type`, something that keys can answer.
inline bool is_key_term(const Condition& term, std::string_view key, Type type) {
  if (term.op == Op::kNotEqual || term.op == Op::kIn || term.op == Op::kContains) return false;
  if (term.op == Op::kBeginsWith && term.operands[0].value) return false;
  return std::ranges::all_of(term.operands, [&](const Operand& operand) {
    return operand.value ? operand.value->type() == type : operand.path.name == key;
  });
}

/// Whether the condition is a key condition on the string `p` and the key `s`.
inline bool is_key_condition(const Condition& condition, Type sort_type) {
  if (!is_valid(condition) || condition.op == Op::kOr) return false;
  const auto is_partition = [](const Condition& term) {
    return term.op == Op::kEqual && is_key_term(term, "p", Type::kString);
  };
  if (condition.op != Op::kAnd) return is_partition(condition);
  const Condition& a = condition.parts[0];
  const Condition& b = condition.parts[1];
  if (!a.parts.empty()) return false;
  return (is_partition(a) && is_key_term(b, "s", sort_type)) || (is_partition(b) && is_key_term(a, "s", sort_type));
}

/// All that parsing a key condition for known keys does.
inline Result<KeyCondition> resolve(std::string_view text, Placeholders& placeholders, const KeyNames& keys) {
  Result<KeyExpression> expression = KeyExpression::parse(text, placeholders);
  if (!expression) return base::forward_error(expression);
  auto condition = expression->resolve_partition(keys);
  if (!condition) return condition;
  if (auto added = expression->resolve_sort(keys, *condition); !added) return base::forward_error(added);
  return condition;
}

/// Whether an item with this partition and sort key is selected.
inline bool selects(const KeyCondition& condition, const Value& partition, const Value& sort) {
  if (condition.partition.to_value() != partition) return false;
  using KeyOp = KeyCondition::Op;
  if (condition.op == KeyOp::kNone) return true;
  const Value low = condition.low->to_value();
  const auto against_low = order(sort, low);
  switch (condition.op) {
    case KeyOp::kEqual: return sort == low;
    case KeyOp::kLess: return *against_low < 0;
    case KeyOp::kLessEqual: return *against_low <= 0;
    case KeyOp::kGreater: return *against_low > 0;
    case KeyOp::kGreaterEqual: return *against_low >= 0;
    case KeyOp::kBeginsWith: return begins(sort, low);
    default: return *against_low >= 0 && *order(sort, condition.high->to_value()) <= 0;
  }
}

}  // namespace mrgc::expression::model
