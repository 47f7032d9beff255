#include "integration/engine_model/model.h"

#include <algorithm>

namespace mrgc::model {
namespace {

std::int64_t number(const Attributes& item, const std::string& name) {
  return item.at(name).as<item::Number>()->to_int64().value();
}

Attributes only(const Attributes& item, const std::vector<std::string>& names) {
  Attributes kept;
  for (const std::string& name : names) {
    if (const auto found = item.find(name); found != item.end()) kept.insert(*found);
  }
  return kept;
}

// The item's entry in the index; nothing when it lacks a key.
std::optional<Attributes> entry_of(const std::string& index, const Attributes& item) {
  if (index.empty()) return item;
  if (index == "by-owner") {
    if (!item.contains("owner")) return std::nullopt;
    return only(item, {"pk", "sk", "owner", "note"});
  }
  if (!item.contains("color") || !item.contains("score")) return std::nullopt;
  return index == "by-color" ? item : only(item, {"pk", "sk", "color", "score"});
}

}  // namespace

item::Item to_item(const Key& key) {
  return item::Item::from_map({{"pk", Value(key.first)}, {"sk", Value(key.second)}});
}

std::optional<Attributes> Table::find(const Key& key) const {
  const auto found = items.find(key);
  if (found == items.end()) return std::nullopt;
  return found->second;
}

void Table::set(const Key& key, const std::optional<Attributes>& item) {
  if (item) {
    items.insert_or_assign(key, *item);
  } else {
    items.erase(key);
  }
}

std::map<Position, Attributes> entries_of(const Table& table, const Selection& selection) {
  const std::string partition_key = selection.index.empty() ? "pk" : selection.index == "by-owner" ? "owner" : "color";
  std::map<Position, Attributes> entries;
  for (const auto& [key, item] : table.items) {
    auto entry = entry_of(selection.index, item);
    if (!entry || *entry->at(partition_key).as<std::string>() != selection.partition) continue;
    // `by-owner` has no sort key: its entries stand in the order of the items' keys.
    const std::int64_t sort_key = selection.index.empty()         ? key.second
                                  : selection.index == "by-owner" ? 0
                                                                  : number(*entry, "score");
    if (selection.sort_key_fits && !selection.sort_key_fits(sort_key)) continue;
    entries.emplace(Position{sort_key, key}, std::move(*entry));
  }
  return entries;
}

std::vector<Attributes> all_entries(const Table& table, const std::string& index) {
  std::vector<Attributes> entries;
  for (const auto& [key, item] : table.items) {
    if (auto entry = entry_of(index, item)) entries.push_back(std::move(*entry));
  }
  return entries;
}

Attributes key_of_entry(const std::string& index, const Attributes& entry) {
  if (index.empty()) return only(entry, {"pk", "sk"});
  if (index == "by-owner") return only(entry, {"pk", "sk", "owner"});
  return only(entry, {"pk", "sk", "color", "score"});
}

}  // namespace mrgc::model
