#include "expression/placeholders.h"

#include <fmt/format.h>

#include <algorithm>

#include "expression/lexer.h"
#include "expression/limits.h"
#include "item/storable.h"

namespace mrgc::expression {
namespace {

Result<void> check_key(std::string_view parameter, std::string_view key, Token::Kind kind) {
  if (key.empty()) {
    return base::invalid(
        fmt::format("{} contains invalid key: The expression attribute map contains an empty key;", parameter));
  }
  if (key.size() > kMaxPlaceholderBytes) {
    return base::invalid(
        fmt::format("{} contains invalid key: The expression attribute map contains a key that is too long;{}",
                    parameter, kind == Token::Kind::kName ? fmt::format(" size of key: {}", key.size()) : ""));
  }
  std::size_t position = 0;
  const Token token = read_token(key, position);
  if (token.kind != kind || token.text.size() != key.size()) {
    return base::invalid(fmt::format("{} contains invalid key: Syntax error; key: \"{}\"", parameter, key));
  }
  return {};
}

Result<void> check_name(std::string_view key, std::string_view attribute) {
  constexpr std::string_view kPrefix = "ExpressionAttributeNames contains invalid value: ";
  if (attribute.empty()) return base::invalid(fmt::format("{}Empty attribute name for key {}", kPrefix, key));
  if (attribute.size() > kMaxAttributeNameBytes) {
    return base::invalid(fmt::format("{}Attribute name is too large, must be less than {} bytes for key {}", kPrefix,
                                     kMaxAttributeNameBytes + 1, key));
  }
  return {};
}

template <typename Entries>
auto* find_entry(Entries& entries, std::string_view placeholder) {
  using Entry = typename Entries::value_type;
  const auto found = std::ranges::lower_bound(entries, placeholder, {}, &Entry::placeholder);
  return found != entries.end() && found->placeholder == placeholder ? &*found : nullptr;
}

template <typename Entries>
Result<void> check_used(std::string_view parameter, const Entries& entries) {
  if (std::ranges::all_of(entries, [](const auto& entry) { return entry.used; })) return {};
  std::string unused;
  for (const auto& entry : entries) {
    if (entry.used) continue;
    if (!unused.empty()) unused += ", ";
    unused += entry.placeholder;
  }
  return base::invalid(fmt::format("Value provided in {} unused in expressions: keys: {{{}}}", parameter, unused));
}

}  // namespace

Placeholders::Placeholders(const Names& names, item::Item values, Length length)
    : length_(length), values_(std::move(values)) {
  name_entries_.reserve(names.size());
  for (const auto& [placeholder, attribute] : names) name_entries_.push_back({placeholder, attribute});
  const item::MapView attributes = values_.attributes();
  value_entries_.reserve(attributes.size());
  for (const auto& [placeholder, value] : attributes) value_entries_.push_back({placeholder, value});
}

Result<void> Placeholders::check_value_placeholder(std::string_view placeholder) {
  return check_key("ExpressionAttributeValues", placeholder, Token::Kind::kValue);
}

Result<void> Placeholders::check_syntax() const {
  std::size_t bytes = 0;
  for (const Name& entry : name_entries_) {
    bytes += entry.attribute.size();
    if (auto ok = check_key("ExpressionAttributeNames", entry.placeholder, Token::Kind::kName); !ok) return ok;
    if (auto ok = check_name(entry.placeholder, entry.attribute); !ok) return ok;
  }
  for (const Value& entry : value_entries_) {
    if (auto ok = check_value_placeholder(entry.placeholder); !ok) return ok;
    // No expression gets a value that could not be stored, whatever it does with it.
    if (auto ok = item::check_storable(entry.value); !ok) return ok;
    bytes += entry.value.size_bytes();
  }
  if (bytes > kMaxSubstitutionBytes && length_ == Length::kLimited) {
    return base::invalid(
        fmt::format("The names and values of ExpressionAttributeNames and ExpressionAttributeValues have exceeded the "
                    "maximum size of {} bytes: {}",
                    kMaxSubstitutionBytes, bytes));
  }
  return {};
}

Result<void> Placeholders::check_all_used() const {
  if (auto ok = check_used("ExpressionAttributeNames", name_entries_); !ok) return ok;
  return check_used("ExpressionAttributeValues", value_entries_);
}

std::optional<std::string_view> Placeholders::use_name(std::string_view placeholder) {
  Name* entry = find_entry(name_entries_, placeholder);
  if (entry == nullptr) return std::nullopt;
  entry->used = true;
  return entry->attribute;
}

std::optional<item::ValueView> Placeholders::use_value(std::string_view placeholder) {
  Value* entry = find_entry(value_entries_, placeholder);
  if (entry == nullptr) return std::nullopt;
  entry->used = true;
  return entry->value;
}

}  // namespace mrgc::expression
