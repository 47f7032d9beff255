// The input is, as its first byte says, either the text of a condition or decisions from which a condition, its text
// and an item are made. A text is checked to be read the same twice; what is made is checked against what it should
// mean.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expression/condition.h"
#include "fuzz/must_hold.h"
#include "unit/expression/condition_model.h"

namespace mrgc::expression {
namespace {

const Names kNames = {{"#a", "a"}, {"#b", "state"}};
const item::Item kValues = item::Item::from_map({{":n", item::Value(1)},
                                                 {":m", item::Value(2)},
                                                 {":s", item::Value("N")},
                                                 {":b", item::Value(item::Value::Binary{"b"})},
                                                 {":t", item::Value(item::Value::string_set({"a"}))},
                                                 {":l", item::Value(item::Value::List{item::Value(1)})}});
const item::Item kItem = item::Item::from_map({{"a", item::Value(1)}, {"b", item::Value("N")}});

// Whatever the text: NOT in front turns its meaning round, and errors say which parameter they are about.
void check_text(std::string_view text) {
  Placeholders placeholders(kNames, kValues);
  const Result<Condition> condition = Condition::parse(text, placeholders, Role::kFilter);
  if (!condition) {
    MUST_HOLD(condition.error().code == ErrorCode::kValidation);
    MUST_HOLD(condition.error().message.starts_with("Invalid FilterExpression: "));
    return;
  }
  const Result<Condition> negated = Condition::parse("NOT (" + std::string(text) + ")", placeholders, Role::kFilter);
  if (negated) MUST_HOLD(negated->matches(kItem.attributes()) != condition->matches(kItem.attributes()));
  for (const std::string_view name : condition->top_level_attributes()) MUST_HOLD(!name.empty());
}

void check_model(std::string_view decisions) {
  model::Choices choices(decisions);
  const model::Condition model = model::make_condition(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  Placeholders placeholders(printer.names(), printer.values());
  MUST_HOLD(placeholders.check_syntax());
  const Result<Condition> condition = Condition::parse(printer.text(), placeholders, Role::kCondition);
  MUST_HOLD(condition.has_value() == model::is_valid(model));
  if (!condition) return;
  MUST_HOLD(placeholders.check_all_used());
  const item::Value::Map item = model::make_item(choices);
  MUST_HOLD(condition->matches(item::Item::from_map(item).attributes()) == model::holds(model, item));
}

}  // namespace
}  // namespace mrgc::expression

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    mrgc::expression::check_text(rest);
  } else {
    mrgc::expression::check_model(rest);
  }
  return 0;
}
