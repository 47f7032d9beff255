#pragma once

#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/condition_tree.h"
#include "unit/expression/choices.h"
#include "unit/expression/printer.h"
#include "unit/expression/values_model.h"

/// Random conditions, their text, and what they mean, said a second time and naively over trees of values.
namespace mrgc::expression::model {

using Op = ConditionTree::Op;

struct Operand {
  std::optional<Value> value;
  Path path;  ///< when there is no value
  bool is_size = false;
};

struct Condition {
  Op op = Op::kEqual;
  std::vector<Condition> parts;   ///< of AND, OR, NOT
  std::vector<Operand> operands;  ///< of all others
};

inline Operand make_operand(Choices& choices) {
  Operand operand;
  operand.is_size = choices.below(6) == 5;
  if (choices.flip()) {
    // Mostly what the operators take.
    operand.value = choices.flip()   ? make_text(choices)
                    : choices.flip() ? make_number(choices)
                                     : make_value(choices, 1);
  } else {
    operand.path = make_path(choices);
  }
  return operand;
}

inline std::size_t make_operand_count(Choices& choices, Op op) {
  switch (op) {
    case Op::kAttributeExists:
    case Op::kAttributeNotExists: return 1;
    case Op::kBetween: return 3;
    case Op::kIn: return 2 + choices.below(4);
    default: return 2;
  }
}

inline Condition make_condition(Choices& choices, int depth = 4) {
  const std::size_t kind = depth > 0 ? choices.below(8) : 0;
  if (kind >= 4) {
    Condition condition{.op = kind == 7 ? Op::kNot : kind == 6 ? Op::kOr : Op::kAnd};
    for (std::size_t i = 0; i < (kind == 7 ? 1 : 2); ++i) condition.parts.push_back(make_condition(choices, depth - 1));
    return condition;
  }
  Condition condition{.op = static_cast<Op>(static_cast<std::size_t>(Op::kEqual) + choices.below(13))};
  const std::size_t count = make_operand_count(choices, condition.op);
  while (condition.operands.size() < count) condition.operands.push_back(make_operand(choices));
  return condition;
}

// --- Text -------------------------------------------------------------------------------------------------------

inline bool is_joint(Op op) { return op == Op::kAnd || op == Op::kOr; }

inline void print(Printer& printer, const Operand& operand, Choices& choices) {
  const bool has_parentheses = choices.below(5) == 4;
  if (has_parentheses) printer.token("(");
  if (operand.is_size) {
    printer.token("size");
    printer.token("(");
  }
  if (operand.value) {
    printer.value(*operand.value);
  } else {
    printer.path(operand.path);
  }
  if (operand.is_size) printer.token(")");
  if (has_parentheses) printer.token(")");
}

inline void print_list(Printer& printer, std::span<const Operand> operands, Choices& choices) {
  printer.token("(");
  for (const Operand& operand : operands) {
    if (&operand != &operands.front()) printer.token(",");
    print(printer, operand, choices);
  }
  printer.token(")");
}

inline void print_test(Printer& printer, const Condition& condition, Choices& choices) {
  const std::span<const Operand> operands = condition.operands;
  const std::string_view name = to_string(condition.op);
  if (condition.op >= Op::kAttributeExists) {
    printer.token(name);
    return print_list(printer, operands, choices);
  }
  print(printer, operands[0], choices);
  if (condition.op == Op::kIn) {
    printer.keyword(name);
    return print_list(printer, operands.subspan(1), choices);
  }
  if (condition.op == Op::kBetween) {
    printer.keyword(name);
    print(printer, operands[1], choices);
    printer.keyword("AND");
    return print(printer, operands[2], choices);
  }
  printer.token(name);
  print(printer, operands[1], choices);
}

inline void print(Printer& printer, const Condition& condition, Choices& choices);

/// `part` inside of `outer`: parentheses where the precedence asks for them, and sometimes where it does not.
inline void print_part(Printer& printer, const Condition& part, Op outer, Choices& choices) {
  const bool binds_looser = is_joint(part.op) && (outer == Op::kNot || (outer == Op::kAnd && part.op == Op::kOr));
  const bool has_parentheses = binds_looser || choices.flip();
  if (has_parentheses) printer.token("(");
  print(printer, part, choices);
  if (has_parentheses) printer.token(")");
}

inline void print(Printer& printer, const Condition& condition, Choices& choices) {
  if (condition.op == Op::kNot) {
    printer.keyword("NOT");
    return print_part(printer, condition.parts[0], condition.op, choices);
  }
  if (!is_joint(condition.op)) return print_test(printer, condition, choices);
  print_part(printer, condition.parts[0], condition.op, choices);
  printer.keyword(to_string(condition.op));
  print_part(printer, condition.parts[1], condition.op, choices);
}

// --- Rules that hold whatever the item --------------------------------------------------------------------------

inline bool is_text(Type type) { return type == Type::kString || type == Type::kBinary; }

/// Whether an operand's type, where it is known, satisfies `allows`.
template <typename Allows>
bool type_fits(const Operand& operand, Allows allows) {
  if (operand.is_size) return allows(Type::kNumber);
  return !operand.value || allows(operand.value->type());
}

inline std::optional<std::strong_ordering> order(const Value& a, const Value& b) {
  if (a.type() != b.type()) return std::nullopt;
  if (const auto* text = a.as<std::string>()) return *text <=> *b.as<std::string>();
  if (const auto* number = a.as<Number>()) return *number <=> *b.as<Number>();
  if (const auto* binary = a.as<Value::Binary>()) return *binary <=> *b.as<Value::Binary>();
  return std::nullopt;
}

inline bool is_valid_test(const Condition& test) {
  const std::vector<Operand>& operands = test.operands;
  const auto all_fit = [&](auto allows) {
    return std::ranges::all_of(operands, [&](const Operand& operand) { return type_fits(operand, allows); });
  };
  const auto is_ordered = [](Type type) { return is_text(type) || type == Type::kNumber; };
  const auto is_path = [](const Operand& operand) { return !operand.value && !operand.is_size; };
  for (const Operand& operand : operands) {
    if (!operand.is_size || !operand.value) continue;
    const Type type = operand.value->type();
    if (type == Type::kNumber || type == Type::kBool || type == Type::kNull) return false;
  }
  for (std::size_t i = 1; i < operands.size(); ++i) {
    if (is_path(operands[0]) && is_path(operands[i]) && operands[0].path == operands[i].path) return false;
  }
  switch (test.op) {
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return all_fit(is_ordered);
    case Op::kBetween: {
      if (!all_fit(is_ordered)) return false;
      if (operands[1].is_size || operands[2].is_size || !operands[1].value || !operands[2].value) return true;
      const auto bounds = order(*operands[1].value, *operands[2].value);
      return bounds && *bounds <= 0;
    }
    case Op::kAttributeExists:
    case Op::kAttributeNotExists: return is_path(operands[0]);
    case Op::kBeginsWith: return all_fit(is_text);
    case Op::kAttributeType: {
      const auto* type = operands[1].value && !operands[1].is_size ? operands[1].value->as<std::string>() : nullptr;
      return type != nullptr && (*type == "N" || *type == "L" || *type == "BOOL");  // of the vocabulary
    }
    default: return true;
  }
}

inline bool is_valid(const Condition& condition) {
  if (condition.parts.empty()) return is_valid_test(condition);
  return std::ranges::all_of(condition.parts, [](const Condition& part) { return is_valid(part); });
}

// --- Meaning ----------------------------------------------------------------------------------------------------

inline std::optional<int> size_of_value(const Value& value) {
  const auto count = [](const auto* elements) { return static_cast<int>(elements->size()); };
  if (const auto* text = value.as<std::string>()) {
    return std::ranges::find(kTexts, std::string_view(*text), &Text::text)->utf16_units;
  }
  if (const auto* binary = value.as<Value::Binary>()) return static_cast<int>(binary->bytes.size());
  if (const auto* set = value.as<Value::StringSet>()) return count(set);
  if (const auto* set = value.as<Value::NumberSet>()) return count(set);
  if (const auto* set = value.as<Value::BinarySet>()) return count(set);
  if (const auto* map = value.as<Value::Map>()) return count(map);
  if (const auto* list = value.as<Value::List>()) return count(list);
  return std::nullopt;
}

inline std::optional<Value> find_operand(const Operand& operand, const Value::Map& item) {
  std::optional<Value> value = operand.value;
  if (!value) {
    const Value* found = find_value(item, operand.path);
    if (found == nullptr) return std::nullopt;
    value = *found;
  }
  if (!operand.is_size) return value;
  const std::optional<int> size = size_of_value(*value);
  return size ? std::optional(Value(*size)) : std::nullopt;
}

inline bool begins(const Value& value, const Value& prefix) {
  if (const auto *text = value.as<std::string>(), *begin = prefix.as<std::string>();
      text != nullptr && begin != nullptr) {
    return text->starts_with(*begin);
  }
  const auto *bytes = value.as<Value::Binary>(), *begin = prefix.as<Value::Binary>();
  return bytes != nullptr && begin != nullptr && bytes->bytes.starts_with(begin->bytes);
}

template <typename Element, typename Set>
bool set_contains(const Value& set, const Value& element) {
  const auto* elements = set.as<Set>();
  const auto* wanted = element.as<Element>();
  return elements != nullptr && wanted != nullptr && std::ranges::find(*elements, *wanted) != elements->end();
}

inline bool includes(const Value& whole, const Value& part) {
  if (const auto *text = whole.as<std::string>(), *inner = part.as<std::string>();
      text != nullptr && inner != nullptr) {
    return text->contains(*inner);
  }
  if (const auto *bytes = whole.as<Value::Binary>(), *inner = part.as<Value::Binary>();
      bytes != nullptr && inner != nullptr) {
    return bytes->bytes.contains(inner->bytes);
  }
  if (const auto* list = whole.as<Value::List>()) return std::ranges::find(*list, part) != list->end();
  return set_contains<std::string, Value::StringSet>(whole, part) ||
         set_contains<Number, Value::NumberSet>(whole, part) ||
         set_contains<Value::Binary, Value::BinarySet>(whole, part);
}

inline bool holds_test(const Condition& test, const Value::Map& item) {
  std::vector<std::optional<Value>> found;
  for (const Operand& operand : test.operands) found.push_back(find_operand(operand, item));
  if (test.op == Op::kAttributeExists) return found[0].has_value();
  if (test.op == Op::kAttributeNotExists) return !found[0].has_value();
  if (test.op == Op::kNotEqual) return !found[0] || !found[1] || *found[0] != *found[1];
  if (!found[0]) return false;
  const Value& value = *found[0];
  if (test.op == Op::kIn) {
    return std::any_of(found.begin() + 1, found.end(), [&](const auto& other) { return other && *other == value; });
  }
  if (!found[1]) return false;
  const auto ordered = order(value, *found[1]);
  switch (test.op) {
    case Op::kEqual: return value == *found[1];
    case Op::kLess: return ordered && *ordered < 0;
    case Op::kLessEqual: return ordered && *ordered <= 0;
    case Op::kGreater: return ordered && *ordered > 0;
    case Op::kGreaterEqual: return ordered && *ordered >= 0;
    case Op::kAttributeType: return item::to_string(value.type()) == *found[1]->as<std::string>();
    case Op::kBeginsWith: return begins(value, *found[1]);
    case Op::kContains: return includes(value, *found[1]);
    default: break;
  }
  const auto below = found[2] ? order(value, *found[2]) : std::nullopt;  // BETWEEN
  return ordered && *ordered >= 0 && below && *below <= 0;
}

inline bool holds(const Condition& condition, const Value::Map& item) {
  switch (condition.op) {
    case Op::kAnd: return holds(condition.parts[0], item) && holds(condition.parts[1], item);
    case Op::kOr: return holds(condition.parts[0], item) || holds(condition.parts[1], item);
    case Op::kNot: return !holds(condition.parts[0], item);
    default: return holds_test(condition, item);
  }
}

}  // namespace mrgc::expression::model
