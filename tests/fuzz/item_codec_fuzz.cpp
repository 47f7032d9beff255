// The input is an item's bytes, and a key's.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/must_hold.h"
#include "mrgc/item/item.h"
#include "mrgc/item/ordered_key.h"

namespace mrgc::item {
namespace {

void check_key_bytes(std::string_view input) {
  std::string_view skipping = input;
  const std::optional<std::string_view> part = skip_ordered_key(skipping);
  for (const Type type : {Type::kString, Type::kNumber, Type::kBinary}) {
    std::string_view reading = input;
    const std::optional<Value> value = read_ordered_key(reading, type);
    if (!value) {
      MUST_HOLD(reading == input);
      continue;
    }
    MUST_HOLD(part.has_value() && reading == skipping);
    std::string encoded;
    append_encoded(encoded, *value);
    std::string written;
    append_ordered_key(written, ValueView(encoded));
    MUST_HOLD(written == *part);
  }
}

void check_key_round_trip(const ValueView& value) {
  std::string bytes;
  append_ordered_key(bytes, value);
  std::string_view in = bytes;
  MUST_HOLD(read_ordered_key(in, value.type()) == value.to_value());
  MUST_HOLD(in.empty());
}

// Reads every part through its view, and counts the parts.
void check_parts(const ValueView& value) {
  switch (value.type()) {
    case Type::kString:
    case Type::kNumber:
    case Type::kBinary: return check_key_round_trip(value);
    case Type::kMap: {
      std::size_t count = 0;
      for (const auto& [name, part] : value.as_map()) {
        MUST_HOLD(value.as_map().find(name) == part);
        check_parts(part);
        ++count;
      }
      MUST_HOLD(count == value.as_map().size());
      return;
    }
    case Type::kList: {
      std::size_t count = 0;
      for (const ValueView part : value.as_list()) {
        if (count < 3) MUST_HOLD(value.as_list().at(count) == part);
        check_parts(part);
        ++count;
      }
      MUST_HOLD(count == value.as_list().size());
      MUST_HOLD(!value.as_list().at(count));
      return;
    }
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: {
      std::size_t count = 0;
      for (const std::string_view element : value.as_set()) {
        if (count < 3) MUST_HOLD(value.as_set().contains(element));
        ++count;
      }
      MUST_HOLD(count == value.as_set().size());
      return;
    }
    default: return;
  }
}

void check_item(const Item& item) {
  const Value::Map map = item.to_map();
  MUST_HOLD(Item::from_map(map) == item);
  MUST_HOLD(Item::from_map(map).size_bytes() == item.size_bytes());

  ItemBuilder copied(item);
  MUST_HOLD(copied.build() == item);
  ItemBuilder rebuilt;
  for (const auto& [name, value] : item.attributes()) {
    MUST_HOLD(item.find(name) == value);
    check_parts(value);
    rebuilt.set(name, map.at(std::string(name)));
    copied.remove(name);
    MUST_HOLD(item.find_string(name).has_value() == (value.type() == Type::kString));
    MUST_HOLD(item.find_bool(name).has_value() == (value.type() == Type::kBool));
    MUST_HOLD(item.find_double(name).has_value() == (value.type() == Type::kNumber));
    if (const auto integer = item.find_int64(name)) MUST_HOLD(value.to_value() == Value(*integer));
  }
  MUST_HOLD(rebuilt.build() == item);
  MUST_HOLD(copied.build().empty());

  const Result<void> storable = check_storable(item);
  MUST_HOLD(storable || storable.error().code == ErrorCode::kValidation);
}

}  // namespace
}  // namespace mrgc::item

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mrgc::item::Item;
  const std::string input(reinterpret_cast<const char*>(data), size);
  mrgc::item::check_key_bytes(input);
  if (const std::optional<Item> item = Item::from_bytes(input)) {
    MUST_HOLD(item->encoded() == input);
    mrgc::item::check_item(*item);
  }
  return 0;
}
