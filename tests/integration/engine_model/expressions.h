#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mrgc/item/value.h"
#include "mrgc/store/requests.h"
#include "support/seed.h"

/// Random conditions and updates from a small set, each as an expression for the store and as a function that says in
/// plain C++ what it means.
namespace mrgc::model {

using item::Value;
using Attributes = Value::Map;
using testing::Dice;

/// The placeholders of one request.
class Inputs {
 public:
  /// `:v0`, `:v1`, ... for one more value.
  std::string value(Value value);
  /// The attribute's name or, sometimes and for reserved words, a placeholder for it.
  std::string name(const std::string& attribute, Dice& dice);

  const store::Names& names() const { return names_; }
  item::Item values() const { return item::Item::from_map(values_); }

 private:
  store::Names names_;
  Attributes values_;
};

struct Condition {
  std::string text;
  std::function<bool(const Attributes&)> holds;
};

/// A condition on other attributes than keys: on `color`, `score` and `owner` only when `with_index_keys`.
Condition any_condition(Dice& dice, Inputs& inputs, bool with_index_keys, int depth = 2);

/// The condition that holds exactly when `condition` does not.
Condition negation(const Condition& condition);

/// Whether an item is there at all.
Condition existence(bool exists);

struct Update {
  std::string text;
  /// The attributes afterwards; nothing when the store must refuse the update.
  std::function<std::optional<Attributes>(const Attributes&)> apply;
  /// The attributes that it mentions, each with whether it mentions only the `x` inside.
  std::vector<std::pair<std::string, bool>> touched;
  bool only_removes = false;  ///< it makes no item
};

/// An update of one to four attributes. `now_s` is the time around which times to live lie.
Update any_update(Dice& dice, Inputs& inputs, std::int64_t now_s);

/// Some of the attributes of a sample table, besides its key, with values that make many items alike.
Attributes any_attributes(Dice& dice, std::int64_t now_s);

/// What of `attributes` an update's `UPDATED_OLD` or `UPDATED_NEW` shows; nothing when nothing is there.
std::optional<Attributes> updated_part(const Update& update, const Attributes& attributes);

}  // namespace mrgc::model
