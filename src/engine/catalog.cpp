#include "engine/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "engine/committer.h"
#include "engine/keyspace.h"
#include "engine/table_record.h"

namespace mrgc::engine {
namespace {

constexpr std::string_view kTableRecordPrefix = "table/";
constexpr std::string_view kLastNumberKey = "last-table-number";

Result<void> load_counters(const KvStore& kv, const CountersId& id, Counters& counters) {
  auto stored = kv.get(Family::kMeta, counters_key(id));
  if (!stored) return base::forward_error(stored);
  if (*stored) decode_counters(**stored, counters);
  return {};
}

Result<void> load_counters(const KvStore& kv, const Table& table) {
  for (const TableIndex& index : table.indexes) {
    auto loaded = load_counters(kv, {.table = table.number, .index = index.number}, *index.counters);
    if (!loaded) return loaded;
  }
  return load_counters(kv, {.table = table.number, .index = {}}, *table.counters);
}

std::string record_key(std::string_view name) { return std::string(kTableRecordPrefix).append(name); }

}  // namespace

Result<void> Catalog::load(const KvStore& kv) {
  const std::unique_lock lock(mutex_);
  const auto iterator =
      kv.iterate(Family::kMeta, std::string(kTableRecordPrefix), prefix_end(std::string(kTableRecordPrefix)));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    auto record = item::Item::from_bytes(std::string(iterator->value()));
    if (!record) return base::fail(ErrorCode::kStorage, "a table's record in the store does not read back");
    auto table = decode_table(*record);
    if (!table) return base::forward_error(table);
    if (auto loaded = load_counters(kv, **table); !loaded) return loaded;
    committed_.emplace((*table)->spec.name, *table);
  }
  if (auto status = iterator->status(); !status) return status;
  decided_ = committed_;
  auto last = kv.get(Family::kMeta, kLastNumberKey);
  if (!last) return base::forward_error(last);
  if (*last && (*last)->size() == 4) last_number_ = read_u32(**last);
  return {};
}

Result<TablePtr> Catalog::find(std::string_view name, As as) const {
  const std::shared_lock lock(mutex_);
  const Tables& tables = as == As::kDecided ? decided_ : committed_;
  const auto found = tables.find(name);
  if (found == tables.end()) return base::fail(ErrorCode::kResourceNotFound, "Requested resource not found");
  return found->second;
}

Result<TablePtr> Catalog::find_to_manage(std::string_view name, As as) const {
  auto table = find(name, as);
  if (!table) table.error().message += fmt::format(": Table: {} not found", name);
  return table;
}

TablePtr Catalog::find_decided(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto found =
      std::ranges::find_if(decided_, [number](const auto& entry) { return entry.second->number == number; });
  return found == decided_.end() ? nullptr : found->second;
}

std::vector<TablePtr> Catalog::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<TablePtr> tables;
  for (const auto& [name, table] : committed_) tables.push_back(table);
  return tables;
}

std::pair<std::vector<std::string>, bool> Catalog::names(std::string_view after, std::size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> names;
  auto at = after.empty() ? committed_.begin() : committed_.upper_bound(after);
  for (; at != committed_.end() && names.size() < limit; ++at) names.push_back(at->first);
  return {std::move(names), at != committed_.end()};
}

bool Catalog::decide_new(const TablePtr& table) {
  const std::unique_lock lock(mutex_);
  if (decided_.contains(table->spec.name)) return false;
  table->number = ++last_number_;
  table->last_removal = decided_removals_;
  decided_.emplace(table->spec.name, table);
  return true;
}

void Catalog::decide(const TablePtr& table) {
  const std::unique_lock lock(mutex_);
  TablePtr& decided = decided_.at(table->spec.name);
  const auto is_removed = [&](const TableIndex& index) { return table->find_index(index.number) == nullptr; };
  if (std::ranges::any_of(decided->indexes, is_removed)) table->last_removal = ++decided_removals_;
  decided = table;
}

void Catalog::decide_removal(const std::string& name) {
  const std::unique_lock lock(mutex_);
  decided_.erase(name);
  ++decided_removals_;
}

void Catalog::publish(const TablePtr& table) {
  const std::unique_lock lock(mutex_);
  committed_[table->spec.name] = table;
  removals_ = std::max(removals_.load(), table->last_removal);
}

void Catalog::publish_removal(const std::string& name) {
  const std::unique_lock lock(mutex_);
  committed_.erase(name);
  ++removals_;
}

// In doubt the store's own record of the table tells.
bool Catalog::may_lack_some(const KvReader& kv, std::string_view name, std::uint64_t removals) const {
  TablePtr table;
  {
    const std::shared_lock lock(mutex_);
    const auto found = committed_.find(name);
    if (found == committed_.end() || found->second->last_removal > removals) return true;
    table = found->second;
  }
  if (!table->retired.load(std::memory_order_acquire)) return false;
  const auto stored = kv.get(Family::kMeta, record_key(name));
  return !stored || *stored != encode_table(*table).encoded();
}

void Catalog::record(KvBatch& batch, const Table& table) const {
  batch.put(Family::kMeta, record_key(table.spec.name), encode_table(table).encoded());
  const std::shared_lock lock(mutex_);
  std::string number;
  append_u32(number, last_number_);
  batch.put(Family::kMeta, kLastNumberKey, number);
}

void Catalog::forget(KvBatch& batch, const Table& table) const {
  batch.remove(Family::kMeta, record_key(table.spec.name));
  batch.remove(Family::kMeta, counters_key({.table = table.number, .index = {}}));
  for (const TableIndex& index : table.indexes) {
    batch.remove(Family::kMeta, counters_key({.table = table.number, .index = index.number}));
  }
}

}  // namespace mrgc::engine
