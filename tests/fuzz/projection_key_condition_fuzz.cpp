// The input is, as its first byte says, the text of a projection, decisions from which a projection and an item are
// made, the text of a key condition, decisions from which a key condition is made, or a request's placeholders.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expression/key_condition.h"
#include "expression/projection.h"
#include "fuzz/must_hold.h"
#include "unit/expression/key_condition_model.h"
#include "unit/expression/projection_model.h"

namespace mrgc::expression {
namespace {

const Names kNames = {{"#p", "p"}, {"#s", "s"}};
const item::Item kValues =
    item::Item::from_map({{":p", item::Value("a")}, {":q", item::Value("b")}, {":n", item::Value(1)}});

void check_projection_text(std::string_view text) {
  const item::Item item = item::Item::from_map(
      {{"a", item::Value(1)},
       {"b", item::Value(item::Value::List{item::Value(1), item::Value(item::Value::Map{{"a", item::Value(2)}})})}});
  Placeholders placeholders(kNames, kValues);
  const Result<Projection> projection = Projection::parse(text, placeholders);
  if (!projection) {
    MUST_HOLD(projection.error().message.starts_with("Invalid ProjectionExpression: "));
    return;
  }
  const item::Item part = projection->apply(item);
  const std::vector<std::string_view> chosen = projection->top_level_attributes();
  for (const auto& [name, value] : part.attributes()) MUST_HOLD(std::ranges::binary_search(chosen, name));
  MUST_HOLD(part.size_bytes() <= item.size_bytes());
}

void check_projection_model(std::string_view decisions) {
  model::Choices choices(decisions);
  const std::vector<Path> paths = model::make_paths(choices);
  model::Printer printer(choices);
  model::print(printer, paths);
  Placeholders placeholders(printer.names(), printer.values());
  const Result<Projection> projection = Projection::parse(printer.text(), placeholders);
  MUST_HOLD(projection.has_value() == !model::any_clash(paths));
  if (!projection) return;
  const item::Value::Map item = model::make_item(choices);
  MUST_HOLD(projection->apply(item::Item::from_map(item)).to_map() == model::project(paths, item));
}

// A condition on keys says the same as a filter.
void check_key_condition_text(std::string_view text) {
  Placeholders placeholders(kNames, kValues);
  const Result<KeyCondition> condition = model::resolve(text, placeholders, {.partition = "p", .sort = "s"});
  if (!condition) {
    MUST_HOLD(condition.error().code == ErrorCode::kValidation);
    return;
  }
  const Result<ConditionTree> filter = parse_condition_tree(text, placeholders, Role::kFilter);
  MUST_HOLD(filter);
  MUST_HOLD(condition->low.has_value() == (condition->op != KeyCondition::Op::kNone));
  MUST_HOLD(condition->high.has_value() == (condition->op == KeyCondition::Op::kBetween));
}

void check_key_condition_model(std::string_view decisions) {
  model::Choices choices(decisions);
  const bool sorts_numbers = choices.flip();
  const item::Type sort_type = sorts_numbers ? item::Type::kNumber : item::Type::kString;
  const model::Condition model = model::make_key_condition(choices);
  model::Printer printer(choices);
  model::print(printer, model, choices);
  Placeholders placeholders(printer.names(), printer.values());
  const KeyNames keys{.partition = "p", .sort = "s", .sort_type = sort_type};
  const Result<KeyCondition> condition = model::resolve(printer.text(), placeholders, keys);
  MUST_HOLD(condition.has_value() == model::is_key_condition(model, sort_type));
  if (!condition) return;
  for (int i = 0; i < 5; ++i) {
    const item::Value partition = model::make_text(choices);
    const item::Value sort = sorts_numbers ? model::make_number(choices) : model::make_text(choices);
    MUST_HOLD(model::selects(*condition, partition, sort) == model::holds(model, {{"p", partition}, {"s", sort}}));
  }
}

// A placeholder that passes the check of its form is found in a text and then counts as used.
void check_placeholders(std::string_view input) {
  const std::string name(input.substr(0, input.find('\n')));
  const Names names = {{name, "a"}};
  Placeholders placeholders(names, {});
  MUST_HOLD(!placeholders.check_all_used());
  if (!placeholders.check_syntax()) return;
  MUST_HOLD(Projection::parse(name, placeholders));
  MUST_HOLD(placeholders.check_all_used());
}

}  // namespace
}  // namespace mrgc::expression

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: mrgc::expression::check_projection_text(rest); break;
    case 1: mrgc::expression::check_projection_model(rest); break;
    case 2: mrgc::expression::check_key_condition_text(rest); break;
    case 3: mrgc::expression::check_key_condition_model(rest); break;
    default: mrgc::expression::check_placeholders(rest);
  }
  return 0;
}
