#include "expression/update.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <variant>

namespace mrgc::expression {
namespace {

using item::Item;
using item::MapView;
using item::Number;
using item::Type;
using item::Value;
using item::ValueView;
using Clause = UpdateTree::Clause;
using Kind = UpdateTree::Node::Kind;

/// A value that lies in the old item or in the request, or that was computed.
using Computed = std::variant<ValueView, Value>;

std::unexpected<Error> invalid_path() {
  return base::invalid("The document path provided in the update expression is invalid for update");
}
std::unexpected<Error> wrong_type() {
  return base::invalid("An operand in the update expression has an incorrect data type");
}
std::unexpected<Error> missing_attribute() {
  return base::invalid("The provided expression refers to an attribute that does not exist in the item");
}

Value to_value(Computed&& computed) {
  if (const auto* view = std::get_if<ValueView>(&computed)) return view->to_value();
  return std::move(std::get<Value>(computed));
}

std::optional<Number> find_number(const Computed& computed) {
  if (const auto* view = std::get_if<ValueView>(&computed)) {
    return view->type() == Type::kNumber ? std::optional(view->as_number()) : std::nullopt;
  }
  const auto* number = std::get<Value>(computed).as<Number>();
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

bool is_list(const Computed& computed) {
  const auto* view = std::get_if<ValueView>(&computed);
  return (view != nullptr ? view->type() : std::get<Value>(computed).type()) == Type::kList;
}

// The right side `index` of the expression for an item with the attributes `before`. The parser bounds the recursion.
Result<Computed> compute(const UpdateTree& tree, std::uint32_t index, MapView before);

Result<Computed> add_or_subtract(bool is_sum, const Computed& left, const Computed& right) {
  const std::optional<Number> a = find_number(left);
  const std::optional<Number> b = find_number(right);
  if (!a || !b) return wrong_type();
  Result<Number> result = is_sum ? a->plus(*b) : a->minus(*b);
  if (!result) return base::forward_error(result);
  return Value(*result);
}

Result<Computed> append_lists(Computed&& left, Computed&& right) {
  if (!is_list(left) || !is_list(right)) return wrong_type();
  Value front = to_value(std::move(left));
  Value back = to_value(std::move(right));
  std::ranges::move(*back.as<Value::List>(), std::back_inserter(*front.as<Value::List>()));
  return front;
}

Result<Computed> compute(const UpdateTree& tree, std::uint32_t index, MapView before) {
  const UpdateTree::Node& node = tree.nodes[index];
  if (node.kind == Kind::kValue) return *node.value;
  if (node.kind == Kind::kPath) {
    if (const auto found = tree.sources[node.left].resolve(before)) return *found;
    return missing_attribute();
  }
  Result<Computed> right = compute(tree, node.right, before);
  if (!right) return right;
  if (node.kind == Kind::kIfNotExists) {
    if (const auto found = tree.sources[node.left].resolve(before)) return *found;
    return right;
  }
  Result<Computed> left = compute(tree, node.left, before);
  if (!left) return left;
  if (node.kind == Kind::kListAppend) return append_lists(std::move(*left), std::move(*right));
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

/// What a target becomes: a value, or nothing.
using Outcome = std::optional<Computed>;

Result<Outcome> add_or_delete(Clause clause, const std::optional<ValueView>& old, const ValueView& delta) {
  if (!old) return clause == Clause::kAdd ? Outcome(delta) : std::nullopt;
  if (old->type() != delta.type()) return wrong_type();
  const auto wrap = [](std::optional<Value> value) -> Outcome {
    return value ? Outcome(std::move(*value)) : std::nullopt;
  };
  switch (delta.type()) {
    case Type::kStringSet: return wrap(change_set<Value::StringSet>(clause, old->to_value(), delta.to_value()));
    case Type::kNumberSet: return wrap(change_set<Value::NumberSet>(clause, old->to_value(), delta.to_value()));
    case Type::kBinarySet: return wrap(change_set<Value::BinarySet>(clause, old->to_value(), delta.to_value()));
    default: return add_or_subtract(true, *old, delta);
  }
}

// The target of one action and what it becomes.
struct Change {
  const Path* target;
  Outcome outcome;
};
using Changes = std::span<Change>;

Result<Outcome> find_outcome(const UpdateTree& tree, std::size_t action, MapView before) {
  const auto [clause, node] = tree.actions[action];
  switch (clause) {
    case Clause::kRemove: return std::nullopt;
    case Clause::kSet: return compute(tree, node, before);
    default: return add_or_delete(clause, tree.targets[action].resolve(before), *tree.nodes[node].value);
  }
}

Result<void> change_inside(Value& container, Changes changes, std::size_t depth);

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

Result<void> change_map(Value::Map& map, Changes changes, std::size_t depth) {
  while (!changes.empty()) {
    const Changes group = take_group(changes, depth);
    const auto* name = std::get_if<std::string>(&group.front().target->steps[depth]);
    if (name == nullptr) return invalid_path();
    if (!ends_at(group.front(), depth)) {
      const auto found = map.find(*name);
      if (found == map.end()) return invalid_path();
      if (Result<void> ok = change_inside(found->second, group, depth + 1); !ok) return ok;
    } else if (Outcome& outcome = group.front().outcome) {
      map.insert_or_assign(*name, to_value(std::move(*outcome)));
    } else {
      map.erase(*name);
    }
  }
  return {};
}

// Indexes count in the old list, so nothing is removed or appended before all elements were found.
Result<void> change_list(Value::List& list, Changes changes, std::size_t depth) {
  std::vector<bool> removed(list.size());
  Value::List appended;
  while (!changes.empty()) {
    const Changes group = take_group(changes, depth);
    const auto* index = std::get_if<std::uint32_t>(&group.front().target->steps[depth]);
    if (index == nullptr) return invalid_path();
    const bool exists = *index < list.size();
    if (!ends_at(group.front(), depth)) {
      if (!exists) return invalid_path();
      if (Result<void> ok = change_inside(list[*index], group, depth + 1); !ok) return ok;
    } else if (Outcome& outcome = group.front().outcome) {
      Value value = to_value(std::move(*outcome));
      if (exists) {
        list[*index] = std::move(value);
      } else {
        appended.push_back(std::move(value));
      }
    } else if (exists) {
      removed[*index] = true;
    }
  }
  Value::List result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!removed[i]) result.push_back(std::move(list[i]));
  }
  std::ranges::move(appended, std::back_inserter(result));
  list = std::move(result);
  return {};
}

// Recursion ends at the targets' length, which is limited.
Result<void> change_inside(Value& container, Changes changes, std::size_t depth) {
  if (auto* map = container.as<Value::Map>()) return change_map(*map, changes, depth);
  if (auto* list = container.as<Value::List>()) return change_list(*list, changes, depth);
  return invalid_path();
}

// Changes the attribute that all of `changes` are about.
Result<void> change_attribute(item::ItemBuilder& builder, const Item& before, Changes changes) {
  const std::string& name = changes.front().target->name;
  if (changes.front().target->is_top_level()) {
    const Outcome& outcome = changes.front().outcome;
    if (outcome) {
      std::visit([&](const auto& value) { builder.set(name, value); }, *outcome);
    } else {
      builder.remove(name);
    }
    return {};
  }
  const std::optional<ValueView> old = before.find(name);
  if (!old) return invalid_path();
  Value value = old->to_value();
  if (Result<void> ok = change_inside(value, changes, 0); !ok) return ok;
  builder.set(name, value);
  return {};
}

}  // namespace

Result<Update> Update::parse(std::string_view text, Placeholders& placeholders) {
  Result<UpdateTree> tree = parse_update_tree(text, placeholders);
  if (!tree) return base::forward_error(tree);
  return Update(std::move(*tree));
}

Result<Item> Update::apply(const Item& before) const {
  std::vector<Change> changes;
  changes.reserve(tree_.targets.size());
  for (std::size_t i = 0; i < tree_.targets.size(); ++i) {
    Result<Outcome> outcome = find_outcome(tree_, i, before.attributes());
    if (!outcome) return base::forward_error(outcome);
    changes.push_back({&tree_.targets[i], std::move(*outcome)});
  }
  item::ItemBuilder builder(before);
  for (Changes rest = changes; !rest.empty();) {
    const auto differs = [&](const Change& change) { return change.target->name != rest.front().target->name; };
    const auto size = static_cast<std::size_t>(std::ranges::find_if(rest, differs) - rest.begin());
    if (Result<void> ok = change_attribute(builder, before, rest.first(size)); !ok) return base::forward_error(ok);
    rest = rest.subspan(size);
  }
  return builder.build();
}

}  // namespace mrgc::expression
