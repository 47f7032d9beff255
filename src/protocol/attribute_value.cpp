#include "protocol/attribute_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "item/storable.h"
#include "protocol/base64.h"
#include "protocol/shape.h"
#include "protocol/wire_flag.h"
#include "protocol/wire_number.h"

namespace mrgc::protocol {
namespace {

using item::Type;
using item::Value;
using Kind = JsonValue::Kind;

constexpr std::array kTypes = {Type::kString,    Type::kNumber, Type::kBinary, Type::kStringSet, Type::kNumberSet,
                               Type::kBinarySet, Type::kMap,    Type::kList,   Type::kBool,      Type::kNull};

std::optional<Type> type_of(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, [](Type type) { return item::to_string(type); });
  if (found == kTypes.end()) return std::nullopt;
  return *found;
}

Result<void> check_blob(JsonValue value) {
  if (value.is_null()) return {};
  if (value.is_bool() || value.is(Kind::kNumber)) {
    return base::fail(ErrorCode::kSerialization, "only base-64-encoded strings are convertible to bytes");
  }
  if (value.is(Kind::kArray)) {
    return base::fail(ErrorCode::kSerialization, "Unrecognized collection type class java.nio.ByteBuffer");
  }
  if (value.is(Kind::kObject)) {
    return base::fail(ErrorCode::kSerialization, "Start of structure or map found where not expected");
  }
  if (value.text().size() % 4 != 0) {
    return base::fail(
        ErrorCode::kSerialization,
        fmt::format("Base64 encoded length is expected a multiple of 4 bytes but found: {}", value.text().size()));
  }
  if (!decode_base64(value.text())) {
    return base::fail(ErrorCode::kSerialization, "Invalid last non-pad Base64 character dectected");
  }
  return {};
}

constexpr Shape kText{.kind = Shape::Kind::kString};
constexpr Shape kFlag{.kind = Shape::Kind::kBoolean};
constexpr Shape kAnyValue{.kind = Shape::Kind::kAttributeValue, .java_class = "AttributeValue"};
constexpr Shape kTexts{.kind = Shape::Kind::kList, .element = &kText};
constexpr Shape kValues{.kind = Shape::Kind::kList, .element = &kAnyValue};
constexpr Shape kValueMap{.kind = Shape::Kind::kMap, .element = &kAnyValue};

Result<void> check_blobs(JsonValue value) {
  if (value.is(Kind::kArray)) {
    for (const JsonValue element : value.elements()) {
      if (auto checked = check_blob(element); !checked) return checked;
    }
    return {};
  }
  return check_types(value, kTexts);  // says what is wrong with it
}

Result<void> check_content_types(Type type, JsonValue content) {
  switch (type) {
    case Type::kString:
    case Type::kNumber: return check_types(content, kText);
    case Type::kBinary: return check_blob(content);
    case Type::kStringSet:
    case Type::kNumberSet: return check_types(content, kTexts);
    case Type::kBinarySet: return check_blobs(content);
    case Type::kMap: return check_types(content, kValueMap);
    case Type::kList: return check_types(content, kValues);
    case Type::kBool:
    case Type::kNull: return check_types(content, kFlag);
  }
  return {};
}

// The members of an AttributeValue that name a type.
struct Typed {
  Type type = Type::kNull;
  JsonValue content;
};

Result<Typed> only_type(JsonValue value) {
  std::optional<Typed> found;
  bool several = false;
  if (value.is(Kind::kObject)) {
    for (const auto& [name, content] : value.members()) {
      const auto type = type_of(name);
      if (!type || content.is_null()) continue;
      several = several || (found && found->type != *type);
      found = Typed{.type = *type, .content = content};
    }
  }
  if (!found) {
    return base::invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  }
  if (several) {
    return base::invalid(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  return *found;
}

std::unexpected<Error> empty_set(std::string_view text) {
  return base::invalid(fmt::format("One or more parameter values were invalid: {}", text));
}

/// Where a value stands: how deep, counted from 1, and in which words its errors are told.
struct Context {
  int level = 1;
  ValueWords words = ValueWords::kNewer;

  Context inner() const { return {.level = level + 1, .words = words}; }
};

// The elements of a set. `may_not` is how DynamoDB says that none may be null.
Result<std::vector<std::string_view>> texts_of(JsonValue list, std::string_view may_not) {
  std::vector<std::string_view> texts;
  for (const JsonValue element : list.elements()) {
    if (element.is_null()) return base::invalid(fmt::format("One or more parameter values were invalid: {}", may_not));
    texts.push_back(element.text());
  }
  return texts;
}

template <typename T>
bool has_duplicates(const std::vector<T>& elements) {
  return std::set<T>(elements.begin(), elements.end()).size() != elements.size();
}

// The elements of a set with duplicates as AWS shows them: sorted up to the first that is there again, and the rest as
// they were sent; in older words all of them as they were sent. `bytes_of` is what an element's text stands for.
template <typename BytesOf>
std::string shown_duplicates(const std::vector<std::string_view>& elements, ValueWords words,
                             std::string_view separator, BytesOf&& bytes_of) {
  if (words == ValueWords::kOlder) return fmt::format("{}", fmt::join(elements, ", "));
  std::map<std::string, std::string_view> distinct;
  auto rest = elements.begin();
  while (rest != elements.end() && distinct.emplace(bytes_of(*rest), *rest).second) ++rest;
  std::vector<std::string> quoted;
  for (const auto& [bytes, element] : distinct) quoted.push_back(fmt::format("\"{}\"", element));
  for (; rest != elements.end(); ++rest) quoted.push_back(fmt::format("\"{}\"", *rest));
  return fmt::format("{}", fmt::join(quoted, separator));
}

// As Java's BigDecimal reads a number: of nothing it says so without showing it, and an exponent that is almost too
// large for 32 bits wraps around, so that a huge number looks like a tiny one.
Error in_older_words(std::string_view number, Error error) {
  if (number.empty()) {
    error.message = "The parameter cannot be converted to a numeric value";
    return error;
  }
  const std::size_t exponent_at = number.find_first_of("eE");
  if (exponent_at == std::string_view::npos || !error.message.starts_with("Number overflow")) return error;
  const auto digits = std::ranges::count_if(number.substr(0, exponent_at), base::is_digit);
  const std::int64_t exponent = wire_int64(number.substr(exponent_at + 1 + (number[exponent_at + 1] == '+' ? 1 : 0)));
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (exponent <= kMost && exponent + digits > kMost) {
    error.message = "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  }
  return error;
}

Result<item::Number> decode_number(std::string_view text, ValueWords words) {
  auto number = item::Number::parse(text);
  if (number || words == ValueWords::kNewer) return number;
  return std::unexpected(in_older_words(text, std::move(number.error())));
}

Result<Value> decode_string_set(JsonValue list, ValueWords words) {
  auto texts = texts_of(list, "An string set may not have a null string as a member");
  if (!texts) return base::forward_error(texts);
  if (texts->empty()) return empty_set("An string set  may not be empty");
  if (has_duplicates(*texts)) {
    return base::invalid(
        fmt::format("One or more parameter values were invalid: Input collection [{}] contains duplicates.",
                    shown_duplicates(*texts, words, ", ", [](std::string_view text) { return std::string(text); })));
  }
  return Value::string_set(Value::StringSet(texts->begin(), texts->end()));
}

Result<Value> decode_number_set(JsonValue list, ValueWords words) {
  auto texts = texts_of(list, "An number set may not have a null number as a member");
  if (!texts) return base::forward_error(texts);
  if (texts->empty()) return empty_set("An number set  may not be empty");
  Value::NumberSet numbers;
  for (const std::string_view text : *texts) {
    auto number = decode_number(text, words);
    if (!number) return base::forward_error(number);
    numbers.push_back(*number);
  }
  if (has_duplicates(numbers)) {
    return base::invalid(words == ValueWords::kOlder
                             ? "Input collection contains duplicates"
                             : "One or more parameter values were invalid: Input collection contains duplicates.");
  }
  return Value::number_set(std::move(numbers));
}

Result<Value> decode_binary_set(JsonValue list, ValueWords words) {
  auto texts = texts_of(list, "Binary sets may not contain null values");
  if (!texts) return base::forward_error(texts);
  if (texts->empty()) return empty_set("Binary sets should not be empty");
  if (has_duplicates(*texts)) {
    return base::invalid(
        fmt::format("One or more parameter values were invalid: Input collection [{}]of type BS contains duplicates.",
                    shown_duplicates(*texts, words, ",", [](std::string_view text) { return *decode_base64(text); })));
  }
  Value::BinarySet binaries;
  for (const std::string_view text : *texts) binaries.push_back({*decode_base64(text)});
  return Value::binary_set(std::move(binaries));
}

Result<Value> decode_at(JsonValue value, Context at);

Result<Value> decode_list(JsonValue list, Context at) {
  Value::List elements;
  elements.reserve(list.size());
  for (const JsonValue element : list.elements()) {
    auto decoded = decode_at(element, at);
    if (!decoded) return decoded;
    elements.push_back(std::move(*decoded));
  }
  return Value(std::move(elements));
}

Result<Value> decode_map(JsonValue map, Context at) {
  Value::Map entries;
  for (const auto& [name, member] : map.members()) {
    auto decoded = decode_at(member, at);
    if (!decoded) return decoded;
    entries.insert_or_assign(std::string(name), std::move(*decoded));
  }
  return Value(std::move(entries));
}

Result<Value> decode_typed(const Typed& typed, Context at) {
  const JsonValue content = typed.content;
  switch (typed.type) {
    case Type::kString: return Value(content.text());
    case Type::kNumber: {
      auto number = decode_number(content.text(), at.words);
      if (!number) return base::forward_error(number);
      return Value(*number);
    }
    case Type::kBinary: return Value(Value::Binary{*decode_base64(content.text())});
    case Type::kStringSet: return decode_string_set(content, at.words);
    case Type::kNumberSet: return decode_number_set(content, at.words);
    case Type::kBinarySet: return decode_binary_set(content, at.words);
    case Type::kMap: return decode_map(content, at.inner());
    case Type::kList: return decode_list(content, at.inner());
    case Type::kBool: return Value(wire_flag(content).value_or(false));
    case Type::kNull: {
      if (wire_flag(content).value_or(false)) return Value(Value::Null{});
      return base::invalid(
          "One or more parameter values were invalid: Null attribute value types must have the value of true");
    }
  }
  return Value();
}

Result<Value> decode_at(JsonValue value, Context at) {
  if (at.level > item::kMaxNestingLevels) return item::nested_too_deeply();
  const auto typed = only_type(value);
  if (!typed) return std::unexpected(typed.error());
  return decode_typed(*typed, at);
}

// What stands before a value, in one piece: answers consist of little else.
std::string_view opening(Type type) {
  switch (type) {
    case Type::kString: return R"({"S":)";
    case Type::kNumber: return R"({"N":)";
    case Type::kBinary: return R"({"B":)";
    case Type::kStringSet: return R"({"SS":)";
    case Type::kNumberSet: return R"({"NS":)";
    case Type::kBinarySet: return R"({"BS":)";
    case Type::kMap: return R"({"M":)";
    case Type::kList: return R"({"L":)";
    case Type::kBool: return R"({"BOOL":)";
    case Type::kNull: return R"({"NULL":)";
  }
  return {};
}

void append_strings(std::string& out, const item::SetView& set) {
  char separator = '[';
  for (const std::string_view element : set) {
    out.push_back(std::exchange(separator, ','));
    switch (set.type()) {
      case Type::kStringSet: append_json_string(out, element); break;
      case Type::kBinarySet:
        out.push_back('"');
        append_base64(out, element);
        out.push_back('"');
        break;
      default: {
        std::string_view ordered = element;
        out.append("\"").append(item::Number::read_ordered(ordered).value().to_string()).append("\"");
      }
    }
  }
  out.push_back(']');
}

void append_members(std::string& out, const item::MapView& map) {
  char separator = '{';
  for (const auto& [name, value] : map) {
    out.push_back(std::exchange(separator, ','));
    append_json_string(out, name);
    out.push_back(':');
    append_value(out, value);
  }
  if (separator == '{') out.push_back('{');
  out.push_back('}');
}

void append_elements(std::string& out, const item::ListView& list) {
  char separator = '[';
  for (const item::ValueView element : list) {
    out.push_back(std::exchange(separator, ','));
    append_value(out, element);
  }
  if (separator == '[') out.push_back('[');
  out.push_back(']');
}

}  // namespace

Result<void> check_attribute_value_types(JsonValue value) {
  if (value.is_null()) return {};
  if (value.is(Kind::kArray)) {
    return base::fail(ErrorCode::kSerialization,
                      "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
  }
  if (!value.is(Kind::kObject)) return base::fail(ErrorCode::kSerialization, "Unexpected value type in payload");
  for (const auto& [name, content] : value.members()) {
    const auto type = type_of(name);
    if (!type) continue;
    if (auto checked = check_content_types(*type, content); !checked) return checked;
  }
  return {};
}

Result<Value> decode_value(JsonValue value, ValueWords words) { return decode_at(value, {.words = words}); }

Result<item::Item> decode_item(JsonValue map, ValueWords words) {
  item::ItemBuilder builder;
  for (const auto& [name, member] : map.members()) {
    auto value = decode_at(member, {.words = words});
    if (!value) return base::forward_error(value);
    builder.set(name, *value);
  }
  return builder.build();
}

void append_value(std::string& out, const item::ValueView& value) {
  out.append(opening(value.type()));
  switch (value.type()) {
    case Type::kString: append_json_string(out, value.as_string()); break;
    case Type::kNumber: out.append("\"").append(value.as_number().to_string()).append("\""); break;
    case Type::kBinary:
      out.push_back('"');
      append_base64(out, value.as_binary());
      out.push_back('"');
      break;
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: append_strings(out, value.as_set()); break;
    case Type::kMap: append_members(out, value.as_map()); break;
    case Type::kList: append_elements(out, value.as_list()); break;
    case Type::kBool: out.append(value.as_bool() ? "true" : "false"); break;
    case Type::kNull: out.append("true"); break;
  }
  out.push_back('}');
}

void append_item(std::string& out, const item::Item& item) {
  out.reserve(out.size() + 2 * item.encoded().size());  // about what names, types and quotes make of it
  append_members(out, item.attributes());
}

}  // namespace mrgc::protocol
