#include "expression/compare.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace mrgc::expression {
namespace {

using item::Type;
using item::ValueView;

// A 4-byte sequence of UTF-8 is a character that takes two units of UTF-16.
std::size_t count_utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    units += (byte & 0xC0) != 0x80 ? 1 : 0;
    units += byte >= 0xF0 ? 1 : 0;
  }
  return units;
}

// The bytes of an S, N or B that order and identify it.
std::string_view content_of(const ValueView& value) {
  switch (value.type()) {
    case Type::kString: return value.as_string();
    case Type::kBinary: return value.as_binary();
    default: return value.ordered_number();
  }
}

// Whatever the texts, in time of their sizes' sum; `std::string_view::contains` can take that of their product.
bool contains_bytes(std::string_view whole, std::string_view part) {
  return ::memmem(whole.data(), whole.size(), part.data(), part.size()) != nullptr;
}

bool is_element_type(Type set, Type element) {
  return (set == Type::kStringSet && element == Type::kString) ||
         (set == Type::kNumberSet && element == Type::kNumber) || (set == Type::kBinarySet && element == Type::kBinary);
}

}  // namespace

bool is_ordered(Type type) { return type == Type::kString || type == Type::kNumber || type == Type::kBinary; }

std::optional<std::strong_ordering> compare(const ValueView& a, const ValueView& b) {
  if (a.type() != b.type() || !is_ordered(a.type())) return std::nullopt;
  return content_of(a) <=> content_of(b);
}

bool begins_with(const ValueView& value, const ValueView& prefix) {
  if (value.type() != prefix.type()) return false;
  if (value.type() != Type::kString && value.type() != Type::kBinary) return false;
  return content_of(value).starts_with(content_of(prefix));
}

bool contains(const ValueView& whole, const ValueView& part) {
  switch (whole.type()) {
    case Type::kString:
    case Type::kBinary: return part.type() == whole.type() && contains_bytes(content_of(whole), content_of(part));
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
      return is_element_type(whole.type(), part.type()) && whole.as_set().contains(content_of(part));
    case Type::kList: {
      const item::ListView list = whole.as_list();
      return std::find(list.begin(), list.end(), part) != list.end();
    }
    default: return false;
  }
}

std::optional<std::size_t> size_of(const ValueView& value) {
  switch (value.type()) {
    case Type::kString: return count_utf16_units(value.as_string());
    case Type::kBinary: return value.as_binary().size();
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: return value.as_set().size();
    case Type::kMap: return value.as_map().size();
    case Type::kList: return value.as_list().size();
    default: return std::nullopt;
  }
}

}  // namespace mrgc::expression
