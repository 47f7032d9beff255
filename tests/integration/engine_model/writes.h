#pragma once

#include <string>

#include "integration/engine_model/model.h"

namespace mrgc::model {

/// One write: the request for the store, and what the model says about it.
struct Write {
  enum class Outcome { kDone, kConditionFailed, kInvalid };

  std::string table;
  Key key;
  store::TransactWriteItemsRequest::Action request;
  Condition condition;  ///< without text when there is none
  /// The item afterwards from the one before (nothing: there is none); false in front when the store must refuse.
  std::function<std::pair<bool, std::optional<Attributes>>(const std::optional<Attributes>&)> apply;
  Update update;  ///< of an update request

  /// What comes of the write, and the item afterwards when it is done.
  std::pair<Outcome, std::optional<Attributes>> decide(const std::optional<Attributes>& before) const;

  /// What the request returns.
  std::optional<Attributes> returned(const std::optional<Attributes>& before,
                                     const std::optional<Attributes>& after) const;

  std::string to_text() const;
};

/// A random put, update or delete of the item `key`, which now is `before`; with a condition that mostly holds.
Write any_write(Dice& dice, const std::string& table, const Key& key, const std::optional<Attributes>& before,
                std::int64_t now_s);

/// A condition check.
Write any_check(Dice& dice, const std::string& table, const Key& key, const std::optional<Attributes>& before);

}  // namespace mrgc::model
