#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// `ExpressionAttributeNames`: from `#placeholder` to the attribute's name.
using Names = std::map<std::string, std::string, std::less<>>;

/// Whether expressions are as long, and have as many operators and operands, as a request's may: those that say what
/// older parameters did may have any number.
enum class Length : std::uint8_t { kLimited, kAny };

/// The `#name` and `:value` placeholders of one request. All expressions of the request are parsed with the same
/// object, so that it knows at the end which placeholders nobody used.
///
/// Usage: `check_syntax`, parse the expressions, `check_all_used`. Not thread-safe. Refers to the given names: they
/// must outlive it. What is parsed with it copies the names it needs and shares the values' buffer.
class Placeholders {
 public:
  /// `values` are `ExpressionAttributeValues`: an item whose attributes' names are the placeholders, colon included.
  Placeholders(const Names& names, item::Item values, Length length = Length::kLimited);

  /// Of the expressions that are parsed with this object.
  Length length() const { return length_; }

  /// Checks the form of the placeholder of a value. Errors: `kValidation` with DynamoDB's message.
  static Result<void> check_value_placeholder(std::string_view placeholder);

  /// Checks the form of all placeholders (`#` or `:` and at least one letter, digit or underscore), that no name is
  /// empty or too long, that every value could be stored (`item::check_storable`), and how much all of them are.
  /// Errors: `kValidation` with DynamoDB's message.
  Result<void> check_syntax() const;

  /// Checks that every placeholder occurred in an expression that was parsed with this object.
  /// Errors: `kValidation` with DynamoDB's message, which lists the others.
  Result<void> check_all_used() const;

  /// The attribute's name for a placeholder (`#` included), or nothing when it is not defined. Marks it as used.
  std::optional<std::string_view> use_name(std::string_view placeholder);

  /// The value for a placeholder (`:` included), or nothing when it is not defined. Marks it as used. The view stays
  /// valid as long as a copy of `values()` lives.
  std::optional<item::ValueView> use_value(std::string_view placeholder);

  /// The item that holds the values.
  const item::Item& values() const { return values_; }

 private:
  struct Name {
    std::string_view placeholder;
    std::string_view attribute;
    bool used = false;
  };
  struct Value {
    std::string_view placeholder;
    item::ValueView value;
    bool used = false;
  };

  const Length length_;
  item::Item values_;
  // Requests have a handful of placeholders, but for those of older parameters; both are in the order of the
  // placeholders' bytes.
  std::vector<Name> name_entries_;
  std::vector<Value> value_entries_;
};

}  // namespace mrgc::expression
