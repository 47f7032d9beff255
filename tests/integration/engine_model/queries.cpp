#include "integration/engine_model/queries.h"

#include <functional>

namespace mrgc::model {
namespace {

const std::vector<std::string> kPartitions = {"p", "q", "r", "s"};
constexpr std::int64_t kSortKeys = 16;

std::string partition_key_of(const std::string& index) {
  if (index.empty()) return "pk";
  return index == "by-owner" ? "owner" : "color";
}

std::string any_partition(Dice& dice, const std::string& index) {
  static const std::vector<std::string> kOwners = {"ann", "bob", "cy"};
  static const std::vector<std::string> kColors = {"amber", "blue", "red"};
  if (index.empty()) return dice.pick(kPartitions);
  return dice.pick(index == "by-owner" ? kOwners : kColors);
}

// Adds a condition on the sort key to the selection; returns its text.
std::string any_sort_key_condition(Dice& dice, Inputs& inputs, Selection& selection) {
  const std::string name = inputs.name(selection.index.empty() ? "sk" : "score", dice);
  const std::int64_t low = dice.between(-2, kSortKeys);
  const std::string operand = inputs.value(Value(low));
  const auto compare = [&](const std::string& op, auto&& holds) {
    selection.sort_key_fits = [low, holds](std::int64_t at) { return holds(at, low); };
    return name + " " + op + " " + operand;
  };
  switch (dice.roll(6)) {
    case 0: return compare("=", std::equal_to());
    case 1: return compare("<", std::less());
    case 2: return compare("<=", std::less_equal());
    case 3: return compare(">", std::greater());
    case 4: return compare(">=", std::greater_equal());
    default: {
      const std::int64_t high = low + dice.between(0, 8);
      selection.sort_key_fits = [low, high](std::int64_t at) { return low <= at && at <= high; };
      return name + " BETWEEN " + operand + " AND " + inputs.value(Value(high));
    }
  }
}

// Has the query start in the middle, behind a key that may or may not be there.
void start_somewhere(Dice& dice, Query& query) {
  const std::string& index = query.selection.index;
  Key key = any_key(dice);
  if (index.empty()) key.first = query.selection.partition;
  Attributes start{{"pk", Value(key.first)}, {"sk", Value(key.second)}};
  query.start = Position{index.empty() ? key.second : 0, key};
  if (!index.empty()) start.emplace(partition_key_of(index), Value(query.selection.partition));
  if (index.starts_with("by-color")) {
    query.start->first = dice.between(-5, 20);
    start.emplace("score", Value(query.start->first));
  }
  query.request.exclusive_start_key = item::Item::from_map(start);
}

}  // namespace

const std::vector<std::string> kIndexes = {"", "by-color", "by-color-keys", "by-owner"};

Key any_key(Dice& dice) {
  const std::string& partition = dice.pick(kPartitions);
  return {partition, dice.between(0, kSortKeys - 1)};
}

std::optional<std::string> any_projection(Dice& dice, Inputs& inputs, const std::string& index,
                                          std::vector<std::string>& names) {
  static const std::vector<std::string> kOfOwner = {"pk", "sk", "note"};
  static const std::vector<std::string> kOfKeys = {"pk", "score"};
  static const std::vector<std::string> kOfAll = {"sk", "n", "m", "ttl"};
  if (dice.chance(70)) return std::nullopt;
  std::string text;
  for (const std::string& name : index == "by-owner" ? kOfOwner : index == "by-color-keys" ? kOfKeys : kOfAll) {
    if (!names.empty() && dice.chance(50)) continue;
    names.push_back(name);
    text += (text.empty() ? "" : ", ") + inputs.name(name, dice);
  }
  return text;
}

bool may_filter(const std::string& index) { return index.empty() || index == "by-color"; }

Query any_query(Dice& dice, const std::string& table) {
  Query query;
  Inputs inputs;
  const std::string& index = query.selection.index = dice.pick(kIndexes);
  query.selection.partition = any_partition(dice, index);
  std::string condition = inputs.name(partition_key_of(index), dice);
  condition += " = " + inputs.value(Value(query.selection.partition));
  if (index != "by-owner" && dice.chance(50)) {
    condition += " AND " + any_sort_key_condition(dice, inputs, query.selection);
  }
  if (may_filter(index) && dice.chance(40)) query.filter = any_condition(dice, inputs, index.empty());
  const auto projection = any_projection(dice, inputs, index, query.projected);
  query.request = {.table = table,
                   .index = index,
                   .key_condition_expression = condition,
                   .filter_expression = query.filter.text,
                   .projection_expression = projection.value_or(""),
                   .names = inputs.names(),
                   .values = inputs.values(),
                   .scan_forward = dice.chance(50)};
  if (dice.chance(60)) query.request.limit = dice.between(1, 12);
  if (dice.chance(20)) start_somewhere(dice, query);
  return query;
}

}  // namespace mrgc::model
