#include "fleet/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace mrgc::fleet {
namespace {

constexpr double kSmallestNumber = 1e-130;

}  // namespace

item::Number to_number(double value) {
  if (value > -kSmallestNumber && value < kSmallestNumber) return {};
  const Result<item::Number> number = item::Number::from_double(value);
  if (!number) throw std::invalid_argument(fmt::format("{} was not checked before it came here", value));
  return *number;
}

AttributeReader::AttributeReader(item::MapView attributes) {
  attributes_.reserve(attributes.size());
  for (const item::MapView::value_type attribute : attributes) attributes_.push_back(attribute);
}

std::optional<item::ValueView> AttributeReader::find(std::string_view name, item::Type type) const {
  const auto found = std::ranges::find(attributes_, name, &item::MapView::value_type::name);
  if (found == attributes_.end() || found->value.type() != type) return std::nullopt;
  return found->value;
}

std::string AttributeReader::text(std::string_view name) {
  const std::optional<item::ValueView> value = find(name, item::Type::kString);
  if (value) return std::string(value->as_string());
  miss(name);
  return {};
}

std::int64_t AttributeReader::integer(std::string_view name) {
  const std::optional<std::int64_t> value = optional_integer(name);
  if (!value) miss(name);
  return value.value_or(0);
}

double AttributeReader::number(std::string_view name) {
  const std::optional<double> value = optional_number(name);
  if (!value) miss(name);
  return value.value_or(0);
}

std::string AttributeReader::optional_text(std::string_view name) const {
  const std::optional<item::ValueView> value = find(name, item::Type::kString);
  return value ? std::string(value->as_string()) : std::string();
}

std::optional<std::int64_t> AttributeReader::optional_integer(std::string_view name) const {
  const std::optional<item::ValueView> value = find(name, item::Type::kNumber);
  return value ? value->as_number().to_int64() : std::nullopt;
}

std::optional<double> AttributeReader::optional_number(std::string_view name) const {
  const std::optional<item::ValueView> value = find(name, item::Type::kNumber);
  return value ? std::optional(value->as_number().to_double()) : std::nullopt;
}

bool AttributeReader::optional_flag(std::string_view name) const {
  const std::optional<item::ValueView> value = find(name, item::Type::kBool);
  return value && value->as_bool();
}

std::optional<item::MapView> AttributeReader::optional_map(std::string_view name) const {
  const std::optional<item::ValueView> value = find(name, item::Type::kMap);
  return value ? std::optional(value->as_map()) : std::nullopt;
}

Result<void> AttributeReader::finish(std::string_view what) const {
  if (missing_.empty()) return {};
  return base::invalid(fmt::format("a row is no {}: \"{}\" is missing or not what it should be", what, missing_));
}

}  // namespace mrgc::fleet
