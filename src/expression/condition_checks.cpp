#include "expression/condition_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "expression/compare.h"
#include "expression/limits.h"

namespace mrgc::expression {
namespace {

using item::Type;
using item::ValueView;
using Op = ConditionTree::Op;
using Operand = ConditionTree::Operand;
using Fault = Parser::Fault;

constexpr std::string_view kTypeNames = "{B,NS,SS,BS,L,M,BOOL,N,NULL,S}";

bool is_type_name(std::string_view name) {
  static constexpr std::array kTypes = {Type::kString,    Type::kNumber,    Type::kBinary, Type::kStringSet,
                                        Type::kNumberSet, Type::kBinarySet, Type::kMap,    Type::kList,
                                        Type::kBool,      Type::kNull};
  return std::ranges::any_of(kTypes, [&](Type type) { return to_string(type) == name; });
}

// A bound of BETWEEN as DynamoDB shows it. A binary's bytes do not belong in a message.
std::string describe(const ValueView& value) {
  switch (value.type()) {
    case Type::kString: return fmt::format("AttributeValue: {{S:{}}}", value.as_string());
    case Type::kNumber: return fmt::format("AttributeValue: {{N:{}}}", value.as_number().to_string());
    default: return fmt::format("AttributeValue: {{B:{} bytes}}", value.as_binary().size());
  }
}

}  // namespace

void ConditionChecks::check(Op op, std::size_t first) {
  const Operands operands = Operands(tree_.operands).subspan(first);
  const std::string_view name = to_string(op);
  switch (op) {
    case Op::kAttributeExists:
    case Op::kAttributeNotExists:
      if (has_count(name, operands, 1)) check_path(name, operands[0]);
      return;
    case Op::kAttributeType:
      if (!has_count(name, operands, 2)) return;
      check_distinct(name, operands);
      return check_attribute_type(name, operands[1]);
    case Op::kBeginsWith:
      if (!has_count(name, operands, 2)) return;
      check_texts(name, operands);
      return check_distinct(name, operands);
    case Op::kContains:
      if (has_count(name, operands, 2)) check_distinct(name, operands);
      return;
    case Op::kBetween:
      check_ordered(name, operands);
      check_bounds(operands[1], operands[2]);
      return check_distinct(name, operands);
    case Op::kIn:
      if (const std::size_t count = operands.size() - 1; count > kMaxInOperands && parser_.is_limited()) {
        parser_.complain(
            Fault::kMeaning,
            fmt::format("The IN operator is provided with too many operands; number of operands: {}", count));
      }
      return check_distinct(name, operands);
    case Op::kEqual:
    case Op::kNotEqual: return check_distinct(name, operands);
    default: check_ordered(name, operands); return check_distinct(name, operands);
  }
}

void ConditionChecks::check_size(std::size_t first) {
  const Operands operands = Operands(tree_.operands).subspan(first);
  if (!has_count("size", operands, 1)) return;
  const std::optional<Type> type = type_of(operands[0]);
  if (type == Type::kNumber || type == Type::kBool || type == Type::kNull) complain_type("size", to_string(*type));
}

std::optional<Type> ConditionChecks::type_of(const Operand& operand) const {
  if (operand.is_size) return Type::kNumber;
  return operand.value ? std::optional(operand.value->type()) : std::nullopt;
}

const Path* ConditionChecks::path_of(const Operand& operand) const {
  if (operand.is_size || operand.value || operand.path == kWrongPath) return nullptr;
  return &tree_.paths[operand.path];
}

bool ConditionChecks::has_count(std::string_view name, Operands operands, std::size_t count) {
  if (operands.size() == count) return true;
  parser_.complain(Fault::kMeaning,
                   fmt::format("Incorrect number of operands for operator or function; operator or function: {}, "
                               "number of operands: {}",
                               name, operands.size()));
  return false;
}

void ConditionChecks::check_path(std::string_view name, const Operand& operand) {
  if (path_of(operand) != nullptr) return;
  parser_.complain(Fault::kMeaning,
                   fmt::format("Operator or function requires a document path; operator or function: {}", name));
}

void ConditionChecks::check_ordered(std::string_view name, Operands operands) {
  for (const Operand& operand : operands) {
    const std::optional<Type> type = type_of(operand);
    if (type && !is_ordered(*type)) complain_type(name, to_string(*type));
  }
}

void ConditionChecks::check_texts(std::string_view name, Operands operands) {
  for (const Operand& operand : operands) {
    const std::optional<Type> type = type_of(operand);
    if (type && *type != Type::kString && *type != Type::kBinary) complain_type(name, to_string(*type));
  }
}

void ConditionChecks::check_attribute_type(std::string_view name, const Operand& operand) {
  const std::optional<Type> type = type_of(operand);
  if (type != Type::kString) return complain_type(name, type ? to_string(*type) : kTypeNames);
  if (const std::string_view wanted = operand.value->as_string(); !is_type_name(wanted)) {
    parser_.complain(Fault::kMeaning,
                     fmt::format("Invalid attribute type name found; type: {}, valid types: {}", wanted, kTypeNames));
  }
}

void ConditionChecks::check_bounds(const Operand& low, const Operand& high) {
  if (low.is_size || high.is_size || !low.value || !high.value) return;
  if (!is_ordered(low.value->type()) || !is_ordered(high.value->type())) return;  // complained about already
  const std::optional<std::strong_ordering> order = compare(*low.value, *high.value);
  if (order && *order <= 0) return;
  parser_.complain(Fault::kMeaning,
                   fmt::format("The BETWEEN operator requires {}; lower bound operand: {}, upper bound operand: {}",
                               order ? "upper bound to be greater than or equal to lower bound"
                                     : "same data type for lower and upper bounds",
                               describe(*low.value), describe(*high.value)));
}

void ConditionChecks::check_distinct(std::string_view name, Operands operands) {
  const Path* first = path_of(operands.front());
  if (first == nullptr) return;
  for (const Operand& operand : operands.subspan(1)) {
    const Path* other = path_of(operand);
    if (other == nullptr || *other != *first) continue;
    return parser_.complain(Fault::kMeaning,
                            fmt::format("The first operand must be distinct from the remaining operands for this "
                                        "operator or function; operator: {}, first operand: {}",
                                        name, to_string(*first)));
  }
}

void ConditionChecks::complain_type(std::string_view name, std::string_view type) {
  parser_.complain(Fault::kMeaning,
                   fmt::format("Incorrect operand type for operator or function; operator or function: {}, "
                               "operand type: {}",
                               name, type));
}

}  // namespace mrgc::expression
