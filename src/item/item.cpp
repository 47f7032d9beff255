#include "mrgc/item/item.h"

#include <algorithm>

#include "item/check.h"
#include "item/encode.h"
#include "item/varint.h"

namespace mrgc::item {
namespace {

std::size_t sum_of_sizes(MapView attributes) {
  std::size_t size = 0;
  for (const auto& [name, value] : attributes) size += name.size() + value.size_bytes();
  return size;
}

/// The attributes before and behind the place of one, which may be there.
struct Split {
  std::string_view before;
  std::string_view behind;
  bool is_there = false;
};

Split split_at(std::string_view attributes, std::string_view name) {
  std::string_view rest = attributes;
  std::string_view behind = attributes;  // `rest` without its first
  bool is_there = false;
  while (!rest.empty()) {
    const int order = MapView::read(behind).name.compare(name);
    is_there = order == 0;
    if (order >= 0) break;
    rest = behind;
  }
  return {.before = attributes.substr(0, attributes.size() - rest.size()),
          .behind = is_there ? behind : rest,
          .is_there = is_there};
}

}  // namespace

Item Item::from_trusted(std::string encoded) {
  if (encoded.empty()) return Item();
  return Item(std::make_shared<const Buffer>(std::move(encoded)));
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
  std::string_view entries = buffer_->bytes;
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
  if (!buffer_) return 0;
  std::size_t size = buffer_->size_bytes.load(std::memory_order_relaxed);
  if (size == 0) {
    size = sum_of_sizes(attributes());
    buffer_->size_bytes.store(size, std::memory_order_relaxed);
  }
  return size;
}

Value::Map Item::to_map() const {
  Value::Map map;
  for (const auto& [name, value] : attributes()) map.emplace_hint(map.end(), name, value.to_value());
  return map;
}

ItemBuilder& ItemBuilder::set(std::string_view name, const Value& value) {
  std::string encoded;
  append_encoded(encoded, value);
  add(name, std::move(encoded));
  return *this;
}

ItemBuilder& ItemBuilder::set(std::string_view name, const ValueView& value) {
  add(name, std::string(value.encoded()));
  return *this;
}

ItemBuilder& ItemBuilder::remove(std::string_view name) {
  add(name, std::nullopt);
  return *this;
}

// Whoever sends a request chooses their order and number, so they are put in order once, at the end.
void ItemBuilder::add(std::string_view name, std::optional<std::string> encoded) {
  is_in_order_ = is_in_order_ && (changes_.empty() || changes_.back().name < name);
  changes_.push_back({.name = std::string(name), .encoded = std::move(encoded)});
}

// By name, and of a name the last.
std::vector<const ItemBuilder::Change*> ItemBuilder::in_order() const {
  std::vector<const Change*> order;
  order.reserve(changes_.size());
  for (const Change& change : changes_) order.push_back(&change);
  if (is_in_order_) return order;
  std::ranges::sort(order, [](const Change* a, const Change* b) {
    const int by_name = a->name.compare(b->name);
    return by_name != 0 ? by_name < 0 : a > b;
  });
  const auto repeated =
      std::ranges::unique(order, {}, [](const Change* change) -> const std::string& { return change->name; });
  order.erase(repeated.begin(), repeated.end());
  return order;
}

std::size_t ItemBuilder::most_bytes() const {
  std::size_t bytes = base_.encoded().size() + varint_size(changes_.size());
  for (const Change& change : changes_) {
    if (change.encoded) bytes += varint_size(change.name.size()) + change.name.size() + change.encoded->size();
  }
  return bytes;
}

// What stands between two changes is copied as it is.
Item ItemBuilder::build() const {
  if (changes_.empty()) return base_;
  std::string_view rest = base_.encoded();
  std::uint64_t count = rest.empty() ? 0 : take_varint(rest);
  std::string encoded;
  encoded.reserve(most_bytes());
  for (const Change* change : in_order()) {
    const Split split = split_at(rest, change->name);
    encoded.append(split.before);
    if (change->encoded) {
      append_sized(encoded, change->name);
      encoded.append(*change->encoded);
    }
    count = count + (change->encoded ? 1 : 0) - (split.is_there ? 1 : 0);
    rest = split.behind;
  }
  encoded.append(rest);
  if (count == 0) return Item();
  insert_varint(encoded, 0, count);
  return Item::from_trusted(std::move(encoded));
}

}  // namespace mrgc::item
