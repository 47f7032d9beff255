#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "expression/update.h"
#include "unit/expression/projection_model.h"
#include "unit/expression/random_bytes.h"
#include "unit/expression/update_model.h"

namespace mrgc::expression {
namespace {

std::vector<Path> targets_of(const std::vector<model::Action>& actions) {
  std::vector<Path> targets;
  for (const model::Action& action : actions) targets.push_back(action.target);
  return targets;
}

void check_item(const Update& update, const std::vector<model::Action>& model) {
  const std::string bytes = random_bytes(100);
  model::Choices choices(bytes);
  const item::Value::Map before = model::make_item(choices);
  const auto expected = model::apply(model, before);
  const Result<item::Item> after = update.apply(item::Item::from_map(before));
  RC_ASSERT(after.has_value() == expected.has_value());
  if (!after) return;
  RC_ASSERT(after->to_map() == *expected);
  RC_ASSERT(update.updated_part(*after).to_map() == model::project(targets_of(model), *expected));
}

void check_one() {
  const std::string bytes = random_bytes(200);
  model::Choices choices(bytes);
  const std::vector<model::Action> model = model::make_update(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  RC_LOG() << printer.text() << "\n";

  Placeholders placeholders(printer.names(), printer.values());
  const Result<Update> update = Update::parse(printer.text(), placeholders);
  if (!update) RC_LOG() << update.error().message << "\n";
  RC_ASSERT(update.has_value() == model::is_valid(model));
  if (!update) return;
  RC_ASSERT(placeholders.check_all_used().has_value());
  RC_ASSERT(update->top_level_attributes() == top_level_attributes(targets_of(model)));
  for (int i = 0; i < 5; ++i) check_item(*update, model);
}

RC_GTEST_PROP(UpdateProperty, DoesWhatTheModelDoes, ()) {
  for (int i = 0; i < 20; ++i) check_one();
}

}  // namespace
}  // namespace mrgc::expression
