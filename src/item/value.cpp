#include "mrgc/item/value.h"

#include <algorithm>

namespace mrgc::item {
namespace {

template <typename Set>
void sort_and_merge(Set& elements) {
  std::ranges::sort(elements);
  const auto duplicates = std::ranges::unique(elements);
  elements.erase(duplicates.begin(), duplicates.end());
}

}  // namespace

std::string_view to_string(Type type) {
  switch (type) {
    case Type::kString: return "S";
    case Type::kNumber: return "N";
    case Type::kBinary: return "B";
    case Type::kStringSet: return "SS";
    case Type::kNumberSet: return "NS";
    case Type::kBinarySet: return "BS";
    case Type::kMap: return "M";
    case Type::kList: return "L";
    case Type::kBool: return "BOOL";
    case Type::kNull: return "NULL";
  }
  return "NULL";
}

Value Value::string_set(StringSet elements) {
  sort_and_merge(elements);
  return Value(std::move(elements), 0);
}

Value Value::number_set(NumberSet elements) {
  sort_and_merge(elements);
  return Value(std::move(elements), 0);
}

Value Value::binary_set(BinarySet elements) {
  sort_and_merge(elements);
  return Value(std::move(elements), 0);
}

Type Value::type() const {
  // The alternatives are in the order of the types.
  static_assert(std::variant_size_v<Data> == static_cast<std::size_t>(Type::kNull) + 1);
  static_assert(std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(Type::kMap), Data>, Map>);
  return static_cast<Type>(data_.index());
}

}  // namespace mrgc::item
