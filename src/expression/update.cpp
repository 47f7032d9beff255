#include "expression/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <variant>

#include "item/set_types.h"

namespace mrgc::expression {
namespace {

using item::Item;
using item::MapLookup;
using item::Number;
using item::Type;
using item::Value;
using item::ValueView;
using Clause = UpdateTree::Clause;
using Kind = UpdateTree::Node::Kind;

/// A list that is yet to be joined from others. Its parts are only views: an expression can name a large list hundreds
/// of times, and what is too large must not be made.
struct JoinedList {
  std::vector<ValueView> parts;
};

/// A value that lies in the old item or in the request, or that was computed.
using Computed = std::variant<ValueView, Value, JoinedList>;

std::unexpected<Error> invalid_path() {
  return base::invalid("The document path provided in the update expression is invalid for update");
}
std::unexpected<Error> wrong_type() {
  return base::invalid("An operand in the update expression has an incorrect data type");
}
std::unexpected<Error> missing_attribute() {
  return base::invalid("The provided expression refers to an attribute that does not exist in the item");
}

std::unexpected<Error> too_large() {
  return base::invalid("Item size to update has exceeded the maximum allowed size");
}

Value join(const JoinedList& list) {
  Value::List elements;
  for (const ValueView& part : list.parts) {
    for (const ValueView element : part.as_list()) elements.push_back(element.to_value());
  }
  return Value(std::move(elements));
}

Value to_value(Computed&& computed) {
  if (const auto* view = std::get_if<ValueView>(&computed)) return view->to_value();
  if (const auto* list = std::get_if<JoinedList>(&computed)) return join(*list);
  return std::move(std::get<Value>(computed));
}

std::optional<Number> find_number(const Computed& computed) {
  if (const auto* view = std::get_if<ValueView>(&computed)) {
    return view->type() == Type::kNumber ? std::optional(view->as_number()) : std::nullopt;
  }
  const auto* value = std::get_if<Value>(&computed);
  const auto* number = value != nullptr ? value->as<Number>() : nullptr;
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

// The lists that the value consists of; nothing when it is not a list.
std::optional<std::vector<ValueView>> list_parts(Computed&& computed) {
  if (auto* list = std::get_if<JoinedList>(&computed)) return std::move(list->parts);
  const auto* view = std::get_if<ValueView>(&computed);
  if (view == nullptr || view->type() != Type::kList) return std::nullopt;
  return std::vector{*view};
}

std::size_t set_size_bytes(const Value& set) {
  std::size_t bytes = 0;
  if (const auto* texts = set.as<Value::StringSet>()) {
    for (const std::string& text : *texts) bytes += text.size();
  } else if (const auto* numbers = set.as<Value::NumberSet>()) {
    for (const Number& number : *numbers) bytes += number.size_bytes();
  } else if (const auto* binaries = set.as<Value::BinarySet>()) {
    for (const Value::Binary& binary : *binaries) bytes += binary.bytes.size();
  }
  return bytes;
}

// The size of the value as DynamoDB counts it, in bytes; once it is above `enough`, maybe less than all.
std::size_t size_bytes(const Computed& computed, std::size_t enough) {
  if (const auto* view = std::get_if<ValueView>(&computed)) return view->size_bytes();
  if (const auto* value = std::get_if<Value>(&computed)) {
    const auto* number = value->as<Number>();
    return number != nullptr ? number->size_bytes() : set_size_bytes(*value);
  }
  constexpr std::size_t kListBytes = 3;  // what a list takes beside its elements, however many it was joined from
  std::size_t bytes = kListBytes;
  for (const ValueView& part : std::get<JoinedList>(computed).parts) {
    bytes += part.size_bytes() - kListBytes;
    if (bytes > enough) break;
  }
  return bytes;
}

// The right side `index` of the expression for an item with the attributes `before`. The parser bounds the recursion.
Result<Computed> compute(const UpdateTree& tree, std::uint32_t index, MapLookup& before);

// The operand `index`, which must be a number, or a list.
Result<Number> compute_number(const UpdateTree& tree, std::uint32_t index, MapLookup& before) {
  Result<Computed> operand = compute(tree, index, before);
  if (!operand) return base::forward_error(operand);
  const std::optional<Number> number = find_number(*operand);
  if (!number) return wrong_type();
  return *number;
}
Result<std::vector<ValueView>> compute_list(const UpdateTree& tree, std::uint32_t index, MapLookup& before) {
  Result<Computed> operand = compute(tree, index, before);
  if (!operand) return base::forward_error(operand);
  auto parts = list_parts(std::move(*operand));
  if (!parts) return wrong_type();
  return std::move(*parts);
}

Result<Computed> add_or_subtract(bool is_sum, const Number& left, const Number& right) {
  Result<Number> result = is_sum ? left.plus(right) : left.minus(right);
  if (!result && result.error().message.starts_with("Attempting to store more than")) {
    return base::invalid("Number overflow. Attempting to store a number with magnitude larger than supported range");
  }
  if (!result) return base::forward_error(result);
  return Value(*result);
}

Result<Computed> compute(const UpdateTree& tree, std::uint32_t index, MapLookup& before) {
  const UpdateTree::Node& node = tree.nodes[index];
  if (node.kind == Kind::kValue) return *node.value;
  if (node.kind == Kind::kPath) {
    if (const auto found = tree.sources[node.left].resolve(before)) return *found;
    return missing_attribute();
  }
  if (node.kind == Kind::kIfNotExists) {
    Result<Computed> otherwise = compute(tree, node.right, before);
    if (!otherwise) return otherwise;
    if (const auto found = tree.sources[node.left].resolve(before)) return *found;
    return otherwise;
  }
  // The left operand's faults are told before the right one's.
  if (node.kind == Kind::kListAppend) {
    auto front = compute_list(tree, node.left, before);
    if (!front) return base::forward_error(front);
    auto back = compute_list(tree, node.right, before);
    if (!back) return base::forward_error(back);
    front->insert(front->end(), back->begin(), back->end());
    return JoinedList{std::move(*front)};
  }
  Result<Number> left = compute_number(tree, node.left, before);
  if (!left) return base::forward_error(left);
  Result<Number> right = compute_number(tree, node.right, before);
  if (!right) return base::forward_error(right);
  return add_or_subtract(node.kind == Kind::kPlus, *left, *right);
}

Value make_set(Value::StringSet elements) { return Value::string_set(std::move(elements)); }
Value make_set(Value::NumberSet elements) { return Value::number_set(std::move(elements)); }
Value make_set(Value::BinarySet elements) { return Value::binary_set(std::move(elements)); }

// The set `old` with (ADD) or without (DELETE) the elements of `delta`; nothing when no element is left.
template <typename Set>
std::optional<Value> change_set(Clause clause, const Value& old, const Value& delta) {
  const auto& from = *old.as<Set>();
  const auto& by = *delta.as<Set>();
  Set result;
  if (clause == Clause::kAdd) {
    std::ranges::set_union(from, by, std::back_inserter(result));
  } else {
    std::ranges::set_difference(from, by, std::back_inserter(result));
  }
  if (result.empty()) return std::nullopt;
  return make_set(std::move(result));
}

// Of whichever type both sets have.
std::optional<Value> change_set(Clause clause, const ValueView& old, const ValueView& delta) {
  switch (delta.type()) {
    case Type::kStringSet: return change_set<Value::StringSet>(clause, old.to_value(), delta.to_value());
    case Type::kNumberSet: return change_set<Value::NumberSet>(clause, old.to_value(), delta.to_value());
    default: return change_set<Value::BinarySet>(clause, old.to_value(), delta.to_value());
  }
}

/// What a target becomes: a value, or nothing.
using Outcome = std::optional<Computed>;

Result<Outcome> add_or_delete(Clause clause, const std::optional<ValueView>& old, const ValueView& delta) {
  if (!old) return clause == Clause::kAdd ? Outcome(delta) : std::nullopt;
  if (old->type() != delta.type()) return wrong_type();
  if (clause == Clause::kAdd && delta.size_bytes() > item::kMaxItemSizeBytes) return too_large();
  if (delta.type() == Type::kNumber) return add_or_subtract(true, old->as_number(), delta.as_number());
  std::optional<Value> set = change_set(clause, *old, delta);
  return set ? Outcome(std::move(*set)) : std::nullopt;
}

// What of an update AWS counts: see `charge_bytes`.
std::size_t element_charge(const Path::Step& step) {
  const auto* index = std::get_if<std::uint32_t>(&step);
  return index == nullptr ? std::get<std::string>(step).size() : fmt::formatted_size("{}", *index);
}

// `each` for each element behind the first.
std::size_t elements_charge(const Path& path, std::size_t each) {
  std::size_t bytes = path.name.size();
  for (const Path::Step& step : path.steps) bytes += each + element_charge(step);
  return bytes;
}

std::size_t target_charge(const Path& target) { return elements_charge(target, 4); }
std::size_t path_charge(const Path& path) { return 1 + 14 + elements_charge(path, 14); }

std::size_t operand_charge(const UpdateTree& tree, const UpdateTree::Node& node) {
  const auto of_node = [&tree](std::uint32_t index) { return operand_charge(tree, tree.nodes[index]); };
  switch (node.kind) {
    case Kind::kPath: return path_charge(tree.sources[node.left]);
    case Kind::kValue: return node.value->size_bytes();
    case Kind::kPlus: return 34 + of_node(node.left) + of_node(node.right);
    case Kind::kMinus: return 37 + of_node(node.left) + of_node(node.right);
    case Kind::kIfNotExists: return 39 + path_charge(tree.sources[node.left]) + of_node(node.right);
    case Kind::kListAppend: return 37 + of_node(node.left) + of_node(node.right);
  }
  return 0;
}

/// Elements that are added to a set: those count that it has not yet.
struct SetAddition {
  ValueView delta;
  ValueView old;
  std::size_t least_bytes;  ///< known without looking at each element

  SetAddition(const ValueView& added, const ValueView& there) : delta(added), old(there) {
    const std::size_t most = delta.size_bytes();
    least_bytes = most - std::min(most, old.size_bytes());
  }
  std::size_t bytes() const {
    const std::optional<Value> added = change_set(Clause::kDelete, delta, old);
    return added ? set_size_bytes(*added) : 0;
  }
};

// The target of one action and what it becomes.
struct Change {
  const Path* target;
  Outcome outcome;
};
using Changes = std::span<Change>;

Result<Outcome> find_outcome(const UpdateTree& tree, std::size_t action, MapLookup& before) {
  const auto [clause, node] = tree.actions[action];
  switch (clause) {
    case Clause::kRemove: return std::nullopt;
    case Clause::kSet: return compute(tree, node, before);
    default: return add_or_delete(clause, tree.targets[action].resolve(before), *tree.nodes[node].value);
  }
}

void change_inside(Value& container, Changes changes, std::size_t depth);

// The changes at the front that take the same step at `depth`; removes them from `changes`.
Changes take_group(Changes& changes, std::size_t depth) {
  const auto differs = [&](const Change& change) {
    return change.target->steps[depth] != changes.front().target->steps[depth];
  };
  const auto size = static_cast<std::size_t>(std::ranges::find_if(changes, differs) - changes.begin());
  const Changes group = changes.first(size);
  changes = changes.subspan(size);
  return group;
}

bool ends_at(const Change& change, std::size_t depth) { return change.target->steps.size() == depth + 1; }

void change_map(Value::Map& map, Changes changes, std::size_t depth) {
  while (!changes.empty()) {
    const Changes group = take_group(changes, depth);
    const auto& name = std::get<std::string>(group.front().target->steps[depth]);
    if (!ends_at(group.front(), depth)) {
      change_inside(map.at(name), group, depth + 1);
    } else if (Outcome& outcome = group.front().outcome) {
      map.insert_or_assign(name, to_value(std::move(*outcome)));
    } else {
      map.erase(name);
    }
  }
}

// Indexes count in the old list, so nothing is removed or appended before all elements were found.
void change_list(Value::List& list, Changes changes, std::size_t depth) {
  std::vector<bool> removed(list.size());
  Value::List appended;
  while (!changes.empty()) {
    const Changes group = take_group(changes, depth);
    const auto index = std::get<std::uint32_t>(group.front().target->steps[depth]);
    const bool exists = index < list.size();
    if (!ends_at(group.front(), depth)) {
      change_inside(list.at(index), group, depth + 1);
    } else if (Outcome& outcome = group.front().outcome) {
      Value value = to_value(std::move(*outcome));
      if (exists) {
        list[index] = std::move(value);
      } else {
        appended.push_back(std::move(value));
      }
    } else if (exists) {
      removed[index] = true;
    }
  }
  Value::List result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!removed[i]) result.push_back(std::move(list[i]));
  }
  std::ranges::move(appended, std::back_inserter(result));
  list = std::move(result);
}

// The targets lead through maps and lists that are there. Recursion ends at their length, which is limited.
void change_inside(Value& container, Changes changes, std::size_t depth) {
  if (auto* map = container.as<Value::Map>()) {
    change_map(*map, changes, depth);
  } else {
    change_list(*container.as<Value::List>(), changes, depth);
  }
}

// Changes the attribute that all of `changes` are about.
void change_attribute(item::ItemBuilder& builder, const Item& before, Changes changes) {
  const std::string& name = changes.front().target->name;
  if (changes.front().target->is_top_level()) {
    Outcome& outcome = changes.front().outcome;
    if (!outcome) {
      builder.remove(name);
    } else if (const auto* view = std::get_if<ValueView>(&*outcome)) {
      builder.set(name, *view);
    } else {
      builder.set(name, to_value(std::move(*outcome)));
    }
    return;
  }
  Value value = before.find(name).value().to_value();
  change_inside(value, changes, 0);
  builder.set(name, value);
}

}  // namespace

Result<Update> Update::parse(std::string_view text, Placeholders& placeholders) {
  Result<UpdateTree> tree = parse_update_tree(text, placeholders);
  if (!tree) return base::forward_error(tree);
  return Update(std::move(*tree));
}

bool Update::only_removes() const {
  return std::ranges::all_of(tree_.actions, [](const UpdateTree::Action& action) {
    return action.clause == Clause::kRemove || action.clause == Clause::kDelete;
  });
}

std::optional<Update::Given> Update::given_value(std::string_view attribute) const {
  for (std::size_t i = 0; i < tree_.targets.size(); ++i) {
    if (tree_.targets[i].name != attribute || !tree_.targets[i].is_top_level()) continue;
    const UpdateTree::Action& action = tree_.actions[i];
    if (action.clause == Clause::kRemove || action.clause == Clause::kDelete) return std::nullopt;
    const UpdateTree::Node& node = tree_.nodes[action.node];
    const bool is_add = action.clause == Clause::kAdd;  // to what the item has, of the same type
    switch (node.kind) {
      case Kind::kValue: return Given{.type = node.value->type(), .value = is_add ? std::nullopt : node.value};
      case Kind::kPlus:
      case Kind::kMinus: return Given{.type = Type::kNumber};
      case Kind::kListAppend: return Given{.type = Type::kList};
      case Kind::kPath:
      case Kind::kIfNotExists: return std::nullopt;
    }
  }
  return std::nullopt;
}

std::size_t Update::charge_bytes(const Item& before) const {
  std::size_t bytes = 3;
  std::vector<SetAddition> additions;
  MapLookup attributes(before.attributes());
  for (std::size_t i = 0; i < tree_.targets.size() && bytes <= item::kMaxItemSizeBytes; ++i) {
    const Path& target = tree_.targets[i];
    const UpdateTree::Action& action = tree_.actions[i];
    bytes += target_charge(target);
    if (action.clause == Clause::kRemove || action.clause == Clause::kDelete) {
      bytes += 1;
      continue;
    }
    bytes += 19;
    const UpdateTree::Node& node = tree_.nodes[action.node];
    const auto old = action.clause == Clause::kAdd ? target.resolve(attributes) : std::nullopt;
    if (old && item::is_set(old->type()) && old->type() == node.value->type()) {
      bytes += additions.emplace_back(*node.value, *old).least_bytes;
    } else {
      bytes += operand_charge(tree_, node);
    }
  }
  // By now they are known to be few, or small.
  for (const SetAddition& addition : additions) {
    if (bytes <= item::kMaxItemSizeBytes) bytes += addition.bytes() - addition.least_bytes;
  }
  return bytes;
}

Result<Item> Update::apply(const Item& before) const {
  // Targets come before values: of several faults, one in a path is told.
  MapLookup attributes(before.attributes());
  const auto leads_nowhere = [&](const Path& target) { return !target.has_container(attributes); };
  if (std::ranges::any_of(tree_.targets, leads_nowhere)) return invalid_path();
  std::vector<Change> changes;
  changes.reserve(tree_.targets.size());
  std::size_t bytes = 0;  // of what becomes a part of the item: it is refused before it is made
  for (std::size_t i = 0; i < tree_.targets.size(); ++i) {
    Result<Outcome> outcome = find_outcome(tree_, i, attributes);
    if (!outcome) return base::forward_error(outcome);
    if (*outcome) bytes += size_bytes(**outcome, item::kMaxItemSizeBytes - bytes);
    if (bytes > item::kMaxItemSizeBytes) return too_large();
    changes.push_back({&tree_.targets[i], std::move(*outcome)});
  }
  item::ItemBuilder builder(before);
  for (Changes rest = changes; !rest.empty();) {
    const auto differs = [&](const Change& change) { return change.target->name != rest.front().target->name; };
    const auto size = static_cast<std::size_t>(std::ranges::find_if(rest, differs) - rest.begin());
    change_attribute(builder, before, rest.first(size));
    rest = rest.subspan(size);
  }
  return builder.build();
}

}  // namespace mrgc::expression
