#include "mrgc/item/item.h"

#include <algorithm>

#include "item/check.h"
#include "item/encode.h"
#include "item/varint.h"

namespace mrgc::item {
namespace {

auto position_of(auto& attributes, std::string_view name) {
  return std::ranges::lower_bound(attributes, name, {},
                                  [](const auto& attribute) -> std::string_view { return attribute.first; });
}

}  // namespace

Item Item::from_trusted(std::string encoded) {
  if (encoded.empty()) return Item();
  return Item(std::make_shared<const std::string>(std::move(encoded)));
}

std::optional<Item> Item::from_bytes(std::string encoded) {
  if (!is_canonical_item(encoded)) return std::nullopt;
  return from_trusted(std::move(encoded));
}

Item Item::from_map(const Value::Map& attributes) {
  if (attributes.empty()) return Item();
  std::string encoded;
  append_attributes(encoded, attributes);
  return from_trusted(std::move(encoded));
}

MapView Item::attributes() const {
  if (!buffer_) return MapView();
  std::string_view entries = *buffer_;
  const std::uint64_t count = take_varint(entries);
  return MapView(count, entries);
}

std::optional<std::string_view> Item::find_string(std::string_view name) const {
  const std::optional<ValueView> value = find(name);
  if (!value || value->type() != Type::kString) return std::nullopt;
  return value->as_string();
}

std::optional<std::int64_t> Item::find_int64(std::string_view name) const {
  const std::optional<ValueView> value = find(name);
  if (!value || value->type() != Type::kNumber) return std::nullopt;
  return value->as_number().to_int64();
}

std::optional<double> Item::find_double(std::string_view name) const {
  const std::optional<ValueView> value = find(name);
  if (!value || value->type() != Type::kNumber) return std::nullopt;
  return value->as_number().to_double();
}

std::optional<bool> Item::find_bool(std::string_view name) const {
  const std::optional<ValueView> value = find(name);
  if (!value || value->type() != Type::kBool) return std::nullopt;
  return value->as_bool();
}

std::size_t Item::size_bytes() const {
  std::size_t size = 0;
  for (const auto& [name, value] : attributes()) size += name.size() + value.size_bytes();
  return size;
}

Value::Map Item::to_map() const {
  Value::Map map;
  for (const auto& [name, value] : attributes()) map.emplace_hint(map.end(), name, value.to_value());
  return map;
}

ItemBuilder::ItemBuilder(const Item& base) {
  attributes_.reserve(base.attributes().size());
  for (const auto& [name, value] : base.attributes()) attributes_.emplace_back(name, value.encoded());
}

ItemBuilder& ItemBuilder::set(std::string_view name, const Value& value) {
  std::string encoded;
  append_encoded(encoded, value);
  return set(name, ValueView(encoded));
}

ItemBuilder& ItemBuilder::set(std::string_view name, const ValueView& value) {
  const auto at = position_of(attributes_, name);
  if (at != attributes_.end() && at->first == name) {
    at->second = value.encoded();
  } else {
    attributes_.emplace(at, name, value.encoded());
  }
  return *this;
}

ItemBuilder& ItemBuilder::remove(std::string_view name) {
  const auto at = position_of(attributes_, name);
  if (at != attributes_.end() && at->first == name) attributes_.erase(at);
  return *this;
}

Item ItemBuilder::build() const {
  if (attributes_.empty()) return Item();
  std::string encoded;
  append_varint(encoded, attributes_.size());
  for (const auto& [name, value] : attributes_) {
    append_sized(encoded, name);
    encoded.append(value);
  }
  return Item::from_trusted(std::move(encoded));
}

}  // namespace mrgc::item
