#include "protocol/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "protocol/attribute_value.h"
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

bool is_name_character(char c) { return base::is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; }

// A value as DynamoDB's messages show it.
std::string shown(JsonValue value) {
  switch (value.kind()) {
    case Kind::kNull: return "null";
    case Kind::kTrue: return "true";
    case Kind::kFalse: return "false";
    case Kind::kNumber:
    case Kind::kString: return std::string(value.text());
    case Kind::kArray: {
      std::vector<std::string> parts;
      for (const JsonValue element : value.elements()) parts.push_back(shown(element));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    }
    case Kind::kObject: {
      std::vector<std::string> parts;
      for (const auto& [name, member] : value.members()) parts.push_back(fmt::format("{}={}", name, shown(member)));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
    }
  }
  return {};
}

std::string lower_first(std::string_view name) {
  std::string lowered(name);
  if (!lowered.empty() && lowered[0] >= 'A' && lowered[0] <= 'Z') lowered[0] = static_cast<char>(lowered[0] | 0x20);
  return lowered;
}

class ConstraintCheck {
 public:
  void check(JsonValue value, const Shape& shape, const std::string& path) {
    if (full()) return;
    switch (shape.kind) {
      case Shape::Kind::kString: return check_string(value, shape, path);
      case Shape::Kind::kLong: return check_bounds(value, shape, path, wire_int64(value.text()), "value");
      case Shape::Kind::kList: return check_elements(value, shape, path);
      case Shape::Kind::kMap: return check_entries(value, shape, path);
      case Shape::Kind::kStructure: return check_fields(value, shape, path);
      case Shape::Kind::kDouble:
      case Shape::Kind::kBoolean:
      case Shape::Kind::kAttributeValue: return;
    }
  }

  Result<void> outcome() const {
    if (violations_.empty()) return {};
    return base::invalid(fmt::format("{} validation error{} detected: {}", violations_.size(),
                                     violations_.size() > 1 ? "s" : "", fmt::join(violations_, "; ")));
  }

 private:
  static constexpr std::size_t kMaxViolations = 10;

  bool full() const { return violations_.size() >= kMaxViolations; }

  void add(const std::string& value, const std::string& path, std::string_view constraint) {
    if (!full()) {
      violations_.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value, path, constraint));
    }
  }
  void add(JsonValue value, const std::string& path, std::string_view constraint) {
    add(fmt::format("'{}'", shown(value)), path, constraint);
  }

  void check_bounds(JsonValue value, const Shape& shape, const std::string& path, std::int64_t measure,
                    std::string_view what) {
    if (measure < shape.min) {
      add(value, path, fmt::format("Member must have {} greater than or equal to {}", what, shape.min));
    }
    if (measure > shape.max) {
      add(value, path, fmt::format("Member must have {} less than or equal to {}", what, shape.max));
    }
  }

  void check_string(JsonValue value, const Shape& shape, const std::string& path) {
    const std::string_view text = value.text();
    if (!shape.allowed.empty() && std::ranges::find(shape.allowed, text) == shape.allowed.end()) {
      add(value, path, fmt::format("Member must satisfy enum value set: [{}]", fmt::join(shape.allowed, ", ")));
    }
    if (shape.name_characters && (text.empty() || !std::ranges::all_of(text, is_name_character))) {
      add(value, path, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
    }
    if (shape.min != Shape::kNoMin || shape.max != Shape::kNoMax) {
      check_bounds(value, shape, path, static_cast<std::int64_t>(count_characters(text)), "length");
    }
  }

  // Nobody who reads a structure expects none, since what it requires is there.
  template <typename Place>
  void check_element(JsonValue element, const Shape& shape, const std::string& path, const Place& place) {
    if (!element.is_null()) return check(element, shape, fmt::format("{}.{}.member", path, place));
    if (shape.kind == Shape::Kind::kStructure) {
      add("null", fmt::format("{}.{}.member", path, place), "Member must not be null");
    }
  }

  void check_elements(JsonValue value, const Shape& shape, const std::string& path) {
    check_bounds(value, shape, path, static_cast<std::int64_t>(value.size()), "length");
    std::size_t position = 0;
    for (const JsonValue element : value.elements()) {
      ++position;
      check_element(element, *shape.element, path, position);
    }
  }

  void check_entries(JsonValue value, const Shape& shape, const std::string& path) {
    check_bounds(value, shape, path, static_cast<std::int64_t>(value.size()), "length");
    if (shape.element->kind == Shape::Kind::kAttributeValue) return;
    for (const auto& [name, element] : value.members()) {
      check_element(element, *shape.element, path, name);
    }
  }

  void check_fields(JsonValue value, const Shape& shape, const std::string& path) {
    const std::string prefix = path.empty() ? std::string() : path + ".";
    for (const Field& field : shape.fields) {
      const auto member = value.find(field.name);
      if (member) {
        if (needs_check(*field.shape)) check(*member, *field.shape, prefix + lower_first(field.name));
      } else if (field.required) {
        add("null", prefix + lower_first(field.name), "Member must not be null");
      }
    }
  }

  // Most members are free text or items: not worth building the path for.
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

  std::vector<std::string> violations_;
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

Result<void> check_constraints(JsonValue value, const Shape& shape) {
  ConstraintCheck check;
  check.check(value, shape, "");
  return check.outcome();
}

}  // namespace mrgc::protocol
