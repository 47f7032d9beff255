#include "protocol/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "protocol/attribute_value.h"
#include "protocol/table_reference.h"
#include "protocol/wire_flag.h"
#include "protocol/wire_number.h"

namespace mrgc::protocol {
namespace {

using Kind = JsonValue::Kind;

std::unexpected<Error> serialization_error(std::string message) {
  return base::fail(ErrorCode::kSerialization, std::move(message));
}

// How a scalar is named in messages.
std::string_view token_name(JsonValue value) {
  switch (value.kind()) {
    case Kind::kTrue: return "TRUE_VALUE";
    case Kind::kFalse: return "FALSE_VALUE";
    case Kind::kString: return "STRING_VALUE";
    default: return is_integer_text(value.text()) ? "NUMBER_VALUE" : "DECIMAL_VALUE";
  }
}

std::unexpected<Error> not_a_scalar(JsonValue value, std::string_view java_type) {
  if (value.is(Kind::kArray)) {
    return serialization_error(fmt::format("Unrecognized collection type class java.lang.{}", java_type));
  }
  return serialization_error("Start of structure or map found where not expected");
}

Result<void> check_scalar(JsonValue value, Kind wanted, std::string_view java_type) {
  if (value.is(Kind::kArray) || value.is(Kind::kObject)) return not_a_scalar(value, java_type);
  if (value.is(wanted)) return {};
  return serialization_error(fmt::format("{} cannot be converted to {}", token_name(value), java_type));
}

Result<void> check_boolean(JsonValue value) {
  if (wire_flag(value)) return {};
  if (value.is(Kind::kString)) return serialization_error("Unexpected token received from parser");
  return check_scalar(value, Kind::kTrue, "Boolean");
}

std::string class_path(const Shape& shape) {
  if (shape.kind == Shape::Kind::kList) return fmt::format("java.util.List<{}>", class_path(*shape.element));
  if (shape.java_class == "String") return "java.lang.String";
  return fmt::format("com.amazonaws.dynamodb.v20120810.{}", shape.java_class);
}

bool is_scalar(JsonValue value) { return !value.is_null() && !value.is(Kind::kArray) && !value.is(Kind::kObject); }

// An element of a list or map. What AWS says of scalars there is not what it says of them as members.
Result<void> check_element_types(JsonValue element, const Shape& shape) {
  const bool is_collection = shape.kind == Shape::Kind::kList || shape.kind == Shape::Kind::kMap;
  if (!is_collection || !is_scalar(element)) return check_types(element, shape);
  return serialization_error(
      "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
      "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
      "loader 'bootstrap')");
}

Result<void> check_list(JsonValue value, const Shape& shape) {
  if (value.is(Kind::kObject)) return serialization_error("Start of structure or map found where not expected");
  if (!value.is(Kind::kArray)) return serialization_error("Unexpected field type");
  for (const JsonValue element : value.elements()) {
    if (auto checked = check_element_types(element, *shape.element); !checked) return checked;
  }
  return {};
}

Result<void> check_map(JsonValue value, const Shape& shape) {
  if (value.is(Kind::kArray)) {
    return serialization_error(
        fmt::format("Unrecognized collection type java.util.Map<java.lang.String, {}>", class_path(*shape.element)));
  }
  if (!value.is(Kind::kObject)) return serialization_error("Unexpected field type");
  for (const auto& [name, element] : value.members()) {
    if (auto checked = check_element_types(element, *shape.element); !checked) return checked;
  }
  return {};
}

const Field* find_field(const Shape& shape, std::string_view name) {
  const auto found = std::ranges::find(shape.fields, name, &Field::name);
  return found == shape.fields.end() ? nullptr : &*found;
}

Result<void> check_structure(JsonValue value, const Shape& shape) {
  if (value.is(Kind::kArray)) {
    return serialization_error(fmt::format("Unrecognized collection type class {}", class_path(shape)));
  }
  if (!value.is(Kind::kObject)) return serialization_error("Unexpected value type in payload");
  for (const auto& [name, member] : value.members()) {
    const Field* field = find_field(shape, name);
    if (field == nullptr) continue;
    const bool is_structure =
        field->shape->kind == Shape::Kind::kStructure || field->shape->kind == Shape::Kind::kAttributeValue;
    if (is_structure && is_scalar(member)) return serialization_error("Unexpected field type");
    if (auto checked = check_types(member, *field->shape); !checked) return checked;
  }
  return {};
}

// --- Constraints --------------------------------------------------------------------------------------------------

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_name(std::string_view text) {
  const auto is_allowed = [](char c) { return base::is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; };
  return !text.empty() && std::ranges::all_of(text, is_allowed);
}

std::string lower_first(std::string_view name) {
  std::string lowered(name);
  if (!lowered.empty() && lowered[0] >= 'A' && lowered[0] <= 'Z') lowered[0] = static_cast<char>(lowered[0] | 0x20);
  return lowered;
}

// A value as DynamoDB's messages show it: structures as Java does.
std::string shown(JsonValue value, const Shape& shape) {
  switch (value.kind()) {
    case Kind::kNull: return "null";
    case Kind::kTrue: return "true";
    case Kind::kFalse: return "false";
    case Kind::kNumber:
    case Kind::kString: return std::string(value.text());
    case Kind::kArray: {
      std::vector<std::string> parts;
      const Shape& inner = shape.element != nullptr ? *shape.element : shape;
      for (const JsonValue element : value.elements()) parts.push_back(shown(element, inner));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    case Kind::kObject: {
      std::vector<std::string> parts;
      const bool is_structure = shape.kind == Shape::Kind::kStructure;
      for (const auto& [name, member] : value.members()) {
        const Field* field = is_structure ? find_field(shape, name) : nullptr;
        const Shape& inner = field != nullptr ? *field->shape : shape.element != nullptr ? *shape.element : shape;
        parts.push_back(fmt::format("{}={}", field != nullptr ? lower_first(name) : name, shown(member, inner)));
      }
      if (is_structure) return fmt::format("{}({})", shape.java_class, fmt::join(parts, ", "));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
    }
  }
  return {};
}

// A value as the newer messages show it: as JSON.
std::string json_text(JsonValue value) {
  switch (value.kind()) {
    case Kind::kString: {
      std::string quoted;
      append_json_string(quoted, value.text());
      return quoted;
    }
    case Kind::kArray: {
      std::vector<std::string> parts;
      for (const JsonValue element : value.elements()) parts.push_back(json_text(element));
      return fmt::format("[{}]", fmt::join(parts, ","));
    }
    case Kind::kObject: {
      std::vector<std::string> parts;
      for (const auto& [name, member] : value.members()) {
        std::string& part = parts.emplace_back();
        append_json_string(part, name);
        part += ':' + json_text(member);
      }
      return fmt::format("{{{}}}", fmt::join(parts, ","));
    }
    default: return shown(value, {});
  }
}

// Where a value stands: a chain on the stack, made into text for what is wrong only.
struct Place {
  const Place* outer = nullptr;
  std::string_view member{};  // of a structure
  std::string_view key{};     // of a map
  std::size_t position = 0;   // in a list, from 1

  // `as_sent`: with the names that members have in the request.
  std::string path(bool as_sent) const {
    if (outer == nullptr) return {};
    const std::string front = outer->path(as_sent);
    const std::string_view dot = front.empty() ? "" : ".";
    if (position > 0) return fmt::format("{}{}{}.member", front, dot, position);
    if (member.empty()) return fmt::format("{}{}{}.member", front, dot, key);
    return fmt::format("{}{}{}", front, dot, as_sent ? std::string(member) : lower_first(member));
  }
};

class ConstraintCheck {
 public:
  explicit ConstraintCheck(std::vector<std::string_view>* table_arns) : table_arns_(table_arns) {}

  void check(JsonValue value, const Shape& shape, const Place& place) {
    if (full()) return;
    switch (shape.kind) {
      case Shape::Kind::kString: return check_string(value, shape, place);
      case Shape::Kind::kLong: return check_bounds(value, shape, place, wire_int64(value.text()), "value", shape.newer);
      case Shape::Kind::kList: return check_list(value, shape, place);
      case Shape::Kind::kMap: return check_entries(value, shape, place);
      case Shape::Kind::kStructure: return check_fields(value, shape, place);
      case Shape::Kind::kDouble:
      case Shape::Kind::kBoolean:
      case Shape::Kind::kAttributeValue: return;
    }
  }

  Result<void> outcome() const {
    if (violations_.empty()) return {};
    if (!alone_.empty()) return base::invalid(alone_);
    if (!newer_.empty() && !lacks_member_) return base::invalid("1 validation error detected: " + newer_);
    return base::invalid(fmt::format("{} validation error{} detected: {}", violations_.size(),
                                     violations_.size() > 1 ? "s" : "", fmt::join(violations_, "; ")));
  }

 private:
  static constexpr std::size_t kMaxViolations = 10;

  bool full() const { return violations_.size() >= kMaxViolations; }

  void add(const std::string& value, const Place& place, std::string_view constraint) {
    if (full()) return;
    violations_.push_back(
        fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, place.path(false), constraint));
  }
  void add(JsonValue value, const Shape& shape, const Place& place, std::string_view constraint, bool newer = false) {
    add(fmt::format("'{}'", shown(value, shape)), place, constraint);
    if (!newer || !newer_.empty()) return;
    newer_ = fmt::format("Value at '{}' failed to satisfy constraint: {}", place.path(true), constraint);
  }
  void add_not_allowed(JsonValue value, const Shape& shape, const Place& place) {
    if (shape.newer && newer_.empty()) newer_ = shape.violation;  // where it has words of its own
    if (shape.violation.empty() || shape.newer) {
      const auto constraint = fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.allowed, ", "));
      return add(value, shape, place, constraint, shape.newer);
    }
    violations_.emplace_back(shape.violation);
    if (shape.told_alone && alone_.empty()) alone_ = shape.violation;
  }
  void add_missing(const Place& place) {
    lacks_member_ = true;
    add("null", place, "Member must not be null");
  }

  void check_bounds(JsonValue value, const Shape& shape, const Place& place, std::int64_t measure,
                    std::string_view what, bool newer) {
    if (measure < shape.min) {
      add(value, shape, place, fmt::format("Member must have {} greater than or equal to {}", what, shape.min), newer);
    }
    if (measure > shape.max) {
      add(value, shape, place, fmt::format("Member must have {} less than or equal to {}", what, shape.max), newer);
    }
  }

  void check_string(JsonValue value, const Shape& shape, const Place& place) {
    const std::string_view text = value.text();
    if (shape.or_arn && take_arn(text)) return;
    if (!shape.allowed.empty() && std::ranges::find(shape.allowed, text) == shape.allowed.end()) {
      add_not_allowed(value, shape, place);
    }
    // Of names, the newer rules have only that they are not empty.
    const bool newer = shape.newer && text.empty();
    if (static_cast<std::int64_t>(count_characters(text)) < shape.name_min && !newer) {
      add(value, shape, place, fmt::format("Member must have length greater than or equal to {}", shape.name_min));
    }
    if (shape.name_characters && !is_name(text) && !newer) {
      add(value, shape, place, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    if (shape.min != Shape::kNoMin || shape.max != Shape::kNoMax) {
      check_bounds(value, shape, place, static_cast<std::int64_t>(count_characters(text)), "length", newer);
    }
  }

  bool take_arn(std::string_view text) {
    if (!is_table_arn(text)) return false;
    if (table_arns_ != nullptr) table_arns_->push_back(text);
    return true;
  }

  // Nobody who reads a structure expects none, since what it requires is there.
  void check_element(JsonValue element, const Shape& shape, const Place& place) {
    if (!element.is_null()) return check(element, shape, place);
    if (shape.kind == Shape::Kind::kStructure) add_missing(place);
  }

  void check_list(JsonValue value, const Shape& shape, const Place& place) {
    check_bounds(value, shape, place, static_cast<std::int64_t>(value.size()), "length", shape.newer);
    check_elements(value, shape, place);
  }

  void check_elements(JsonValue value, const Shape& shape, const Place& place) {
    std::size_t position = 0;
    for (const JsonValue element : value.elements()) {
      check_element(element, *shape.element, {.outer = &place, .position = ++position});
    }
  }

  void check_entries(JsonValue value, const Shape& shape, const Place& place) {
    check_bounds(value, shape, place, static_cast<std::int64_t>(value.size()), "length", shape.newer);
    if (shape.key != nullptr) check_keys(value, shape, place);
    if (shape.element->kind == Shape::Kind::kAttributeValue) return;
    if (shape.element->kind == Shape::Kind::kList) check_list_lengths(value, shape, place);
    check_values(value, *shape.element, place);
  }

  // What is wrong with keys is told once, of the map: as JSON where its elements are structures, as AWS does.
  void check_keys(JsonValue map, const Shape& shape, const Place& place) {
    const Shape& key = *shape.key;
    for (const auto& [name, element] : map.members()) {
      if (is_name(name) && is_within(name.size(), key)) continue;
      if (key.or_arn && take_arn(name)) continue;
      const bool as_json = shape.element->kind == Shape::Kind::kStructure;
      return add(fmt::format("'{}'", as_json ? json_text(map) : shown(map, shape)), place,
                 fmt::format("Map keys must satisfy constraint: [Member must have length less than or equal to {}, "
                             "Member must have length greater than or equal to {}, Member must satisfy regular "
                             "expression pattern: [a-zA-Z0-9_.-]+]",
                             key.max, key.min));
    }
  }

  // And so are the lengths of lists.
  void check_list_lengths(JsonValue map, const Shape& shape, const Place& place) {
    const Shape& list = *shape.element;
    for (const auto& [name, element] : map.members()) {
      if (element.is_null() || is_within(element.size(), list)) continue;
      return add(map, shape, place,
                 fmt::format("Map value must satisfy constraint: [Member must have length less than or equal to {}, "
                             "Member must have length greater than or equal to {}]",
                             list.max, list.min));
    }
  }

  static bool is_within(std::size_t measure, const Shape& shape) {
    return std::cmp_greater_equal(measure, shape.min) && std::cmp_less_equal(measure, shape.max);
  }

  void check_values(JsonValue map, const Shape& shape, const Place& place) {
    for (const auto& [name, element] : map.members()) {
      const Place inner{.outer = &place, .key = name};
      if (shape.kind == Shape::Kind::kList && !element.is_null()) {
        check_elements(element, shape, inner);
      } else {
        check_element(element, shape, inner);
      }
    }
  }

  void check_fields(JsonValue value, const Shape& shape, const Place& place) {
    for (const Field& field : shape.fields) {
      const Place inner{.outer = &place, .member = field.name};
      const auto member = value.find(field.name);
      if (member) {
        if (needs_check(*field.shape)) check(*member, *field.shape, inner);
      } else if (field.required) {
        if (field.told_alone) {
          alone_ = fmt::format("The parameter '{}' is required but was not present in the request", field.name);
        }
        add_missing(inner);
      }
    }
  }

  // Most members are free text or items: not worth a visit.
  static bool needs_check(const Shape& shape) {
    switch (shape.kind) {
      case Shape::Kind::kString:
        return !shape.allowed.empty() || shape.name_characters || shape.min != Shape::kNoMin ||
               shape.max != Shape::kNoMax;
      case Shape::Kind::kMap:
        return shape.element->kind != Shape::Kind::kAttributeValue && shape.element->kind != Shape::Kind::kString;
      case Shape::Kind::kBoolean:
      case Shape::Kind::kDouble:
      case Shape::Kind::kAttributeValue: return false;
      default: return true;
    }
  }

  std::vector<std::string_view>* table_arns_;
  std::vector<std::string> violations_;
  std::string newer_;  // the first violation of a newer rule, in its words
  std::string alone_;  // what is told before all else
  bool lacks_member_ = false;
};

}  // namespace

Result<void> check_types(JsonValue value, const Shape& shape) {
  if (value.is_null()) return {};
  switch (shape.kind) {
    case Shape::Kind::kString: return check_scalar(value, Kind::kString, "String");
    case Shape::Kind::kLong:
      return check_scalar(value, Kind::kNumber, shape.java_class.empty() ? "Long" : shape.java_class);
    case Shape::Kind::kDouble: return check_scalar(value, Kind::kNumber, "Double");
    case Shape::Kind::kBoolean: return check_boolean(value);
    case Shape::Kind::kList: return check_list(value, shape);
    case Shape::Kind::kMap: return check_map(value, shape);
    case Shape::Kind::kStructure: return check_structure(value, shape);
    case Shape::Kind::kAttributeValue: return check_attribute_value_types(value);
  }
  return {};
}

Result<void> check_constraints(JsonValue value, const Shape& shape, std::vector<std::string_view>* table_arns) {
  ConstraintCheck check(table_arns);
  check.check(value, shape, Place());
  return check.outcome();
}

}  // namespace mrgc::protocol
