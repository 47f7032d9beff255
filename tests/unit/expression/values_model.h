#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expression/path.h"
#include "mrgc/item/value.h"
#include "unit/expression/choices.h"

/// Random values, items and document paths from small vocabularies, so that they often meet.
namespace mrgc::expression::model {

using item::Number;
using item::Type;
using item::Value;

struct Text {
  std::string_view text;
  int utf16_units;
};
inline constexpr std::array kTexts = {
    Text{"a", 1}, Text{"", 0},  Text{"ab", 2},  Text{"b", 1}, Text{"\xC3\xA9\xF0\x9D\x84\x9E", 3},
    Text{"N", 1}, Text{"L", 1}, Text{"BOOL", 4}};
inline constexpr std::array<std::string_view, 5> kNumbers = {"1", "0", "-2", "2.5", "10"};
/// Of attributes, at the top and inside maps; the last two can only be written as placeholders.
inline constexpr std::array<std::string_view, 6> kNames = {"a", "b", "c", "d", "state", "a.b"};

inline Value make_text(Choices& choices) { return Value(choices.pick(kTexts).text); }
inline Value make_number(Choices& choices) { return Value(*Number::parse(choices.pick(kNumbers))); }
inline Value make_binary(Choices& choices) { return Value(Value::Binary{std::string(choices.pick(kTexts).text)}); }

inline Value make_set(Choices& choices, Type type) {
  const std::size_t size = 1 + choices.below(3);
  Value::StringSet texts;
  Value::NumberSet numbers;
  Value::BinarySet binaries;
  for (std::size_t i = 0; i < size; ++i) {
    texts.emplace_back(choices.pick(kTexts).text);
    numbers.push_back(*Number::parse(choices.pick(kNumbers)));
    binaries.push_back({std::string(choices.pick(kTexts).text)});
  }
  if (type == Type::kStringSet) return Value::string_set(std::move(texts));
  if (type == Type::kNumberSet) return Value::number_set(std::move(numbers));
  return Value::binary_set(std::move(binaries));
}

inline Value::Map make_attributes(Choices& choices, int depth);

inline Value make_value(Choices& choices, int depth = 2) {
  switch (choices.below(depth > 0 ? 14 : 8)) {
    case 0: return make_number(choices);
    case 1: return make_text(choices);
    case 2: return make_binary(choices);
    case 3: return Value(choices.flip());
    case 4: return Value(Value::Null{});
    case 5: return make_set(choices, Type::kStringSet);
    case 6: return make_set(choices, Type::kNumberSet);
    case 7: return make_set(choices, Type::kBinarySet);
    case 8:
    case 9:
    case 10: return Value(make_attributes(choices, depth - 1));
    default: {
      Value::List list(choices.below(4));
      for (Value& element : list) element = make_value(choices, depth - 1);
      return Value(std::move(list));
    }
  }
}

inline Value::Map make_attributes(Choices& choices, int depth) {
  Value::Map attributes;
  for (const std::string_view name : kNames) {
    if (choices.flip()) attributes.emplace(name, make_value(choices, depth));
  }
  return attributes;
}

inline Value::Map make_item(Choices& choices) { return make_attributes(choices, 3); }

inline Path make_path(Choices& choices) {
  Path path{.name = std::string(choices.pick(kNames)), .steps = {}};
  while (path.steps.size() < 3 && choices.below(3) == 1) {
    if (choices.flip()) {
      path.steps.emplace_back(std::string(choices.pick(kNames)));
    } else {
      path.steps.emplace_back(static_cast<std::uint32_t>(choices.below(5)));
    }
  }
  return path;
}

/// The value that `path` leads to, or null. Also finds parts to change.
template <typename Map>
auto* find_value(Map& attributes, const Path& path) {
  using Found = std::conditional_t<std::is_const_v<Map>, const Value, Value>;
  const auto top = attributes.find(path.name);
  Found* value = top == attributes.end() ? nullptr : &top->second;
  for (const Path::Step& step : path.steps) {
    if (value == nullptr) break;
    Found* inner = nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      auto* map = value->template as<Value::Map>();
      if (map != nullptr && map->contains(*name)) inner = &map->find(*name)->second;
    } else {
      const std::size_t index = std::get<std::uint32_t>(step);
      auto* list = value->template as<Value::List>();
      if (list != nullptr && index < list->size()) inner = &(*list)[index];
    }
    value = inner;
  }
  return value;
}

/// Whether two paths cannot stand in one update or projection expression.
inline bool clash(const Path& a, const Path& b) {
  if (a.name != b.name) return false;
  for (std::size_t i = 0; i < a.steps.size() && i < b.steps.size(); ++i) {
    if (a.steps[i].index() != b.steps[i].index()) return true;
    if (a.steps[i] != b.steps[i]) return false;
  }
  return true;
}

inline bool any_clash(const std::vector<Path>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (clash(paths[i], paths[j])) return true;
    }
  }
  return false;
}

}  // namespace mrgc::expression::model
