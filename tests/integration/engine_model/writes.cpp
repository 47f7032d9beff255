#include "integration/engine_model/writes.h"

#include "support/item_text.h"

namespace mrgc::model {
namespace {

using item::Item;
using store::ReturnValues;

Attributes with_key(const Key& key, Attributes attributes) {
  attributes.insert_or_assign("pk", Value(key.first));
  attributes.insert_or_assign("sk", Value(key.second));
  return attributes;
}

Condition mostly_true(Dice& dice, Inputs& inputs, const std::optional<Attributes>& before) {
  Condition condition = dice.chance(30) ? existence(dice.chance(50)) : any_condition(dice, inputs, true);
  if (!condition.holds(before.value_or(Attributes())) && dice.chance(75)) return negation(condition);
  return condition;
}

// Sets the members that all requests have.
template <typename Request>
Request finish(Request request, const Write& write, const Inputs& inputs, Dice& dice) {
  request.table = write.table;
  request.condition_expression = write.condition.text;
  request.names = inputs.names();
  request.values = inputs.values();
  request.return_old_on_failure = dice.chance(50);
  return request;
}

}  // namespace

std::pair<Write::Outcome, std::optional<Attributes>> Write::decide(const std::optional<Attributes>& before) const {
  if (condition.holds && !condition.holds(before.value_or(Attributes()))) return {Outcome::kConditionFailed, before};
  auto [accepted, after] = apply(before);
  if (!accepted) return {Outcome::kInvalid, before};
  return {Outcome::kDone, std::move(after)};
}

std::optional<Attributes> Write::returned(const std::optional<Attributes>& before,
                                          const std::optional<Attributes>& after) const {
  const auto values = std::visit(
      [](const auto& one) {
        if constexpr (requires { one.return_values; }) return one.return_values;
        return ReturnValues::kNone;
      },
      request);
  switch (values) {
    case ReturnValues::kNone: return std::nullopt;
    case ReturnValues::kAllOld: return before;
    case ReturnValues::kAllNew: return after;
    case ReturnValues::kUpdatedOld: return before ? updated_part(update, *before) : std::nullopt;
    case ReturnValues::kUpdatedNew: return after ? updated_part(update, *after) : std::nullopt;
  }
  return std::nullopt;
}

std::string Write::to_text() const {
  std::string text = table + " " + key.first + "/" + std::to_string(key.second);
  if (const auto* put = std::get_if<store::PutItemRequest>(&request)) text = "put " + testing::to_text(put->item);
  if (const auto* changed = std::get_if<store::UpdateItemRequest>(&request)) {
    text = "update " + text + " " + changed->update_expression;
  }
  if (std::holds_alternative<store::DeleteItemRequest>(request)) text = "delete " + text;
  if (std::holds_alternative<store::ConditionCheck>(request)) text = "check " + text;
  if (!condition.text.empty()) text += " if " + condition.text;
  return text + " with " + std::visit([](const auto& one) { return testing::to_text(one.values); }, request);
}

Write any_write(Dice& dice, const std::string& table, const Key& key, const std::optional<Attributes>& before,
                std::int64_t now_s) {
  Write write{.table = table, .key = key};
  Inputs inputs;
  if (dice.chance(40)) write.condition = mostly_true(dice, inputs, before);
  const ReturnValues old_or_none = dice.chance(50) ? ReturnValues::kAllOld : ReturnValues::kNone;
  switch (dice.roll(10)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const Attributes item = with_key(key, any_attributes(dice, now_s));
      write.apply = [item](const auto&) { return std::pair(true, std::optional(item)); };
      write.request = finish(store::PutItemRequest{.item = Item::from_map(item), .return_values = old_or_none}, write,
                             inputs, dice);
      return write;
    }
    case 4: {
      write.apply = [](const auto&) { return std::pair(true, std::optional<Attributes>()); };
      write.request =
          finish(store::DeleteItemRequest{.key = to_item(key), .return_values = old_or_none}, write, inputs, dice);
      return write;
    }
    default: {
      write.update = any_update(dice, inputs, now_s);
      write.apply = [key, update = write.update](const std::optional<Attributes>& from) {
        if (!from && update.only_removes) return std::pair(true, std::optional<Attributes>());
        auto after = update.apply(from.value_or(with_key(key, {})));
        return std::pair(after.has_value(), std::move(after));
      };
      write.request = finish(store::UpdateItemRequest{.key = to_item(key),
                                                      .update_expression = write.update.text,
                                                      .return_values = static_cast<ReturnValues>(dice.roll(5))},
                             write, inputs, dice);
      return write;
    }
  }
}

Write any_check(Dice& dice, const std::string& table, const Key& key, const std::optional<Attributes>& before) {
  Inputs inputs;
  Write write{.table = table, .key = key, .condition = mostly_true(dice, inputs, before)};
  write.apply = [](const std::optional<Attributes>& from) { return std::pair(true, from); };
  write.request = finish(store::ConditionCheck{.key = to_item(key)}, write, inputs, dice);
  return write;
}

}  // namespace mrgc::model
