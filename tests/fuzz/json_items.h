#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/must_hold.h"
#include "protocol/json.h"
#include "protocol/wire_flag.h"

/// Items as JSON, compared without the code that reads and writes them.
namespace mrgc::fuzz {

using protocol::JsonValue;

inline void append_json(std::string& out, JsonValue value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull: out += "null"; return;
    case JsonValue::Kind::kFalse: out += "false"; return;
    case JsonValue::Kind::kTrue: out += "true"; return;
    case JsonValue::Kind::kNumber: out += value.text(); return;
    case JsonValue::Kind::kString: protocol::append_json_string(out, value.text()); return;
    case JsonValue::Kind::kArray: {
      char separator = '[';
      for (const JsonValue element : value.elements()) {
        out += std::exchange(separator, ',');
        append_json(out, element);
      }
      out += separator == '[' ? "[]" : "]";
      return;
    }
    case JsonValue::Kind::kObject: {
      char separator = '{';
      for (const auto& [name, member] : value.members()) {
        out += std::exchange(separator, ',');
        protocol::append_json_string(out, name);
        out += ':';
        append_json(out, member);
      }
      out += separator == '{' ? "{}" : "}";
    }
  }
}

inline std::string json_text(JsonValue value) {
  std::string text;
  append_json(text, value);
  return text;
}

/// The member of an `AttributeValue` that counts: others may be null or unknown.
inline std::optional<std::pair<std::string_view, JsonValue>> typed_member(JsonValue value) {
  constexpr std::array<std::string_view, 10> kTypes = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"};
  if (!value.is(JsonValue::Kind::kObject)) return std::nullopt;
  std::optional<std::pair<std::string_view, JsonValue>> found;
  for (const auto& [name, content] : value.members()) {
    if (!content.is_null() && std::ranges::find(kTypes, name) != kTypes.end()) found.emplace(name, content);
  }
  return found;
}

// Both are right to the last digit or both are rounded the same way.
inline double number_of(std::string_view text) { return std::strtod(std::string(text).c_str(), nullptr); }

/// Whether two sets have the same elements, each once. A null in a set is an empty text.
inline bool same_set(std::string_view type, JsonValue a, JsonValue b) {
  const auto sorted = [type](JsonValue set) {
    std::vector<std::pair<double, std::string>> elements;
    for (const JsonValue element : set.elements()) {
      const std::string text = element.is_null() ? std::string() : std::string(element.text());
      elements.emplace_back(type == "NS" ? number_of(text) : 0, type == "NS" ? std::string() : text);
    }
    std::ranges::sort(elements);
    return elements;
  };
  return sorted(a) == sorted(b);
}

inline bool same_value(JsonValue a, JsonValue b);

/// Whether two maps of names to `AttributeValue`s say the same. Of members of one name the last counts.
inline bool same_item(JsonValue a, JsonValue b) {
  const auto by_name = [](JsonValue map) {
    std::map<std::string_view, JsonValue> members;
    for (const auto& [name, value] : map.members()) members.insert_or_assign(name, value);
    return members;
  };
  return std::ranges::equal(by_name(a), by_name(b), [](const auto& one, const auto& other) {
    return one.first == other.first && same_value(one.second, other.second);
  });
}

inline bool same_value(JsonValue a, JsonValue b) {
  const auto one = typed_member(a);
  const auto other = typed_member(b);
  if (!one || !other || one->first != other->first) return false;
  const auto& [type, content] = *one;
  if (type == "N") return number_of(content.text()) == number_of(other->second.text());
  if (type == "S" || type == "B") return content.text() == other->second.text();
  if (type == "M") return same_item(content, other->second);
  if (type == "L") {
    std::vector<JsonValue> left;
    std::vector<JsonValue> right;
    for (const JsonValue element : content.elements()) left.push_back(element);
    for (const JsonValue element : other->second.elements()) right.push_back(element);
    return std::ranges::equal(left, right, same_value);
  }
  if (type == "BOOL" || type == "NULL") return protocol::wire_flag(content) == protocol::wire_flag(other->second);
  return same_set(type, content, other->second);
}

}  // namespace mrgc::fuzz
