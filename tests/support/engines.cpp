#include "support/engines.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "support/item_text.h"
#include "support/kv.h"

namespace mrgc::testing {
namespace {

using engine::ChangeRecord;
using item::Item;

// Equal items stand next to each other afterwards.
std::vector<Item> sorted(std::vector<Item> items) {
  std::ranges::sort(items, {}, &Item::encoded);
  return items;
}

std::string compare(const std::string& what, std::vector<Item> actual, std::vector<Item> expected) {
  actual = sorted(std::move(actual));
  expected = sorted(std::move(expected));
  if (actual == expected) return {};
  const auto [is, should] = std::ranges::mismatch(actual, expected);
  return fmt::format("{}: {} items, expected {}; the first difference: {} instead of {}", what, actual.size(),
                     expected.size(), is == actual.end() ? "nothing" : to_text(*is),
                     should == expected.end() ? "nothing" : to_text(*should));
}

std::uint64_t size_of(const std::vector<Item>& items) {
  std::uint64_t bytes = 0;
  for (const Item& item : items) bytes += item.size_bytes();
  return bytes;
}

std::string check_table(const store::BlockingStore& db, const store::TableDescription& table,
                        const std::vector<Item>& items) {
  const std::uint64_t bytes = size_of(items);
  if (table.item_count != items.size() || table.size_bytes != bytes) {
    return fmt::format("table {} counts {} items of {} bytes, and has {} of {}", table.spec.name, table.item_count,
                       table.size_bytes, items.size(), bytes);
  }
  for (std::size_t i = 0; i < table.spec.indexes.size(); ++i) {
    const store::IndexSpec& index = table.spec.indexes[i];
    const std::vector<Item> expected = expected_entries(table.spec, index, items);
    std::string difference =
        compare(table.spec.name + "/" + index.name, scan_all(db, table.spec.name, index.name), expected);
    if (!difference.empty()) return difference;
    const store::IndexDescription& counted = table.indexes[i];
    if (counted.item_count != expected.size() || counted.size_bytes != size_of(expected)) {
      return fmt::format("index {}/{} counts {} entries of {} bytes, and has {} of {}", table.spec.name, index.name,
                         counted.item_count, counted.size_bytes, expected.size(), size_of(expected));
    }
  }
  return {};
}

// What the change log leads to, or why it does not read back.
Result<std::vector<Item>> replay(const engine::ChangeLog& log) {
  std::map<std::string, Item> items;
  std::uint64_t at = log.first_sequence();
  while (at < log.next_sequence()) {
    auto records = log.read(at, 1000);
    if (!records) return base::forward_error(records);
    if (records->empty()) return base::fail(ErrorCode::kInternal, fmt::format("the change log ends at {}", at));
    for (const ChangeRecord& record : *records) {
      if (record.kind == ChangeRecord::Kind::kRemove) {
        items.erase(record.key);
      } else {
        items[record.key] = record.after;
      }
    }
    at += records->size();
  }
  std::vector<Item> left;
  for (auto& [key, item] : items) left.push_back(std::move(item));
  return left;
}

Result<std::unique_ptr<engine::KvStore>> open_kv(const std::filesystem::path& folder,
                                                 const engine::EngineOptions& options, rocksdb::Env* env) {
  engine::RocksdbOptions files = engine::rocksdb_options(options);
  files.env = env;
  return engine::open_rocksdb(folder, files);
}

}  // namespace

Result<std::unique_ptr<engine::Engine>> open_engine(const std::filesystem::path& folder,
                                                    const engine::EngineOptions& options, rocksdb::Env* env) {
  auto kv = open_kv(folder, options, env);
  if (!kv) return base::forward_error(kv);
  return engine::Engine::open(std::move(*kv), options);
}

Result<std::unique_ptr<engine::Engine>> open_forgetful_engine(const std::filesystem::path& folder,
                                                              const engine::EngineOptions& options) {
  auto kv = open_kv(folder, options, nullptr);
  if (!kv) return base::forward_error(kv);
  return engine::Engine::open(std::make_unique<ForgetfulKv>(std::move(*kv), 3), options);
}

engine::EngineOptions quiet_options() {
  return {.durability = engine::Durability::kAsync,
          .cache_bytes = std::size_t{8} << 20,
          .item_cache_bytes = 0,
          .sweep_interval = std::chrono::milliseconds::zero()};
}

store::TableSpec sample_table(const std::string& name) {
  using item::Type;
  const store::KeySchema color_and_score{.partition = {"color", Type::kString},
                                         .sort = store::KeyAttribute{"score", Type::kNumber}};
  return {
      .name = name,
      .keys = {.partition = {"pk", Type::kString}, .sort = store::KeyAttribute{"sk", Type::kNumber}},
      .indexes = {{.name = "by-color", .keys = color_and_score, .projection = store::Projection::kAll, .included = {}},
                  {.name = "by-color-keys",
                   .keys = color_and_score,
                   .projection = store::Projection::kKeysOnly,
                   .included = {}},
                  {.name = "by-owner",
                   .keys = {.partition = {"owner", Type::kString}, .sort = std::nullopt},
                   .projection = store::Projection::kInclude,
                   .included = {"note"}}}};
}

store::TableSpec streamed_table(const std::string& name) {
  store::TableSpec spec = sample_table(name);
  spec.settings.stream = store::StreamView::kNewAndOldImages;
  return spec;
}

std::vector<Item> scan_all(const store::BlockingStore& db, const std::string& table, const std::string& index) {
  std::vector<Item> items;
  store::ScanRequest request{.table = table, .index = index};
  do {
    auto page = db.scan(request);
    if (!page) throw std::runtime_error("scan of " + table + ": " + to_text(page.error()));
    items.insert(items.end(), page->items.begin(), page->items.end());
    request.exclusive_start_key = page->last_evaluated_key;
  } while (!request.exclusive_start_key.empty());
  return items;
}

namespace {

bool can_be_index_key(const Item& item, const store::KeyAttribute& key, std::size_t max_bytes) {
  const auto value = item.find(key.name);
  if (!value || value->type() != key.type) return false;
  if (key.type == item::Type::kNumber) return true;
  const std::size_t size = key.type == item::Type::kString ? value->as_string().size() : value->as_binary().size();
  return size > 0 && size <= max_bytes;
}

}  // namespace

std::vector<Item> expected_entries(const store::TableSpec& spec, const store::IndexSpec& index,
                                   const std::vector<Item>& items) {
  std::vector<std::string> projected = index.included;
  for (const store::KeySchema* keys : {&spec.keys, &index.keys}) {
    projected.push_back(keys->partition.name);
    if (keys->sort) projected.push_back(keys->sort->name);
  }
  std::vector<Item> entries;
  for (const Item& item : items) {
    if (!can_be_index_key(item, index.keys.partition, 2048)) continue;
    if (index.keys.sort && !can_be_index_key(item, *index.keys.sort, 1024)) continue;
    if (index.projection == store::Projection::kAll) {
      entries.push_back(item);
      continue;
    }
    item::Value::Map entry = item.to_map();
    std::erase_if(entry, [&](const auto& one) { return std::ranges::find(projected, one.first) == projected.end(); });
    entries.push_back(Item::from_map(entry));
  }
  return entries;
}

std::string find_contradiction(engine::Engine& engine) {
  const store::BlockingStore db(engine);
  const store::ListTablesResult tables = db.list_tables({}).value();
  for (const std::string& name : tables.tables) {
    std::string difference = check_table(db, db.describe_table({.table = name}).value(), scan_all(db, name));
    if (!difference.empty()) return difference;
  }
  return {};
}

std::string find_log_contradiction(engine::Engine& engine) {
  auto replayed = replay(engine.change_log());
  if (!replayed) return to_text(replayed.error());
  const store::BlockingStore db(engine);
  const store::ListTablesResult tables = db.list_tables({}).value();
  std::vector<Item> items;
  for (const std::string& name : tables.tables) {
    std::ranges::copy(scan_all(db, name), std::back_inserter(items));
  }
  return compare("the change log", std::move(*replayed), std::move(items));
}

}  // namespace mrgc::testing
