#include "expression/projection.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "expression/parser.h"

namespace mrgc::expression {
namespace {

using item::Value;
using item::ValueView;
using Paths = std::span<const Path>;

// The longest beginning of `paths` whose paths agree in `key`.
template <typename Key>
Paths take_group(Paths paths, Key key) {
  const auto differs = [&](const Path& path) { return key(path) != key(paths.front()); };
  return paths.first(static_cast<std::size_t>(std::ranges::find_if(paths, differs) - paths.begin()));
}

std::optional<Value> pick(const ValueView& from, Paths paths, std::size_t depth);

// The part of the value behind the step at `depth` that `paths`, which agree so far, lead to.
std::optional<Value> pick_child(std::optional<ValueView> child, Paths paths, std::size_t depth) {
  if (!child) return std::nullopt;
  return pick(*child, paths, depth + 1);
}

std::optional<Value> pick_from_map(const item::MapView& map, Paths paths, std::size_t depth) {
  Value::Map picked;
  while (!paths.empty()) {
    const Paths group = take_group(paths, [&](const Path& path) -> const Path::Step& { return path.steps[depth]; });
    paths = paths.subspan(group.size());
    const auto* name = std::get_if<std::string>(&group.front().steps[depth]);
    if (name == nullptr) continue;
    if (auto part = pick_child(map.find(*name), group, depth)) picked.emplace(*name, std::move(*part));
  }
  if (picked.empty()) return std::nullopt;
  return Value(std::move(picked));
}

std::optional<Value> pick_from_list(const item::ListView& list, Paths paths, std::size_t depth) {
  Value::List picked;
  while (!paths.empty()) {
    const Paths group = take_group(paths, [&](const Path& path) -> const Path::Step& { return path.steps[depth]; });
    paths = paths.subspan(group.size());
    const auto* index = std::get_if<std::uint32_t>(&group.front().steps[depth]);
    if (index == nullptr) continue;
    if (auto part = pick_child(list.at(*index), group, depth)) picked.push_back(std::move(*part));
  }
  if (picked.empty()) return std::nullopt;
  return Value(std::move(picked));
}

// Recursion ends at the paths' length, which is limited.
std::optional<Value> pick(const ValueView& from, Paths paths, std::size_t depth) {
  if (paths.front().steps.size() == depth) return from.to_value();
  switch (from.type()) {
    case item::Type::kMap: return pick_from_map(from.as_map(), paths, depth);
    case item::Type::kList: return pick_from_list(from.as_list(), paths, depth);
    default: return std::nullopt;
  }
}

}  // namespace

item::Item project(Paths paths, const item::Item& item) {
  item::MapLookup attributes(item.attributes());
  item::ItemBuilder builder;
  while (!paths.empty()) {
    const Paths group = take_group(paths, [](const Path& path) -> const std::string& { return path.name; });
    paths = paths.subspan(group.size());
    const std::string& name = group.front().name;
    const std::optional<ValueView> value = attributes.find(name);
    if (!value) continue;
    if (group.front().is_top_level()) {
      builder.set(name, *value);
    } else if (const std::optional<Value> part = pick(*value, group, 0)) {
      builder.set(name, *part);
    }
  }
  return builder.build();
}

Result<Projection> Projection::parse(std::string_view text, Placeholders& placeholders) {
  Parser parser(text, placeholders, Role::kProjection);
  Projection projection;
  do {
    projection.paths_.push_back(parser.read_path());
  } while (parser.accept(","));
  // Unlike in updates, undefined names are told of first.
  if (auto clash = find_clash(projection.paths_)) parser.complain(Parser::Fault::kMeaning, std::move(*clash));
  if (Result<void> ok = parser.finish(); !ok) return base::forward_error(ok);
  std::ranges::sort(projection.paths_);
  return projection;
}

}  // namespace mrgc::expression
