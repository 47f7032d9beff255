#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "unit/expression/choices.h"
#include "unit/expression/printer.h"
#include "unit/expression/values_model.h"

/// Random projections and what they choose, told by walking the item instead of the paths.
namespace mrgc::expression::model {

inline std::vector<Path> make_paths(Choices& choices) {
  std::vector<Path> paths;
  const std::size_t count = 1 + choices.below(4);
  while (paths.size() < count) paths.push_back(make_path(choices));
  return paths;
}

inline void print(Printer& printer, const std::vector<Path>& paths) {
  for (const Path& path : paths) {
    if (&path != &paths.front()) printer.token(",");
    printer.path(path);
  }
}

/// What is kept of `value`, which lies at `place`.
inline std::optional<Value> keep(const Value& value, const Path& place, const std::vector<Path>& paths) {
  if (std::ranges::find(paths, place) != paths.end()) return value;
  const auto keep_inner = [&](const Value& inner, Path::Step step) {
    Path inner_place = place;
    inner_place.steps.push_back(std::move(step));
    return keep(inner, inner_place, paths);
  };
  if (const auto* map = value.as<Value::Map>()) {
    Value::Map kept;
    for (const auto& [name, inner] : *map) {
      if (auto part = keep_inner(inner, name)) kept.emplace(name, *part);
    }
    if (!kept.empty()) return Value(kept);
  }
  if (const auto* list = value.as<Value::List>()) {
    Value::List kept;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto part = keep_inner((*list)[i], static_cast<std::uint32_t>(i))) kept.push_back(*part);
    }
    if (!kept.empty()) return Value(kept);
  }
  return std::nullopt;
}

inline Value::Map project(const std::vector<Path>& paths, const Value::Map& item) {
  Value::Map kept;
  for (const auto& [name, value] : item) {
    if (auto part = keep(value, Path{.name = name, .steps = {}}, paths)) kept.emplace(name, *part);
  }
  return kept;
}

}  // namespace mrgc::expression::model
