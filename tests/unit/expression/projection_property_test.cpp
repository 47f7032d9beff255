#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "expression/projection.h"
#include "unit/expression/projection_model.h"
#include "unit/expression/random_bytes.h"

namespace mrgc::expression {
namespace {

void check_one() {
  const std::string bytes = random_bytes(150);
  model::Choices choices(bytes);
  const std::vector<Path> paths = model::make_paths(choices);
  model::Printer printer(choices);
  model::print(printer, paths);
  RC_LOG() << printer.text() << "\n";

  Placeholders placeholders(printer.names(), printer.values());
  const Result<Projection> projection = Projection::parse(printer.text(), placeholders);
  RC_ASSERT(projection.has_value() == !model::any_clash(paths));
  if (!projection) return;
  RC_ASSERT(projection->top_level_attributes() == top_level_attributes(paths));
  const item::Value::Map item = model::make_item(choices);
  RC_ASSERT(projection->apply(item::Item::from_map(item)).to_map() == model::project(paths, item));
}

RC_GTEST_PROP(ProjectionProperty, ChoosesWhatTheModelChooses, ()) {
  for (int i = 0; i < 20; ++i) check_one();
}

}  // namespace
}  // namespace mrgc::expression
