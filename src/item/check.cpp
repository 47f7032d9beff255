#include "item/check.h"

#include <optional>

#include "item/encode.h"
#include "item/utf8.h"
#include "item/varint.h"
#include "mrgc/item/item.h"

namespace mrgc::item {
namespace {

// Each function removes what it has checked from the front of `in`. A count is never trusted: every round of a loop
// takes at least one byte or fails.

bool check_value(std::string_view& in, int level);

bool check_text(std::string_view& in) {
  const auto text = try_take_sized(in);
  return text && is_valid_utf8(*text);
}

bool check_number(std::string_view& in) { return Number::read_ordered(in).has_value(); }

bool check_set_element(Type type, std::string_view element) {
  switch (type) {
    case Type::kStringSet: return is_valid_utf8(element);
    case Type::kNumberSet: return check_number(element) && element.empty();
    default: return true;
  }
}

// Removes the next of a row of names or elements that must ascend.
std::optional<std::string_view> take_ascending(std::string_view& in, std::optional<std::string_view>& previous) {
  const auto next = try_take_sized(in);
  if (!next || (previous && *next <= *previous)) return std::nullopt;
  previous = next;
  return next;
}

bool check_elements_of_set(std::string_view& in, Type type, std::uint64_t count) {
  std::optional<std::string_view> previous;
  for (; count > 0; --count) {
    const auto element = take_ascending(in, previous);
    if (!element || !check_set_element(type, *element)) return false;
  }
  return true;
}

bool check_attributes(std::string_view& in, std::uint64_t count, int level) {
  std::optional<std::string_view> previous;
  for (; count > 0; --count) {
    const auto name = take_ascending(in, previous);
    if (!name || !is_valid_utf8(*name) || !check_value(in, level)) return false;
  }
  return true;
}

bool check_elements_of_list(std::string_view& in, std::uint64_t count, int level) {
  for (; count > 0; --count) {
    if (!check_value(in, level)) return false;
  }
  return true;
}

bool check_container(std::string_view& in, Type type, int level) {
  auto content = try_take_sized(in);
  if (!content) return false;
  const auto count = try_take_varint(*content);
  if (!count) return false;
  bool well_formed = false;
  switch (type) {
    case Type::kMap: well_formed = check_attributes(*content, *count, level + 1); break;
    case Type::kList: well_formed = check_elements_of_list(*content, *count, level + 1); break;
    default: well_formed = check_elements_of_set(*content, type, *count);
  }
  return well_formed && content->empty();
}

bool check_value(std::string_view& in, int level) {
  if (in.empty() || level > kMaxNestingLevels) return false;
  const auto head = static_cast<std::uint8_t>(in.front());
  in.remove_prefix(1);
  if (head == (kTrueBit | static_cast<unsigned>(Type::kBool))) return true;
  const auto type = static_cast<Type>(head);
  switch (type) {
    case Type::kString: return check_text(in);
    case Type::kNumber: return check_number(in);
    case Type::kBinary: return try_take_sized(in).has_value();
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet:
    case Type::kMap:
    case Type::kList: return check_container(in, type, level);
    case Type::kBool:
    case Type::kNull: return true;
  }
  return false;
}

}  // namespace

bool is_canonical_item(std::string_view bytes) {
  if (bytes.empty()) return true;
  const auto count = try_take_varint(bytes);
  // Without attributes there are no bytes at all.
  return count && *count > 0 && check_attributes(bytes, *count, 1) && bytes.empty();
}

}  // namespace mrgc::item
