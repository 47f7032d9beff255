#include "item/encode.h"

#include <stdexcept>

#include "item/varint.h"
#include "mrgc/item/item.h"

namespace mrgc::item {
namespace {

// What is stored nests half as deep; this bound keeps values that code builds from exhausting the stack.
constexpr int kMaxBuiltLevels = 64;

// Writes the type, and what `append_content` appends with its size in front.
template <typename AppendContent>
void append_container(std::string& out, AppendContent append_content) {
  const std::size_t start = out.size();
  append_content();
  insert_varint(out, start, out.size() - start);
}

void append_value(std::string& out, const Value& value, int level);

void append_entries(std::string& out, const Value::Map& attributes, int level) {
  append_varint(out, attributes.size());
  for (const auto& [name, value] : attributes) {
    append_sized(out, name);
    append_value(out, value, level);
  }
}

void append_elements(std::string& out, const Value::StringSet& elements) {
  for (const std::string& element : elements) append_sized(out, element);
}

void append_elements(std::string& out, const Value::BinarySet& elements) {
  for (const Value::Binary& element : elements) append_sized(out, element.bytes);
}

void append_elements(std::string& out, const Value::NumberSet& elements) {
  std::string ordered;
  for (const Number& element : elements) {
    ordered.clear();
    element.append_ordered(ordered);
    append_sized(out, ordered);
  }
}

template <typename Set>
void append_set(std::string& out, const Set& elements) {
  append_container(out, [&] {
    append_varint(out, elements.size());
    append_elements(out, elements);
  });
}

void append_value(std::string& out, const Value& value, int level) {
  if (level > kMaxBuiltLevels) throw std::length_error("a value is nested deeper than 64 levels");
  const Type type = value.type();
  out.push_back(static_cast<char>(type));
  switch (type) {
    case Type::kString: return append_sized(out, *value.as<std::string>());
    case Type::kNumber: return value.as<Number>()->append_ordered(out);
    case Type::kBinary: return append_sized(out, value.as<Value::Binary>()->bytes);
    case Type::kStringSet: return append_set(out, *value.as<Value::StringSet>());
    case Type::kNumberSet: return append_set(out, *value.as<Value::NumberSet>());
    case Type::kBinarySet: return append_set(out, *value.as<Value::BinarySet>());
    case Type::kMap: {
      return append_container(out, [&] { append_entries(out, *value.as<Value::Map>(), level + 1); });
    }
    case Type::kList: {
      const auto& elements = *value.as<Value::List>();
      return append_container(out, [&] {
        append_varint(out, elements.size());
        for (const Value& element : elements) append_value(out, element, level + 1);
      });
    }
    case Type::kBool: {
      if (*value.as<bool>()) out.back() = static_cast<char>(out.back() | kTrueBit);
      return;
    }
    case Type::kNull: return;
  }
}

}  // namespace

void append_encoded(std::string& out, const Value& value) { append_value(out, value, 1); }

void append_attributes(std::string& out, const Value::Map& attributes) { append_entries(out, attributes, 1); }

}  // namespace mrgc::item
