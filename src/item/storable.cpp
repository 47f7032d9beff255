#include "item/storable.h"

#include <string>

namespace mrgc::item {
namespace {

constexpr std::size_t kMaxNameBytes = 65'535;

Result<void> check_value(const ValueView& value, int level);

Result<void> check_attributes(const MapView& attributes, int level) {
  for (const auto& [name, value] : attributes) {
    if (Result<void> checked = check_attribute_name(name); !checked) return checked;
    if (Result<void> checked = check_value(value, level); !checked) return checked;
  }
  return {};
}

Result<void> check_list(const ListView& elements, int level) {
  for (const ValueView element : elements) {
    if (Result<void> checked = check_value(element, level); !checked) return checked;
  }
  return {};
}

// The doubled space is DynamoDB's.
Result<void> check_set(const SetView& set) {
  if (set.size() > 0) return {};
  const std::string prefix = "One or more parameter values were invalid: ";
  switch (set.type()) {
    case Type::kStringSet: return base::invalid(prefix + "An string set  may not be empty");
    case Type::kNumberSet: return base::invalid(prefix + "An number set  may not be empty");
    default: return base::invalid(prefix + "Binary sets should not be empty");
  }
}

Result<void> check_value(const ValueView& value, int level) {
  if (level > kMaxNestingLevels) return nested_too_deeply();
  switch (value.type()) {
    case Type::kMap: return check_attributes(value.as_map(), level + 1);
    case Type::kList: return check_list(value.as_list(), level + 1);
    case Type::kStringSet:
    case Type::kNumberSet:
    case Type::kBinarySet: return check_set(value.as_set());
    default: return {};
  }
}

}  // namespace

Result<void> check_attribute_name(std::string_view name) {
  if (name.empty()) return base::invalid("Empty attribute name");
  if (name.size() <= kMaxNameBytes) return {};
  return base::invalid("Attribute name is too large, must be less than 65536 bytes");
}

std::unexpected<Error> nested_too_deeply() {
  return base::invalid(
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
      "limit");
}

Result<void> check_storable(const ValueView& value) { return check_value(value, 1); }

Result<void> check_storable(const Item& item) { return check_attributes(item.attributes(), 1); }

}  // namespace mrgc::item
