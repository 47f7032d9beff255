#include "expression/path.h"

#include <fmt/format.h>

#include <algorithm>

namespace mrgc::expression {
namespace {

std::optional<item::ValueView> take_step(const item::ValueView& from, const Path::Step& step) {
  if (const auto* name = std::get_if<std::string>(&step)) {
    return from.type() == item::Type::kMap ? from.as_map().find(*name) : std::nullopt;
  }
  return from.type() == item::Type::kList ? from.as_list().at(std::get<std::uint32_t>(step)) : std::nullopt;
}

// How two paths stand in each other's way.
enum class Clash : std::uint8_t { kNone, kOverlap, kConflict };

Clash find_clash(const Path& a, const Path& b) {
  if (a.name != b.name) return Clash::kNone;
  const auto [in_a, in_b] = std::ranges::mismatch(a.steps, b.steps);
  if (in_a == a.steps.end() || in_b == b.steps.end()) return Clash::kOverlap;
  return in_a->index() == in_b->index() ? Clash::kNone : Clash::kConflict;
}

void make_distinct(std::vector<std::string_view>& names) {
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
}

}  // namespace

std::optional<item::ValueView> Path::resolve(item::MapLookup& item) const {
  std::optional<item::ValueView> value = item.find(name);
  for (const Step& step : steps) {
    if (!value) break;
    value = take_step(*value, step);
  }
  return value;
}

bool Path::has_container(item::MapLookup& item) const {
  if (is_top_level()) return true;
  std::optional<item::ValueView> value = item.find(name);
  for (const Step& step : std::span(steps).first(steps.size() - 1)) {
    if (!value) return false;
    value = take_step(*value, step);
  }
  const bool is_name = std::holds_alternative<std::string>(steps.back());
  return value && value->type() == (is_name ? item::Type::kMap : item::Type::kList);
}

std::string to_string(const Path& path) {
  std::string text = fmt::format("[{}", path.name);
  for (const Path::Step& step : path.steps) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      text += fmt::format(", {}", *name);
    } else {
      text += fmt::format(", [{}]", std::get<std::uint32_t>(step));
    }
  }
  return text + "]";
}

std::optional<std::string> find_clash(std::span<const Path> paths) {
  // Sorted, a path that lies inside another follows it or a third such one, and the names inside a value are followed
  // by the indexes: if any two clash, then two neighbours do.
  std::vector<const Path*> sorted;
  sorted.reserve(paths.size());
  for (const Path& path : paths) sorted.push_back(&path);
  std::ranges::sort(sorted, {}, [](const Path* path) -> const Path& { return *path; });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const Clash clash = find_clash(*sorted[i - 1], *sorted[i]);
    if (clash == Clash::kNone) continue;
    const auto [one, two] = std::minmax(sorted[i - 1], sorted[i]);  // in the order of the expression
    return fmt::format(
        "Two document paths {} with each other; must remove or rewrite one of these paths; path one: {}, path two: {}",
        clash == Clash::kOverlap ? "overlap" : "conflict", to_string(*one), to_string(*two));
  }
  return std::nullopt;
}

std::vector<std::string_view> top_level_attributes(std::span<const Path> paths) {
  std::vector<std::string_view> names;
  names.reserve(paths.size());
  for (const Path& path : paths) names.push_back(path.name);
  make_distinct(names);
  return names;
}

std::vector<std::string_view> entered_attributes(std::span<const Path> paths) {
  std::vector<std::string_view> names;
  for (const Path& path : paths) {
    if (!path.is_top_level()) names.push_back(path.name);
  }
  make_distinct(names);
  return names;
}

}  // namespace mrgc::expression
