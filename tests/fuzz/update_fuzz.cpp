// The input is, as its first byte says, either the text of an update or decisions from which an update, its text and an
// item are made. A text's effect is checked to touch nothing but what it names; what is made is checked against what it
// should do.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expression/update.h"
#include "fuzz/must_hold.h"
#include "unit/expression/projection_model.h"
#include "unit/expression/update_model.h"

namespace mrgc::expression {
namespace {

const Names kNames = {{"#a", "a"}, {"#b", "state"}};
const item::Item kValues = item::Item::from_map({{":n", item::Value(1)},
                                                 {":s", item::Value("x")},
                                                 {":t", item::Value(item::Value::string_set({"x"}))},
                                                 {":l", item::Value(item::Value::List{item::Value(1)})}});
const item::Item kItem = item::Item::from_map(
    {{"a", item::Value(1)},
     {"b", item::Value(item::Value::List{item::Value(1), item::Value(2)})},
     {"c", item::Value(item::Value::Map{{"a", item::Value(1)}, {"b", item::Value::string_set({"x", "y"})}})},
     {"d", item::Value::string_set({"x"})}});

void check_text(std::string_view text) {
  Placeholders placeholders(kNames, kValues);
  const Result<Update> update = Update::parse(text, placeholders);
  if (!update) {
    MUST_HOLD(update.error().code == ErrorCode::kValidation);
    MUST_HOLD(update.error().message.starts_with("Invalid UpdateExpression: "));
    return;
  }
  const Result<item::Item> after = update->apply(kItem);
  if (!after) return;
  MUST_HOLD(item::Item::from_bytes(std::string(after->encoded())) == *after);
  const std::vector<std::string_view> changed = update->top_level_attributes();
  for (const auto& [name, value] : kItem.attributes()) {
    if (!std::ranges::binary_search(changed, name)) MUST_HOLD(after->find(name) == value);
  }
  const item::Item part = update->updated_part(*after);
  for (const auto& [name, value] : part.attributes()) {
    MUST_HOLD(std::ranges::binary_search(changed, name));
  }
}

void check_model(std::string_view decisions) {
  model::Choices choices(decisions);
  const std::vector<model::Action> model = model::make_update(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  Placeholders placeholders(printer.names(), printer.values());
  const Result<Update> update = Update::parse(printer.text(), placeholders);
  MUST_HOLD(update.has_value() == model::is_valid(model));
  if (!update) return;
  MUST_HOLD(placeholders.check_all_used());
  const item::Value::Map before = model::make_item(choices);
  const auto expected = model::apply(model, before);
  const Result<item::Item> after = update->apply(item::Item::from_map(before));
  MUST_HOLD(after.has_value() == expected.has_value());
  if (!after) return;
  MUST_HOLD(after->to_map() == *expected);
  std::vector<Path> targets;
  for (const model::Action& action : model) targets.push_back(action.target);
  MUST_HOLD(update->updated_part(*after).to_map() == model::project(targets, *expected));
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
