#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "expression/condition.h"
#include "expression/placeholders.h"
#include "expression/projection.h"
#include "expression/update.h"
#include "mrgc/item/item.h"
#include "mrgc/item/number.h"

namespace mrgc::expression {

inline item::Number number(std::string_view text) { return *item::Number::parse(text); }

/// A request's placeholders, which need not all be used, and the expressions parsed with them.
struct Request {
  Names names = {};
  item::Value::Map values = {};

  Result<Condition> condition(std::string_view text, Role role = Role::kCondition) const {
    Placeholders placeholders(names, item::Item::from_map(values));
    return Condition::parse(text, placeholders, role);
  }
  Result<Update> update(std::string_view text) const {
    Placeholders placeholders(names, item::Item::from_map(values));
    return Update::parse(text, placeholders);
  }
  Result<Projection> projection(std::string_view text) const {
    Placeholders placeholders(names, item::Item::from_map(values));
    return Projection::parse(text, placeholders);
  }
};

/// The error's message, or `ok`.
template <typename T>
std::string message_of(const Result<T>& result) {
  if (result) return "ok";
  return result.error().code == ErrorCode::kValidation ? result.error().message : "not a validation error";
}

}  // namespace mrgc::expression
