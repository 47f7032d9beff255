#include <stdexcept>

#include "item/encode.h"
#include "item/ordered_number.h"
#include "item/varint.h"
#include "mrgc/item/item.h"

namespace mrgc::item {
namespace {

// DynamoDB charges a list or map these bytes, and one for each element, beside the elements themselves.
constexpr std::size_t kContainerOverheadBytes = 3;
constexpr std::size_t kElementOverheadBytes = 1;

// The size of the value at the front of well-formed bytes. Takes them by value, so that the loops that skip values keep
// their position in registers.
std::size_t value_size(std::string_view in) {
  std::string_view rest(in.data() + 1, in.size() - 1);
  switch (ValueView(in).type()) {
    case Type::kNumber: return 1 + ordered_number_size(rest);
    case Type::kBool:
    case Type::kNull: return 1;
    default: take_sized(rest); return in.size() - rest.size();
  }
}

std::string_view take_value(std::string_view& in) { return take_bytes(in, value_size(in)); }

[[noreturn]] void throw_wrong_type(Type expected, Type actual) {
  throw std::logic_error("a value of type " + std::string(to_string(actual)) + " was read as " +
                         std::string(to_string(expected)));
}

void expect(Type expected, Type actual) {
  if (actual != expected) throw_wrong_type(expected, actual);
}

// The payload of a value whose size stands in front of it.
std::string_view sized_payload(std::string_view encoded) {
  encoded.remove_prefix(1);
  return take_sized(encoded);
}

Number number_of_element(std::string_view element) { return *Number::read_ordered(element); }

std::size_t set_size_bytes(const SetView& set) {
  std::size_t size = 0;
  for (const std::string_view element : set) {
    size += set.type() == Type::kNumberSet ? ordered_number_charge(element) : element.size();
  }
  return size;
}

Value set_to_value(const SetView& set) {
  if (set.type() == Type::kStringSet) {
    Value::StringSet elements;
    for (const std::string_view element : set) elements.emplace_back(element);
    return Value::string_set(std::move(elements));
  }
  if (set.type() == Type::kBinarySet) {
    Value::BinarySet elements;
    for (const std::string_view element : set) elements.push_back({std::string(element)});
    return Value::binary_set(std::move(elements));
  }
  Value::NumberSet elements;
  for (const std::string_view element : set) elements.push_back(number_of_element(element));
  return Value::number_set(std::move(elements));
}

}  // namespace

std::string_view ValueView::as_string() const {
  expect(Type::kString, type());
  return sized_payload(encoded_);
}

std::string_view ValueView::as_binary() const {
  expect(Type::kBinary, type());
  return sized_payload(encoded_);
}

std::string_view ValueView::ordered_number() const {
  expect(Type::kNumber, type());
  return encoded_.substr(1);
}

Number ValueView::as_number() const { return number_of_element(ordered_number()); }

bool ValueView::as_bool() const {
  expect(Type::kBool, type());
  return (static_cast<std::uint8_t>(encoded_.front()) & kTrueBit) != 0;
}

MapView ValueView::as_map() const {
  expect(Type::kMap, type());
  std::string_view content = sized_payload(encoded_);
  const std::uint64_t count = take_varint(content);
  return MapView(count, content);
}

ListView ValueView::as_list() const {
  expect(Type::kList, type());
  std::string_view content = sized_payload(encoded_);
  const std::uint64_t count = take_varint(content);
  return ListView(count, content);
}

SetView ValueView::as_set() const {
  if (type() != Type::kNumberSet && type() != Type::kBinarySet) expect(Type::kStringSet, type());
  std::string_view content = sized_payload(encoded_);
  const std::uint64_t count = take_varint(content);
  return SetView(type(), count, content);
}

std::size_t ValueView::size_bytes() const {
  switch (type()) {
    case Type::kString:
    case Type::kBinary: return sized_payload(encoded_).size();
    case Type::kNumber: return ordered_number_charge(encoded_.substr(1));
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: return set_size_bytes(as_set());
    case Type::kMap: {
      std::size_t size = kContainerOverheadBytes;
      for (const auto& [name, value] : as_map()) size += kElementOverheadBytes + name.size() + value.size_bytes();
      return size;
    }
    case Type::kList: {
      std::size_t size = kContainerOverheadBytes;
      for (const ValueView element : as_list()) size += kElementOverheadBytes + element.size_bytes();
      return size;
    }
    case Type::kBool:
    case Type::kNull: break;
  }
  return 1;
}

Value ValueView::to_value() const {
  switch (type()) {
    case Type::kString: return Value(as_string());
    case Type::kNumber: return Value(as_number());
    case Type::kBinary: return Value(Value::Binary{std::string(as_binary())});
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: return set_to_value(as_set());
    case Type::kMap: {
      Value::Map map;
      for (const auto& [name, value] : as_map()) map.emplace_hint(map.end(), name, value.to_value());
      return Value(std::move(map));
    }
    case Type::kList: {
      Value::List list;
      for (const ValueView element : as_list()) list.push_back(element.to_value());
      return Value(std::move(list));
    }
    case Type::kBool: return Value(as_bool());
    case Type::kNull: break;
  }
  return Value();
}

std::optional<ValueView> MapView::find(std::string_view name) const {
  // Comparing for equality is cheaper than stopping early: most other names differ in size.
  for (std::string_view rest = entries_; !rest.empty();) {
    const std::string_view candidate = take_sized(rest);
    const std::string_view value = take_value(rest);
    if (candidate == name) return ValueView(value);
  }
  return std::nullopt;
}

MapView::value_type MapView::read(std::string_view& rest) {
  const std::string_view name = take_sized(rest);
  return {name, ValueView(take_value(rest))};
}

std::optional<ValueView> ListView::at(std::size_t index) const {
  if (index >= count_) return std::nullopt;
  std::string_view rest = elements_;
  for (; index > 0; --index) read(rest);
  return read(rest);
}

ValueView ListView::read(std::string_view& rest) { return ValueView(take_value(rest)); }

bool SetView::contains(std::string_view element) const {
  for (const std::string_view candidate : *this) {
    if (candidate == element) return true;
  }
  return false;
}

std::string_view SetView::read(std::string_view& rest) { return take_sized(rest); }

}  // namespace mrgc::item
