#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

/// Items and errors as text, for the messages of failed tests.
namespace mrgc::testing {

inline std::string to_text(const item::Value& value) {
  using item::Value;
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.size() > 1 ? ", " : "") + part; };
  switch (value.type()) {
    case item::Type::kString: return '"' + *value.as<std::string>() + '"';
    case item::Type::kNumber: return value.as<item::Number>()->to_string();
    case item::Type::kBinary: return "b\"" + value.as<Value::Binary>()->bytes + '"';
    case item::Type::kBool: return *value.as<bool>() ? "true" : "false";
    case item::Type::kNull: return "null";
    case item::Type::kStringSet:
      text = "<";
      for (const auto& element : *value.as<Value::StringSet>()) add('"' + element + '"');
      return text + ">";
    case item::Type::kNumberSet:
      text = "<";
      for (const auto& element : *value.as<Value::NumberSet>()) add(element.to_string());
      return text + ">";
    case item::Type::kBinarySet:
      text = "<";
      for (const auto& element : *value.as<Value::BinarySet>()) add("b\"" + element.bytes + '"');
      return text + ">";
    case item::Type::kList:
      text = "[";
      for (const auto& element : *value.as<Value::List>()) add(to_text(element));
      return text + "]";
    case item::Type::kMap:
      text = "{";
      for (const auto& [name, element] : *value.as<Value::Map>()) add(name + ": " + to_text(element));
      return text + "}";
  }
  return text;
}

inline std::string to_text(const item::Item& item) { return to_text(item::Value(item.to_map())); }

inline std::string to_text(const std::optional<item::Item>& item) { return item ? to_text(*item) : "nothing"; }

inline std::string to_text(const Error& error) { return std::string(to_string(error.code)) + ": " + error.message; }

}  // namespace mrgc::testing

// GoogleTest finds these by the arguments' namespaces.
namespace mrgc::item {
inline void PrintTo(const Item& item, std::ostream* out) { *out << testing::to_text(item); }
inline void PrintTo(const Value& value, std::ostream* out) { *out << testing::to_text(value); }
}  // namespace mrgc::item
namespace mrgc::base {
inline void PrintTo(const Error& error, std::ostream* out) { *out << testing::to_text(error); }
}  // namespace mrgc::base
