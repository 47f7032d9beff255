#include "integration/engine_model/expressions.h"

#include <algorithm>
#include <set>

namespace mrgc::model {
namespace {

const std::vector<std::string> kColors = {"amber", "blue", "red"};
const std::vector<std::string> kOwners = {"ann", "bob", "cy"};
const std::vector<std::string> kNotes = {"", "a", "ab", "abc", "b", "ba"};
const std::vector<std::string> kTags = {"hot", "new", "old", "slow"};

std::int64_t any_number(Dice& dice) { return dice.between(-5, 20); }

Value any_tags(Dice& dice) {
  Value::StringSet tags;
  for (const std::string& tag : kTags) {
    if (dice.chance(40)) tags.push_back(tag);
  }
  if (tags.empty()) tags.push_back(dice.pick(kTags));
  return Value::string_set(std::move(tags));
}

Value any_ttl(Dice& dice, std::int64_t now_s) {
  constexpr std::int64_t kSixYears_s = std::int64_t{6} * 365 * 24 * 3600;
  if (dice.chance(5)) return "never";
  if (dice.chance(5)) return Value(now_s - kSixYears_s);
  return Value(now_s + dice.between(-60, 900));
}

Value any_value(const std::string& attribute, Dice& dice, std::int64_t now_s) {
  if (attribute == "color") return Value(dice.pick(kColors));
  if (attribute == "owner") return Value(dice.pick(kOwners));
  if (attribute == "note") return Value(dice.pick(kNotes));
  if (attribute == "tags") return any_tags(dice);
  if (attribute == "ttl") return any_ttl(dice, now_s);
  if (attribute == "m") return Value::Map{{"x", Value(any_number(dice))}, {"y", "other"}};
  if (attribute == "list") return Value::List{Value(any_number(dice))};
  return Value(any_number(dice));  // score, n
}

const Value* find(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> number(const Attributes& attributes, const std::string& name) {
  const Value* value = find(attributes, name);
  if (value == nullptr || value->as<item::Number>() == nullptr) return std::nullopt;
  return value->as<item::Number>()->to_int64();
}

const std::string* text(const Attributes& attributes, const std::string& name) {
  const Value* value = find(attributes, name);
  return value == nullptr ? nullptr : value->as<std::string>();
}

Condition comparison(Dice& dice, Inputs& inputs, const std::string& attribute) {
  const std::int64_t operand = any_number(dice);
  const std::string left = inputs.name(attribute, dice);
  const std::string right = inputs.value(Value(operand));
  const auto make = [&](const std::string& op, auto&& compare) {
    return Condition{left + " " + op + " " + right, [attribute, operand, compare](const Attributes& item) {
                       const auto value = number(item, attribute);
                       return value && compare(*value, operand);
                     }};
  };
  switch (dice.roll(6)) {
    case 0: return make("=", std::equal_to());
    case 1: return make("<", std::less());
    case 2: return make("<=", std::less_equal());
    case 3: return make(">", std::greater());
    case 4: return make(">=", std::greater_equal());
    default:
      // What is missing is unequal to everything.
      return {left + " <> " + right,
              [attribute, operand](const Attributes& item) { return number(item, attribute) != operand; }};
  }
}

Condition range(Dice& dice, Inputs& inputs) {
  const std::int64_t low = any_number(dice);
  const std::int64_t high = low + dice.between(0, 10);
  return {"n BETWEEN " + inputs.value(Value(low)) + " AND " + inputs.value(Value(high)),
          [low, high](const Attributes& item) {
            const auto value = number(item, "n");
            return value && low <= *value && *value <= high;
          }};
}

Condition choice(Dice& dice, Inputs& inputs) {
  const std::string first = dice.pick(kNotes);
  const std::string second = dice.pick(kNotes);
  return {inputs.name("note", dice) + " IN (" + inputs.value(Value(first)) + ", " + inputs.value(Value(second)) + ")",
          [first, second](const Attributes& item) {
            const std::string* note = text(item, "note");
            return note != nullptr && (*note == first || *note == second);
          }};
}

Condition beginning(Dice& dice, Inputs& inputs) {
  const std::string prefix = dice.pick(kNotes);
  return {"begins_with(note, " + inputs.value(Value(prefix)) + ")", [prefix](const Attributes& item) {
            const std::string* note = text(item, "note");
            return note != nullptr && note->starts_with(prefix);
          }};
}

Condition containing(Dice& dice, Inputs& inputs) {
  const std::string tag = dice.pick(kTags);
  return {"contains(tags, " + inputs.value(Value(tag)) + ")", [tag](const Attributes& item) {
            const Value* tags = find(item, "tags");
            return tags != nullptr && std::ranges::count(*tags->as<Value::StringSet>(), tag) > 0;
          }};
}

Condition presence(const std::string& name, const std::string& attribute) {
  return {"attribute_exists(" + name + ")", [attribute](const Attributes& item) { return item.contains(attribute); }};
}

Condition size(Dice& dice, Inputs& inputs) {
  const std::int64_t operand = dice.between(0, 4);
  return {"size(tags) < " + inputs.value(Value(operand)), [operand](const Attributes& item) {
            const Value* tags = find(item, "tags");
            return tags != nullptr && std::ssize(*tags->as<Value::StringSet>()) < operand;
          }};
}

Condition nested(Dice& dice, Inputs& inputs) {
  const std::int64_t operand = any_number(dice);
  return {"m.x >= " + inputs.value(Value(operand)), [operand](const Attributes& item) {
            const Value* map = find(item, "m");
            return map != nullptr && number(*map->as<Attributes>(), "x").value() >= operand;
          }};
}

Condition simple_condition(Dice& dice, Inputs& inputs, bool with_index_keys) {
  switch (dice.roll(with_index_keys ? 11 : 8)) {
    case 0: return comparison(dice, inputs, "n");
    case 1: return range(dice, inputs);
    case 2: return choice(dice, inputs);
    case 3: return beginning(dice, inputs);
    case 4: return containing(dice, inputs);
    case 5: return presence(inputs.name("list", dice), "list");
    case 6: return size(dice, inputs);
    case 7: return nested(dice, inputs);
    case 8: return comparison(dice, inputs, "score");
    case 9: return presence(inputs.name("owner", dice), "owner");
    default: return presence(inputs.name("color", dice), "color");
  }
}

/// A clause of an update with what it does to the attributes.
struct Action {
  std::string clause;  ///< `SET`, ...
  std::string text;
  std::function<bool(const Attributes& before, Attributes& after)> apply;  ///< false: refused
  bool nested = false;                                                     ///< about `m.x`, not all of the attribute
};

Action set(const std::string& attribute, Dice& dice, Inputs& inputs, std::int64_t now_s) {
  Value value = any_value(attribute, dice, now_s);
  const std::string name = inputs.name(attribute, dice);
  return {"SET", name + " = " + inputs.value(value), [attribute, value](const Attributes&, Attributes& after) {
            after[attribute] = value;
            return true;
          }};
}

Action remove(const std::string& attribute, Dice& dice, Inputs& inputs) {
  return {"REMOVE", inputs.name(attribute, dice), [attribute](const Attributes&, Attributes& after) {
            after.erase(attribute);
            return true;
          }};
}

Action change_number(Dice& dice, Inputs& inputs) {
  const std::int64_t by = any_number(dice);
  const auto add = [by](const Attributes& before, Attributes& after) {
    after["n"] = Value(number(before, "n").value_or(0) + by);
    return true;
  };
  const std::string operand = inputs.value(Value(by));
  switch (dice.roll(3)) {
    case 0: return {"ADD", "n " + operand, add};
    case 1: return {"SET", "n = if_not_exists(n, " + inputs.value(Value(0)) + ") + " + operand, add};
    default:
      return {"SET", "n = n - " + operand, [by](const Attributes& before, Attributes& after) {
                const auto value = number(before, "n");
                if (value) after["n"] = Value(*value - by);
                return value.has_value();
              }};
  }
}

Action change_tags(Dice& dice, Inputs& inputs) {
  const Value operand = any_tags(dice);
  const Value::StringSet given = *operand.as<Value::StringSet>();
  const bool add = dice.chance(50);
  return {add ? "ADD" : "DELETE", "tags " + inputs.value(operand),
          [given, add](const Attributes& before, Attributes& after) {
            const Value* old = find(before, "tags");
            std::set<std::string> tags;
            if (old != nullptr) tags.insert(old->as<Value::StringSet>()->begin(), old->as<Value::StringSet>()->end());
            for (const std::string& tag : given) {
              if (add) {
                tags.insert(tag);
              } else {
                tags.erase(tag);
              }
            }
            after.erase("tags");  // a set is never empty
            if (!tags.empty()) after["tags"] = Value::string_set({tags.begin(), tags.end()});
            return true;
          }};
}

Action change_map(Dice& dice, Inputs& inputs) {
  const std::int64_t operand = any_number(dice);
  return {"SET", "m.x = " + inputs.value(Value(operand)),
          [operand](const Attributes& before, Attributes& after) {
            if (!before.contains("m")) return false;
            (*after["m"].as<Attributes>())["x"] = Value(operand);
            return true;
          },
          /*nested=*/true};
}

Action change_list(Dice& dice, Inputs& inputs) {
  const std::int64_t element = any_number(dice);
  const std::string name = inputs.name("list", dice);
  const std::string empty = inputs.value(Value::List{});
  const std::string more = inputs.value(Value::List{Value(element)});
  return {"SET", name + " = list_append(if_not_exists(" + name + ", " + empty + "), " + more + ")",
          [element](const Attributes& before, Attributes& after) {
            Value::List list;
            if (const Value* old = find(before, "list")) list = *old->as<Value::List>();
            list.emplace_back(element);
            after["list"] = Value(std::move(list));
            return true;
          }};
}

Action any_action(const std::string& attribute, Dice& dice, Inputs& inputs, std::int64_t now_s) {
  const bool special = dice.chance(60);
  if (special && attribute == "n") return change_number(dice, inputs);
  if (special && attribute == "tags") return change_tags(dice, inputs);
  if (special && attribute == "m") return change_map(dice, inputs);
  if (special && attribute == "list") return change_list(dice, inputs);
  return dice.chance(75) ? set(attribute, dice, inputs, now_s) : remove(attribute, dice, inputs);
}

const std::vector<std::string> kAttributes = {"color", "score", "owner", "note", "n", "tags", "ttl", "m", "list"};

}  // namespace

std::string Inputs::value(Value value) {
  std::string name = ":v" + std::to_string(values_.size());
  values_.emplace(name, std::move(value));
  return name;
}

std::string Inputs::name(const std::string& attribute, Dice& dice) {
  const bool reserved = attribute == "owner" || attribute == "ttl" || attribute == "list";
  if (!reserved && dice.chance(70)) return attribute;
  names_.emplace("#" + attribute, attribute);
  return "#" + attribute;
}

Condition negation(const Condition& condition) {
  return {"NOT (" + condition.text + ")", [holds = condition.holds](const Attributes& item) { return !holds(item); }};
}

Condition existence(bool exists) {
  return {exists ? "attribute_exists(pk)" : "attribute_not_exists(pk)",
          [exists](const Attributes& item) { return item.contains("pk") == exists; }};
}

Condition any_condition(Dice& dice, Inputs& inputs, bool with_index_keys, int depth) {
  if (depth == 0 || dice.chance(50)) return simple_condition(dice, inputs, with_index_keys);
  const Condition left = any_condition(dice, inputs, with_index_keys, depth - 1);
  if (dice.chance(20)) return negation(left);
  const Condition right = any_condition(dice, inputs, with_index_keys, depth - 1);
  if (dice.chance(50)) {
    return {"(" + left.text + ") AND (" + right.text + ")",
            [left, right](const Attributes& item) { return left.holds(item) && right.holds(item); }};
  }
  return {"(" + left.text + ") OR (" + right.text + ")",
          [left, right](const Attributes& item) { return left.holds(item) || right.holds(item); }};
}

Update any_update(Dice& dice, Inputs& inputs, std::int64_t now_s) {
  std::map<std::string, std::string> clauses;
  std::set<std::string> chosen;
  std::vector<Action> actions;
  Update update;
  for (std::size_t i = 0, count = 1 + dice.roll(4); i < count; ++i) {
    const std::string& attribute = dice.pick(kAttributes);
    if (!chosen.insert(attribute).second) continue;
    Action action = any_action(attribute, dice, inputs, now_s);
    std::string& clause = clauses[action.clause];
    clause += (clause.empty() ? "" : ", ") + action.text;
    update.touched.push_back({attribute, action.nested});
    actions.push_back(std::move(action));
  }
  update.only_removes = !clauses.contains("SET") && !clauses.contains("ADD");
  for (const auto& [clause, text] : clauses) update.text += (update.text.empty() ? "" : " ") + clause + " " + text;
  update.apply = [actions](const Attributes& before) -> std::optional<Attributes> {
    Attributes after = before;
    for (const Action& action : actions) {
      if (!action.apply(before, after)) return std::nullopt;
    }
    return after;
  };
  return update;
}

Attributes any_attributes(Dice& dice, std::int64_t now_s) {
  Attributes attributes;
  for (const std::string& attribute : kAttributes) {
    if (dice.chance(attribute == "ttl" ? 30 : 65)) attributes.emplace(attribute, any_value(attribute, dice, now_s));
  }
  return attributes;
}

std::optional<Attributes> updated_part(const Update& update, const Attributes& attributes) {
  Attributes part;
  for (const auto& [attribute, nested] : update.touched) {
    const Value* value = find(attributes, attribute);
    if (value == nullptr) continue;
    part.emplace(attribute, nested ? Value(Attributes{{"x", value->as<Attributes>()->at("x")}}) : *value);
  }
  if (part.empty()) return std::nullopt;
  return part;
}

}  // namespace mrgc::model
