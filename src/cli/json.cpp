#include "cli/json.h"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <string>

namespace mrgc::cli {
namespace {

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

template <typename Elements>
void write_list(Json& json, const Elements& elements) {
  json.begin_array();
  for (const auto& element : elements) json.attribute(item::Value(element));
  json.end_array();
}

}  // namespace

Json& Json::did(bool written) {
  if (!written) throw std::logic_error("this is no JSON");
  return *this;
}

// Recursion is bounded: values come from items, which nest at most `item::kMaxNestingLevels` deep.
Json& Json::attribute(const item::Value& value) {
  if (const auto* text = value.as<std::string>()) return this->value(*text);
  if (const auto* flag = value.as<bool>()) return this->value(*flag);
  if (const auto* binary = value.as<item::Value::Binary>()) return this->value(hexadecimal(binary->bytes));
  if (const auto* number = value.as<item::Number>()) {
    const std::string digits = number->to_string();
    return did(writer_.RawValue(digits.data(), digits.size(), rapidjson::kNumberType));
  }
  if (const auto* map = value.as<item::Value::Map>()) {
    begin_object();
    for (const auto& [name, element] : *map) key(name).attribute(element);
    return end_object();
  }
  if (const auto* list = value.as<item::Value::List>()) {
    write_list(*this, *list);
  } else if (const auto* strings = value.as<item::Value::StringSet>()) {
    write_list(*this, *strings);
  } else if (const auto* numbers = value.as<item::Value::NumberSet>()) {
    write_list(*this, *numbers);
  } else if (const auto* binaries = value.as<item::Value::BinarySet>()) {
    write_list(*this, *binaries);
  } else {
    did(writer_.Null());
  }
  return *this;
}

}  // namespace mrgc::cli
