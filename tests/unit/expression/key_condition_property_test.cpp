#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "expression/key_condition.h"
#include "unit/expression/key_condition_model.h"
#include "unit/expression/random_bytes.h"

namespace mrgc::expression {
namespace {

void check_one() {
  const std::string bytes = random_bytes(80);
  model::Choices choices(bytes);
  const bool sorts_numbers = choices.flip();
  const item::Type sort_type = sorts_numbers ? item::Type::kNumber : item::Type::kString;
  const model::Condition model = model::make_key_condition(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  RC_LOG() << printer.text() << "\n";

  Placeholders placeholders(printer.names(), printer.values());
  const KeyNames keys{.partition = "p", .sort = "s", .sort_type = sort_type};
  const Result<KeyCondition> condition = model::resolve(printer.text(), placeholders, keys);
  if (!condition) RC_LOG() << condition.error().message << "\n";
  RC_ASSERT(condition.has_value() == model::is_key_condition(model, sort_type));
  if (!condition) return;
  for (int i = 0; i < 20; ++i) {
    const item::Value partition = model::make_text(choices);
    const item::Value sort = sorts_numbers ? model::make_number(choices) : model::make_text(choices);
    RC_ASSERT(model::selects(*condition, partition, sort) == model::holds(model, {{"p", partition}, {"s", sort}}));
  }
}

RC_GTEST_PROP(KeyConditionProperty, SelectsWhatAFilterSelects, ()) {
  for (int i = 0; i < 50; ++i) check_one();
}

}  // namespace
}  // namespace mrgc::expression
