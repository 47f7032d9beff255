#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "expression/condition.h"
#include "unit/expression/condition_model.h"
#include "unit/expression/random_bytes.h"

namespace mrgc::expression {
namespace {

void check_one() {
  const std::string bytes = random_bytes(250);
  model::Choices choices(bytes);
  const model::Condition model = model::make_condition(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  RC_LOG() << printer.text() << "\n";

  Placeholders placeholders(printer.names(), printer.values());
  RC_ASSERT(placeholders.check_syntax().has_value());
  const Result<Condition> condition = Condition::parse(printer.text(), placeholders, Role::kCondition);
  if (!condition) RC_LOG() << condition.error().message << "\n";
  RC_ASSERT(condition.has_value() == model::is_valid(model));
  if (!condition) return;
  RC_ASSERT(placeholders.check_all_used().has_value());
  for (int i = 0; i < 5; ++i) {
    const std::string item_bytes = random_bytes(100);
    model::Choices item_choices(item_bytes);
    const item::Value::Map item = model::make_item(item_choices);
    RC_ASSERT(condition->matches(item::Item::from_map(item).attributes()) == model::holds(model, item));
  }
}

RC_GTEST_PROP(ConditionProperty, MeansWhatTheModelMeans, ()) {
  for (int i = 0; i < 20; ++i) check_one();
}

}  // namespace
}  // namespace mrgc::expression
