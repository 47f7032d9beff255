#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/update_tree.h"
#include "unit/expression/choices.h"
#include "unit/expression/printer.h"
#include "unit/expression/values_model.h"

/// Random updates, their text, and what they do, said a second time: first everything that puts a value somewhere, then
/// everything that removes one, from the back.
namespace mrgc::expression::model {

using Clause = UpdateTree::Clause;

struct Expression {
  enum class Kind : std::uint8_t { kPath, kValue, kPlus, kMinus, kIfNotExists, kListAppend };
  Kind kind = Kind::kPath;
  Path path;                      ///< of kPath and kIfNotExists
  Value value;                    ///< of kValue
  std::vector<Expression> parts;  ///< of the operators and functions; of kIfNotExists one
};
using Kind = Expression::Kind;

struct Action {
  Clause clause = Clause::kSet;
  Path target;
  Expression right = {};
};

inline Expression make_expression(Choices& choices, int depth, bool is_whole) {
  static constexpr std::array kWhole = {Kind::kPath, Kind::kValue, Kind::kIfNotExists, Kind::kListAppend,
                                        Kind::kPlus, Kind::kMinus, Kind::kValue};
  Expression expression{.kind = depth > 0        ? kWhole[choices.below(is_whole ? kWhole.size() : 4)]
                                : choices.flip() ? Kind::kPath
                                                 : Kind::kValue};
  const auto make_part = [&] { return make_expression(choices, depth - 1, false); };
  switch (expression.kind) {
    case Kind::kPath: expression.path = make_path(choices); break;
    case Kind::kValue: expression.value = choices.flip() ? make_number(choices) : make_value(choices, 2); break;
    case Kind::kIfNotExists:
      expression.path = make_path(choices);
      expression.parts = {make_part()};
      break;
    default: expression.parts = {make_part(), make_part()};
  }
  return expression;
}

inline std::vector<Action> make_update(Choices& choices) {
  std::vector<Action> actions;
  const std::size_t count = 1 + choices.below(5);
  while (actions.size() < count) {
    Action action{.clause = static_cast<Clause>(choices.below(4)), .target = make_path(choices)};
    if (action.clause == Clause::kSet) action.right = make_expression(choices, 2, true);
    if (action.clause == Clause::kAdd || action.clause == Clause::kDelete) {
      action.right.kind = Kind::kValue;
      static constexpr std::array kSets = {Type::kStringSet, Type::kNumberSet, Type::kBinarySet};
      const std::size_t kind = choices.below(8);
      action.right.value = kind < 5   ? make_set(choices, choices.pick(kSets))
                           : kind < 7 ? make_number(choices)
                                      : make_value(choices, 1);
    }
    actions.push_back(std::move(action));
  }
  return actions;
}

// --- Text -------------------------------------------------------------------------------------------------------

inline void print(Printer& printer, const Expression& expression, Choices& choices) {
  const bool has_parentheses = choices.below(5) == 4;
  if (has_parentheses) printer.token("(");
  switch (expression.kind) {
    case Kind::kPath: printer.path(expression.path); break;
    case Kind::kValue: printer.value(expression.value); break;
    case Kind::kPlus:
    case Kind::kMinus:
      print(printer, expression.parts[0], choices);
      printer.token(expression.kind == Kind::kPlus ? "+" : "-");
      print(printer, expression.parts[1], choices);
      break;
    default:
      printer.token(expression.kind == Kind::kIfNotExists ? "if_not_exists" : "list_append");
      printer.token("(");
      if (expression.kind == Kind::kIfNotExists) {
        printer.path(expression.path);
      } else {
        print(printer, expression.parts[0], choices);
      }
      printer.token(",");
      print(printer, expression.parts.back(), choices);
      printer.token(")");
  }
  if (has_parentheses) printer.token(")");
}

inline void print(Printer& printer, const std::vector<Action>& actions, Choices& choices) {
  static constexpr std::array<std::string_view, 4> kClauses = {"SET", "REMOVE", "ADD", "DELETE"};
  const std::size_t first = choices.below(4);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto clause = static_cast<Clause>((first + i) % 4);
    bool is_open = false;
    for (const Action& action : actions) {
      if (action.clause != clause) continue;
      if (is_open) {
        printer.token(",");
      } else {
        printer.keyword(kClauses[static_cast<std::size_t>(clause)]);
      }
      is_open = true;
      printer.path(action.target);
      if (clause == Clause::kSet) printer.token("=");
      if (clause == Clause::kSet) print(printer, action.right, choices);
      if (clause == Clause::kAdd || clause == Clause::kDelete) printer.value(action.right.value);
    }
  }
}

// --- Rules that hold whatever the item --------------------------------------------------------------------------

inline bool is_set(const Value& value) {
  return value.type() == Type::kStringSet || value.type() == Type::kNumberSet || value.type() == Type::kBinarySet;
}

inline bool is_valid(const Expression& expression, bool is_whole) {
  if (expression.kind == Kind::kListAppend && !is_whole) return false;
  for (const Expression& part : expression.parts) {
    if (!is_valid(part, false)) return false;
    if (part.kind == Kind::kPath && expression.kind == Kind::kIfNotExists && part.path == expression.path) return false;
    if (part.kind != Kind::kValue || expression.kind == Kind::kIfNotExists) continue;
    const Type needed = expression.kind == Kind::kListAppend ? Type::kList : Type::kNumber;
    if (part.value.type() != needed) return false;
  }
  return true;
}

inline bool is_valid(const std::vector<Action>& actions) {
  std::vector<Path> targets;
  for (const Action& action : actions) {
    targets.push_back(action.target);
    const Value& value = action.right.value;
    if (action.clause == Clause::kSet && !is_valid(action.right, true)) return false;
    if (action.clause == Clause::kAdd && !is_set(value) && value.type() != Type::kNumber) return false;
    if (action.clause == Clause::kDelete && !is_set(value)) return false;
  }
  return !any_clash(targets);
}

// --- Meaning ----------------------------------------------------------------------------------------------------

/// The item does not suit the update.
struct Unsuitable {};
template <typename T>
using Outcome = std::expected<T, Unsuitable>;

inline Outcome<Value> compute(const Expression& expression, const Value::Map& before) {
  if (expression.kind == Kind::kValue) return expression.value;
  const Value* found = find_value(before, expression.path);
  if (expression.kind == Kind::kPath) return found != nullptr ? Outcome<Value>(*found) : std::unexpected(Unsuitable());
  std::vector<Value> parts;
  for (const Expression& part : expression.parts) {
    const Outcome<Value> value = compute(part, before);
    if (!value) return value;
    parts.push_back(*value);
  }
  if (expression.kind == Kind::kIfNotExists) return found != nullptr ? *found : parts[0];
  if (expression.kind == Kind::kListAppend) {
    auto* front = parts[0].as<Value::List>();
    auto* back = parts[1].as<Value::List>();
    if (front == nullptr || back == nullptr) return std::unexpected(Unsuitable());
    front->insert(front->end(), back->begin(), back->end());
    return parts[0];
  }
  const auto* a = parts[0].as<Number>();
  const auto* b = parts[1].as<Number>();
  if (a == nullptr || b == nullptr) return std::unexpected(Unsuitable());
  const Result<Number> result = expression.kind == Kind::kPlus ? a->plus(*b) : a->minus(*b);
  return result ? Outcome<Value>(Value(*result)) : std::unexpected(Unsuitable());
}

template <typename Element>
std::optional<Value> change_set(Clause clause, const Value& old, const Value& delta,
                                Value (*make)(std::vector<Element>)) {
  std::set<Element> elements(old.as<std::vector<Element>>()->begin(), old.as<std::vector<Element>>()->end());
  for (const Element& element : *delta.as<std::vector<Element>>()) {
    if (clause == Clause::kAdd) elements.insert(element);
    if (clause == Clause::kDelete) elements.erase(element);
  }
  if (elements.empty()) return std::nullopt;
  return make(std::vector<Element>(elements.begin(), elements.end()));
}

/// What the target becomes; nothing when it is removed.
inline Outcome<std::optional<Value>> compute(const Action& action, const Value::Map& before) {
  if (action.clause == Clause::kRemove) return std::nullopt;
  if (action.clause == Clause::kSet) {
    const Outcome<Value> value = compute(action.right, before);
    return value ? Outcome<std::optional<Value>>(*value) : std::unexpected(value.error());
  }
  const Value* old = find_value(before, action.target);
  const Value& delta = action.right.value;
  if (old == nullptr) return action.clause == Clause::kAdd ? std::optional(delta) : std::nullopt;
  if (old->type() != delta.type()) return std::unexpected(Unsuitable());
  if (delta.type() == Type::kStringSet) return change_set<std::string>(action.clause, *old, delta, Value::string_set);
  if (delta.type() == Type::kNumberSet) return change_set<Number>(action.clause, *old, delta, Value::number_set);
  if (delta.type() == Type::kBinarySet) return change_set<Value::Binary>(action.clause, *old, delta, Value::binary_set);
  const Result<Number> sum = old->as<Number>()->plus(*delta.as<Number>());
  return sum ? Outcome<std::optional<Value>>(Value(*sum)) : std::unexpected(Unsuitable());
}

/// Puts `value` at `target`, or removes what `before` has there.
inline Outcome<void> place(Value::Map& item, const Value::Map& before, const Path& target,
                           const std::optional<Value>& value) {
  if (target.is_top_level()) {
    if (value) {
      item.insert_or_assign(target.name, *value);
    } else {
      item.erase(target.name);
    }
    return {};
  }
  Path around = target;
  around.steps.pop_back();
  Value* container = find_value(item, around);
  if (container == nullptr || find_value(before, around) == nullptr) return std::unexpected(Unsuitable());
  const auto* name = std::get_if<std::string>(&target.steps.back());
  if (auto* map = container->as<Value::Map>(); map != nullptr && name != nullptr) {
    if (value) {
      map->insert_or_assign(*name, *value);
    } else {
      map->erase(*name);
    }
    return {};
  }
  auto* list = container->as<Value::List>();
  if (list == nullptr || name != nullptr) return std::unexpected(Unsuitable());
  const std::size_t index = std::get<std::uint32_t>(target.steps.back());
  const bool existed = find_value(before, target) != nullptr;
  if (value && existed) (*list)[index] = *value;
  if (value && !existed) list->push_back(*value);
  if (!value && existed) list->erase(list->begin() + static_cast<std::ptrdiff_t>(index));
  return {};
}

inline Outcome<Value::Map> apply(std::vector<Action> actions, const Value::Map& before) {
  std::ranges::sort(actions, {}, &Action::target);
  std::vector<std::optional<Value>> values;
  for (const Action& action : actions) {
    const auto value = compute(action, before);
    if (!value) return std::unexpected(value.error());
    values.push_back(*value);
  }
  Value::Map item = before;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (!values[i]) continue;
    if (const auto ok = place(item, before, actions[i].target, values[i]); !ok) return std::unexpected(ok.error());
  }
  for (std::size_t i = actions.size(); i-- > 0;) {
    if (values[i]) continue;
    if (const auto ok = place(item, before, actions[i].target, values[i]); !ok) return std::unexpected(ok.error());
  }
  return item;
}

}  // namespace mrgc::expression::model
