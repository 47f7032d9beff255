#include "mrgc/store/table.h"

namespace mrgc::store {

item::Item key_of(const item::Item& item, const KeySchema& table, const KeySchema* index) {
  item::ItemBuilder key;
  for (const KeySchema* keys : {&table, index}) {
    if (keys == nullptr) continue;
    key.set(keys->partition.name, item.find(keys->partition.name).value());
    if (keys->sort) key.set(keys->sort->name, item.find(keys->sort->name).value());
  }
  return key.build();
}

std::string_view to_string(TableStatus status) {
  switch (status) {
    case TableStatus::kCreating: return "CREATING";
    case TableStatus::kActive: return "ACTIVE";
    case TableStatus::kDeleting: return "DELETING";
    case TableStatus::kUpdating: return "UPDATING";
  }
  return "ACTIVE";
}

}  // namespace mrgc::store
