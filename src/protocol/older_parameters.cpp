#include "protocol/older_parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include "expression/compare.h"
#include "item/set_types.h"
#include "item/storable.h"
#include "protocol/attribute_value.h"

namespace mrgc::protocol {
namespace {

using item::Type;

// What an operator of the older parameters takes, and the expression that means the same.
struct Operator {
  std::string_view name;
  std::size_t min_operands;
  std::size_t max_operands;
  std::string_view types;       // of operands, separated by spaces; empty: any
  std::string_view expression;  // {0}: the attribute, {1}: the operand or operands, {2}: the second one
};

constexpr std::string_view kScalars = "S N B";
constexpr std::size_t kMany = std::numeric_limits<std::size_t>::max();
constexpr std::array<Operator, 13> kOperators = {{
    {"EQ", 1, 1, "", "{0} = {1}"},
    {"NE", 1, 1, "", "{0} <> {1}"},
    {"LE", 1, 1, kScalars, "{0} <= {1}"},
    {"LT", 1, 1, kScalars, "{0} < {1}"},
    {"GE", 1, 1, kScalars, "{0} >= {1}"},
    {"GT", 1, 1, kScalars, "{0} > {1}"},
    {"CONTAINS", 1, 1, kScalars, "contains({0}, {1})"},
    {"NOT_CONTAINS", 1, 1, kScalars, "(attribute_exists({0}) AND NOT contains({0}, {1}))"},
    {"BEGINS_WITH", 1, 1, "S B", "begins_with({0}, {1})"},
    {"NULL", 0, 0, "", "attribute_not_exists({0})"},
    {"NOT_NULL", 0, 0, "", "attribute_exists({0})"},
    {"IN", 1, kMany, kScalars, "{0} IN ({1})"},
    {"BETWEEN", 2, 2, kScalars, "{0} BETWEEN {1} AND {2}"},
}};

const Operator& find_operator(std::string_view name) { return *std::ranges::find(kOperators, name, &Operator::name); }

bool is_allowed(const Operator& op, Type type) {
  if (op.types.empty()) return true;
  const std::string_view name = item::to_string(type);
  std::string_view rest = op.types;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == name) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Result<void> check_operands(const Operator& op, const std::vector<item::Value>& operands) {
  if (operands.size() < op.min_operands || operands.size() > op.max_operands) {
    return invalid_parameters(fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", op.name));
  }
  for (const item::Value& operand : operands) {
    if (!is_allowed(op, operand.type())) {
      return invalid_parameters(fmt::format("ComparisonOperator {} is not valid for {} AttributeValue type", op.name,
                                            item::to_string(operand.type())));
    }
    if (operand.type() != operands.front().type()) {
      return invalid_parameters("AttributeValues inside AttributeValueList must be of same type");
    }
  }
  return {};
}

bool is_descending(const item::Value& low, const item::Value& high) {
  std::string low_bytes;
  std::string high_bytes;
  item::append_encoded(low_bytes, low);
  item::append_encoded(high_bytes, high);
  return expression::compare(item::ValueView(low_bytes), item::ValueView(high_bytes)) == std::strong_ordering::greater;
}

std::vector<JsonValue> list_of(const RequestReader& condition) {
  std::vector<JsonValue> operands;
  if (const auto list = condition.find("AttributeValueList")) {
    for (const JsonValue operand : list->elements()) operands.push_back(operand);
  }
  return operands;
}

Result<std::string_view> joiner(const RequestReader& request, std::size_t conditions) {
  const auto sent = request.find("ConditionalOperator");
  if (!sent) return " AND ";
  if (conditions == 0) return base::invalid("ConditionalOperator cannot be used without Filter or Expected");
  if (conditions == 1) {
    return base::invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements");
  }
  return sent->text() == "OR" ? " OR " : " AND ";
}

// All of the conditions, or any, in halves of halves: what follows an expression calls itself for each level.
std::string joined(std::span<const std::string> conditions, std::string_view join) {
  if (conditions.size() <= 2) return fmt::format("{}", fmt::join(conditions, join));
  const auto half = [&](std::span<const std::string> part) {
    return part.size() == 1 ? part[0] : fmt::format("({})", joined(part, join));
  };
  const std::size_t middle = conditions.size() / 2;
  return fmt::format("{}{}{}", half(conditions.first(middle)), join, half(conditions.subspan(middle)));
}

// What a parameter says of attributes, as one condition; `convert` makes the condition of one attribute.
template <typename Convert>
Result<std::string> conditions_of(const RequestReader& request, std::string_view parameter, const Convert& convert) {
  const auto sent = request.find(parameter);
  auto join = joiner(request, sent ? sent->size() : 0);
  if (!join) return base::forward_error(join);
  if (!sent) return std::string();
  std::vector<std::string> parts;
  for (const auto& [attribute, condition] : sent->members()) {
    Result<std::string> part = convert(attribute, RequestReader(condition));
    if (!part) return part;
    parts.push_back(std::move(*part));
  }
  return joined(parts, *join);
}

std::string_view first_type(const JsonValue& value) {
  for (const auto& [name, content] : value.members()) return name;
  return "";
}

}  // namespace

std::string OlderParameters::name(std::string_view attribute) {
  const auto [there, is_new] = placeholders_.try_emplace(std::string(attribute));
  if (is_new) there->second = fmt::format("#mrgc__{}", placeholders_.size());
  return there->second;
}

std::string OlderParameters::value(const item::Value& value) {
  // In the order in which they are made, so that they need not be sorted.
  std::string placeholder = fmt::format(":mrgc__{:08}", values_count_++);
  values_.set(placeholder, value);
  return placeholder;
}

Result<std::string> OlderParameters::comparison(std::string_view attribute, std::string_view comparison_operator,
                                                const std::vector<JsonValue>& operands) {
  const Operator& op = find_operator(comparison_operator);
  std::vector<item::Value> values;
  for (const JsonValue operand : operands) {
    auto value = decode_value(operand);
    if (!value) return base::forward_error(value);
    values.push_back(std::move(*value));
  }
  if (auto checked = check_operands(op, values); !checked) return base::forward_error(checked);
  if (op.name == "BETWEEN" && is_descending(values[0], values[1])) {
    return base::invalid(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper "
        "bound");
  }
  std::vector<std::string> placeholders;
  for (const item::Value& operand : values) placeholders.push_back(value(operand));
  const std::string first = op.name == "IN"        ? fmt::format("{}", fmt::join(placeholders, ", "))
                            : placeholders.empty() ? std::string()
                                                   : placeholders[0];
  const std::string second = placeholders.size() > 1 ? placeholders[1] : std::string();
  return fmt::format(fmt::runtime(op.expression), name(attribute), first, second);
}

Result<std::string> OlderParameters::projection(const RequestReader& request) {
  const auto attributes = request.find("AttributesToGet");
  if (!attributes) return std::string();
  std::set<std::string_view> seen;
  std::vector<std::string> paths;
  for (const JsonValue attribute : attributes->elements()) {
    if (!seen.insert(attribute.text()).second) {
      return invalid_parameters(fmt::format("Duplicate value in attribute name: {}", attribute.text()));
    }
    paths.push_back(name(attribute.text()));
  }
  return fmt::format("{}", fmt::join(paths, ", "));
}

Result<std::string> OlderParameters::expected_one(std::string_view attribute, const RequestReader& expected) {
  const auto list = expected.find("AttributeValueList");
  const auto value_sent = expected.find("Value");
  const auto op = expected.find("ComparisonOperator");
  if (list && value_sent) {
    return invalid_parameters(
        fmt::format("Value and AttributeValueList cannot be used together for Attribute: {}", attribute));
  }
  if (op) {
    if (expected.has("Exists")) {
      return invalid_parameters(
          fmt::format("Exists and ComparisonOperator cannot be used together for Attribute: {}", attribute));
    }
    if (op->text() != "NULL" && op->text() != "NOT_NULL" && !list && !value_sent) {
      return invalid_parameters(
          fmt::format("Value or AttributeValueList must be used with ComparisonOperator: {} for Attribute: {}",
                      op->text(), attribute));
    }
    const auto operands = value_sent ? std::vector<JsonValue>{*value_sent} : list_of(expected);
    return comparison(attribute, op->text(), operands);
  }
  if (list) {
    return invalid_parameters(
        fmt::format("AttributeValueList can only be used with a ComparisonOperator for Attribute: {}", attribute));
  }
  const bool exists = expected.flag("Exists", /*when_not_sent=*/true);
  if (exists && !value_sent) {
    return invalid_parameters(fmt::format("Value must be provided when Exists is {} for Attribute: {}",
                                          expected.has("Exists") ? "true" : "null", attribute));
  }
  if (!exists && value_sent) {
    return invalid_parameters(fmt::format("Value cannot be used when Exists is false for Attribute: {}", attribute));
  }
  if (!exists) return fmt::format("attribute_not_exists({})", name(attribute));
  return comparison(attribute, "EQ", {*value_sent});
}

Result<std::string> OlderParameters::expected(const RequestReader& request) {
  return conditions_of(request, "Expected", [this](std::string_view attribute, const RequestReader& condition) {
    return expected_one(attribute, condition);
  });
}

Result<std::string> OlderParameters::filter(const RequestReader& request, std::string_view parameter) {
  return conditions_of(request, parameter, [this](std::string_view attribute, const RequestReader& condition) {
    return comparison(attribute, condition.text("ComparisonOperator"), list_of(condition));
  });
}

Result<std::string> OlderParameters::key_conditions(const RequestReader& request) {
  const auto sent = request.find("KeyConditions");
  if (!sent) return std::string();
  std::vector<std::string> parts;
  for (const auto& [attribute, condition] : sent->members()) {
    const RequestReader reader(condition);
    const std::string op = reader.text("ComparisonOperator");
    auto part = comparison(attribute, op, list_of(reader));
    if (!part) return part;
    constexpr std::array<std::string_view, 6> kNotForKeys = {"NULL",     "NOT_NULL",     "NE",
                                                             "CONTAINS", "NOT_CONTAINS", "IN"};
    if (std::ranges::find(kNotForKeys, op) != kNotForKeys.end()) {
      return base::invalid("Attempted conditional constraint is not an indexable operation");
    }
    parts.push_back(std::move(*part));
  }
  if (parts.empty() || parts.size() > 2) return base::invalid("Conditions can be of length 1 or 2 only");
  return fmt::format("{}", fmt::join(parts, " AND "));
}

Result<std::string> OlderParameters::updates(const RequestReader& request) {
  const auto sent = request.find("AttributeUpdates");
  if (!sent) return std::string();
  std::vector<std::string> set;
  std::vector<std::string> remove;
  std::vector<std::string> add;
  std::vector<std::string> take;
  for (const auto& [attribute, update] : sent->members()) {
    const RequestReader reader(update);
    const std::string action = reader.has("Action") ? reader.text("Action") : "PUT";
    const auto sent_value = reader.find("Value");
    if (!sent_value) {
      if (action != "DELETE") {
        return invalid_parameters("Only DELETE action is allowed when no attribute value is specified");
      }
      remove.push_back(name(attribute));
      continue;
    }
    auto decoded = decode_value(*sent_value);
    if (!decoded) return base::forward_error(decoded);
    const Type type = decoded->type();
    const bool is_set = item::is_set(type);
    if (action == "DELETE" && !is_set) {
      return invalid_parameters(
          fmt::format("DELETE action with value is not supported for the type {}", first_type(*sent_value)));
    }
    if (action == "ADD" && !is_set && type != Type::kNumber && type != Type::kList) {
      return invalid_parameters(fmt::format("ADD action is not supported for the type {}", first_type(*sent_value)));
    }
    const std::string target = name(attribute);
    const std::string operand = value(*decoded);
    if (action == "PUT") {
      set.push_back(fmt::format("{} = {}", target, operand));
    } else if (action == "DELETE") {
      take.push_back(fmt::format("{} {}", target, operand));
    } else if (type == Type::kList) {
      // Expressions append to lists by another name.
      const std::string nothing = value(item::Value(item::Value::List{}));
      set.push_back(fmt::format("{0} = list_append(if_not_exists({0}, {1}), {2})", target, nothing, operand));
    } else {
      add.push_back(fmt::format("{} {}", target, operand));
    }
  }
  std::vector<std::string> clauses;
  if (!set.empty()) clauses.push_back(fmt::format("SET {}", fmt::join(set, ", ")));
  if (!remove.empty()) clauses.push_back(fmt::format("REMOVE {}", fmt::join(remove, ", ")));
  if (!add.empty()) clauses.push_back(fmt::format("ADD {}", fmt::join(add, ", ")));
  if (!take.empty()) clauses.push_back(fmt::format("DELETE {}", fmt::join(take, ", ")));
  return fmt::format("{}", fmt::join(clauses, " "));
}

Result<void> OlderParameters::add_placeholders(store::Names& names, item::Item& values) const {
  for (const auto& [attribute, placeholder] : placeholders_) {
    if (auto checked = item::check_attribute_name(attribute); !checked) return checked;
    names.emplace(placeholder, attribute);
  }
  if (values_count_ == 0) return {};
  const item::Item added = values_.build();
  if (values.empty()) {
    values = added;
    return {};
  }
  item::ItemBuilder all(values);
  for (const auto& [placeholder, value] : added.attributes()) all.set(placeholder, value);
  values = all.build();
  return {};
}

Error in_older_words(Error error) {
  constexpr std::string_view kFilter = "Filter Expression";
  if (error.message == "An operand in the update expression has an incorrect data type") {
    error.message = "Type mismatch for attribute to update";
  } else if (error.message.starts_with(kFilter)) {
    error.message.replace(0, kFilter.size(), "QueryFilter");
  }
  return error;
}

}  // namespace mrgc::protocol
