#include "integration/engine_model/run.h"

#include <algorithm>
#include <set>

#include "integration/engine_model/queries.h"
#include "support/item_text.h"

namespace mrgc::model {
namespace {

using item::Item;
using testing::to_text;

constexpr std::size_t kHistory = 30;

const store::TableSpec& spec() {
  static const store::TableSpec kSpec = testing::sample_table("sample");
  return kSpec;
}

Attributes project(const Attributes& item, const std::vector<std::string>& names) {
  if (names.empty()) return item;
  Attributes kept;
  for (const std::string& name : names) {
    if (const auto found = item.find(name); found != item.end()) kept.insert(*found);
  }
  return kept;
}

std::vector<std::string> sorted_bytes(const std::vector<Item>& items) {
  std::vector<std::string> bytes;
  for (const Item& item : items) bytes.emplace_back(item.encoded());
  std::ranges::sort(bytes);
  return bytes;
}

std::vector<std::string> sorted_bytes(const std::vector<Attributes>& items) {
  std::vector<Item> encoded;
  for (const Attributes& item : items) encoded.push_back(Item::from_map(item));
  return sorted_bytes(encoded);
}

}  // namespace

Run::Run(std::uint64_t seed) : dice_(seed) {
  open();
  for (const std::string name : {"alpha", "beta"}) {
    tables_[name];
    store::TableSpec named = spec();
    named.name = name;
    expect(db().create_table({.spec = named}).has_value(), "creating a table");
  }
}

void Run::open() {
  engine::EngineOptions options = testing::quiet_options();
  options.clock = &clock_;
  options.change_log_max_records = 10'000;
  // Little, so that directories come and go.
  options.directory_bytes = 10'000;
  // Likewise for items: some are found there, others have had to go.
  options.item_cache_bytes = 64'000;
  options.disk_executor = &disk_threads_;
  auto opened = testing::open_forgetful_engine(folder_.path(), options);
  if (!opened) throw Difference("opening: " + opened.error().message);
  engine_ = std::move(*opened);
}

void Run::step() {
  const std::size_t roll = dice_.roll(10'000);
  if (roll < 3) return recreate_table();
  if (roll < 5) return reopen();
  if (roll < 25) return switch_time_to_live();
  if (roll < 125) return sweep();
  if (roll < 1000) return query();
  if (roll < 1200) return scan();
  if (roll < 1600) return batch_write();
  if (roll < 2000) return batch_get();
  if (roll < 2700) return transact_write();
  if (roll < 3100) return transact_get();
  if (roll < 4500) return get();
  write();
}

// --- One item -------------------------------------------------------------------------------------------------------

void Run::write() {
  const std::string table = any_table();
  const Key key = any_key(dice_);
  const auto before = tables_[table].find(key);
  const Write write = any_write(dice_, table, key, before, clock_.now_s());
  note(write.to_text());
  const Result<store::WriteItemResult> result = std::visit(
      [this]<typename Request>(const Request& request) -> Result<store::WriteItemResult> {
        if constexpr (std::is_same_v<Request, store::PutItemRequest>) {
          return db().put_item(request);
        } else if constexpr (std::is_same_v<Request, store::UpdateItemRequest>) {
          return db().update_item(request);
        } else if constexpr (std::is_same_v<Request, store::DeleteItemRequest>) {
          return db().delete_item(request);
        } else {
          throw std::logic_error("a check is not a write");
        }
      },
      write.request);
  const auto [outcome, after] = write.decide(before);
  count(result.has_value());
  if (outcome != Write::Outcome::kDone) {
    expect(!result, "the write was done, and should have been refused");
    return check_failure(write, outcome, before, result.error());
  }
  expect(result.has_value(), "refused: " + (result ? "" : to_text(result.error())));
  expect_same(result->attributes, write.returned(before, after), "returned attributes");
  tables_[table].set(key, after);
}

void Run::check_failure(const Write& write, Write::Outcome outcome, const std::optional<Attributes>& before,
                        const Error& error) const {
  const bool condition = outcome == Write::Outcome::kConditionFailed;
  expect(error.code == (condition ? ErrorCode::kConditionalCheckFailed : ErrorCode::kValidation), to_text(error));
  if (!condition) return;
  const auto* failure = error.detail_as<store::ConditionFailure>();
  const bool shown = std::visit([](const auto& request) { return request.return_old_on_failure; }, write.request);
  expect(failure != nullptr, "no detail");
  expect_same(failure->item, shown ? before : std::nullopt, "the item that failed the condition");
}

void Run::get() {
  const std::string table = any_table();
  const Key key = any_key(dice_);
  Inputs inputs;
  std::vector<std::string> names;
  const auto projection = any_projection(dice_, inputs, "", names);
  note("get " + table + " " + key.first + "/" + std::to_string(key.second) + " " + projection.value_or(""));
  const auto result = db().get_item({.table = table,
                                     .key = to_item(key),
                                     .consistent_read = dice_.chance(50),
                                     .projection_expression = projection.value_or(""),
                                     .names = inputs.names()});
  count(result.has_value());
  expect(result.has_value(), "refused");
  auto expected = tables_[table].find(key);
  if (expected) expected = project(*expected, names);
  expect_same(result->item, expected, "the item");
}

// --- Pages ----------------------------------------------------------------------------------------------------------

void Run::check_page(const store::PageResult& page, const std::vector<Attributes>& examined, const Condition& filter,
                     const std::vector<std::string>& projected) {
  expect(page.scanned_count == std::ssize(examined),
         "scanned " + std::to_string(page.scanned_count) + " entries instead of " + std::to_string(examined.size()));
  std::vector<Attributes> expected;
  for (const Attributes& entry : examined) {
    if (!filter.holds || filter.holds(entry)) expected.push_back(project(entry, projected));
  }
  expect(page.count == std::ssize(expected), "count " + std::to_string(page.count));
  expect(page.items.size() == expected.size(), "items " + std::to_string(page.items.size()));
  for (std::size_t i = 0; i < expected.size(); ++i)
    expect_same(page.items[i], expected[i], "item " + std::to_string(i));
}

void Run::query() {
  const std::string table = any_table();
  Query query = any_query(dice_, table);
  store::QueryRequest& request = query.request;
  std::vector<std::pair<Position, Attributes>> entries;
  for (const auto& entry : entries_of(tables_[table], query.selection)) entries.push_back(entry);
  if (!request.scan_forward) std::ranges::reverse(entries);
  auto at = std::ranges::find_if(entries, [&](const auto& entry) {
    return !query.start || (request.scan_forward ? entry.first > *query.start : entry.first < *query.start);
  });
  do {
    note("query " + table + "/" + request.index + " " + request.key_condition_expression + " filter " +
         request.filter_expression + " with " + to_text(request.values) + (request.scan_forward ? "" : " backwards") +
         " limit " + std::to_string(request.limit.value_or(0)) + " from " + to_text(request.exclusive_start_key));
    const auto page = db().query(request);
    count(page.has_value());
    const Selection& selection = query.selection;
    if (query.start && selection.sort_key_fits && !selection.sort_key_fits(query.start->first)) {
      return expect(!page && page.error().code == ErrorCode::kValidation, "a start key that does not fit was taken");
    }
    expect(page.has_value(), "refused: " + (page ? "" : to_text(page.error())));
    std::vector<Attributes> examined;
    for (; at != entries.end() && (!request.limit || std::ssize(examined) < *request.limit); ++at) {
      examined.push_back(at->second);
    }
    check_page(*page, examined, query.filter, query.projected);
    const bool full = request.limit && std::ssize(examined) == *request.limit;
    expect(page->last_evaluated_key == (full ? Item::from_map(key_of_entry(request.index, examined.back())) : Item()),
           "last evaluated key " + to_text(page->last_evaluated_key));
    request.exclusive_start_key = page->last_evaluated_key;
  } while (!request.exclusive_start_key.empty());
}

void Run::scan() {
  const std::string table = any_table();
  const std::string index = dice_.pick(kIndexes);
  Inputs inputs;
  Condition filter;
  if (may_filter(index) && dice_.chance(40)) filter = any_condition(dice_, inputs, true);
  const std::int64_t segments = dice_.between(1, 4);
  std::vector<Item> found;
  std::int64_t scanned = 0;
  for (std::int64_t segment = 0; segment < segments; ++segment) {
    store::ScanRequest request{.table = table,
                               .index = index,
                               .filter_expression = filter.text,
                               .names = inputs.names(),
                               .values = inputs.values()};
    if (segments > 1) request.segment = segment, request.total_segments = segments;
    if (dice_.chance(70)) request.limit = dice_.between(5, 30);
    do {
      note("scan " + table + "/" + index + " filter " + filter.text + " with " + to_text(request.values));
      const auto page = db().scan(request);
      count(page.has_value());
      expect(page.has_value(), "refused: " + (page ? "" : to_text(page.error())));
      const bool more = !page->last_evaluated_key.empty();
      expect(more == (request.limit && page->scanned_count == *request.limit), "a page that ends for no reason");
      expect(page->count == std::ssize(page->items), "count");
      scanned += page->scanned_count;
      found.insert(found.end(), page->items.begin(), page->items.end());
      request.exclusive_start_key = page->last_evaluated_key;
    } while (!request.exclusive_start_key.empty());
  }
  std::vector<Attributes> expected = all_entries(tables_[table], index);
  expect(scanned == std::ssize(expected), "scanned " + std::to_string(scanned));
  std::erase_if(expected, [&](const Attributes& entry) { return filter.holds && !filter.holds(entry); });
  expect(sorted_bytes(found) == sorted_bytes(expected), "items of a scan");
}

// --- Batches and transactions ---------------------------------------------------------------------------------------

void Run::batch_write() {
  store::BatchWriteItemRequest request;
  std::vector<std::pair<std::pair<std::string, Key>, std::optional<Attributes>>> outcomes;
  std::string text = "batch write";
  for (const auto& [table, key] : any_keys(25)) {
    std::optional<Attributes> after;
    if (dice_.chance(75)) {
      after = any_attributes(dice_, clock_.now_s());
      after->emplace("pk", Value(key.first));
      after->emplace("sk", Value(key.second));
      request.tables[table].emplace_back(store::BatchWriteItemRequest::Put{Item::from_map(*after)});
    } else {
      request.tables[table].emplace_back(store::BatchWriteItemRequest::Delete{to_item(key)});
    }
    text += " " + table + " " + key.first + "/" + std::to_string(key.second) + (after ? " put" : " deleted");
    outcomes.push_back({{table, key}, after});
  }
  note(std::move(text));
  const auto result = db().batch_write_item(request);
  count(result.has_value());
  expect(result && result->unprocessed.empty(), "refused");
  for (const auto& [where, after] : outcomes) tables_[where.first].set(where.second, after);
}

void Run::batch_get() {
  store::BatchGetItemRequest request;
  std::map<std::string, std::vector<Attributes>> expected;
  for (const auto& [table, key] : any_keys(30)) {
    request.tables[table].keys.push_back(to_item(key));
    if (auto item = tables_[table].find(key)) expected[table].push_back(std::move(*item));
  }
  note("batch get");
  const auto result = db().batch_get_item(request);
  count(result.has_value());
  expect(result && result->unprocessed.empty(), "refused");
  for (const auto& [table, items] : result->items) {
    expect(sorted_bytes(items) == sorted_bytes(expected[table]), "items of a batch in " + table);
  }
}

void Run::transact_write() {
  std::vector<Write> writes;
  store::TransactWriteItemsRequest request;
  std::string text = "transaction:";
  for (const auto& [table, key] : any_keys(5)) {
    const auto before = tables_[table].find(key);
    writes.push_back(dice_.chance(20) ? any_check(dice_, table, key, before)
                                      : any_write(dice_, table, key, before, clock_.now_s()));
    text += " [" + writes.back().to_text() + "]";
    request.actions.push_back(writes.back().request);
    std::visit(
        [](auto& action) {
          if constexpr (requires { action.return_values; }) action.return_values = store::ReturnValues::kNone;
        },
        request.actions.back());
  }
  note(std::move(text));
  const auto result = db().transact_write_items(request);
  count(result.has_value());
  std::vector<std::pair<Write::Outcome, std::optional<Attributes>>> outcomes;
  for (const Write& write : writes) outcomes.push_back(write.decide(tables_[write.table].find(write.key)));
  const auto done = [](const auto& outcome) { return outcome.first == Write::Outcome::kDone; };
  if (std::ranges::all_of(outcomes, done)) {
    expect(result.has_value(), "refused: " + (result ? "" : to_text(result.error())));
    for (std::size_t i = 0; i < writes.size(); ++i) tables_[writes[i].table].set(writes[i].key, outcomes[i].second);
    return;
  }
  expect(!result && result.error().code == ErrorCode::kTransactionCanceled, "not canceled");
  const auto* detail = result.error().detail_as<store::CancellationReasons>();
  expect(detail != nullptr && detail->reasons.size() == writes.size(), "no reasons");
  for (std::size_t i = 0; i < writes.size(); ++i) {
    static const std::map<Write::Outcome, std::string> kCodes = {
        {Write::Outcome::kDone, "None"},
        {Write::Outcome::kConditionFailed, "ConditionalCheckFailed"},
        {Write::Outcome::kInvalid, "ValidationError"}};
    const auto& reason = detail->reasons[i];
    expect(reason.code == kCodes.at(outcomes[i].first), "reason " + std::to_string(i) + " is " + reason.code);
    const bool shown = outcomes[i].first == Write::Outcome::kConditionFailed &&
                       std::visit([](const auto& one) { return one.return_old_on_failure; }, request.actions[i]);
    expect_same(reason.item, shown ? tables_[writes[i].table].find(writes[i].key) : std::nullopt, "a reason's item");
  }
}

void Run::transact_get() {
  store::TransactGetItemsRequest request;
  const auto keys = any_keys(10);
  for (const auto& [table, key] : keys) request.gets.push_back({.table = table, .key = to_item(key)});
  note("transactional get");
  const auto result = db().transact_get_items(request);
  count(result.has_value());
  expect(result && result->items.size() == keys.size(), "refused");
  auto item = result->items.begin();
  for (const auto& [table, key] : keys) expect_same(*item++, tables_[table].find(key), "an item");
}

// --- Time, tables and restarts --------------------------------------------------------------------------------------

void Run::sweep() {
  const std::int64_t before_s = clock_.now_s();
  clock_.advance_ms(dice_.between(61'000, 300'000));
  note("sweep at " + std::to_string(clock_.now_s()));
  const std::size_t deleted = engine_->sweep_expired(1'000'000);
  ++requests_, ++succeeded_;
  std::size_t expected = 0;
  for (auto& [name, table] : tables_) {
    if (table.ttl_attribute.empty()) continue;
    std::erase_if(table.items, [&](const auto& entry) {
      const auto ttl = entry.second.find(table.ttl_attribute);
      if (ttl == entry.second.end() || ttl->second.template as<item::Number>() == nullptr) return false;
      const std::int64_t at_s = ttl->second.template as<item::Number>()->to_int64().value();
      const std::int64_t five_years_s = std::int64_t{5} * 365 * 24 * 3600;
      if (at_s > clock_.now_s() || at_s <= clock_.now_s() - five_years_s) return false;
      // What expired within the queue's last step may go now or with the next sweep.
      const bool gone =
          at_s <= before_s || !db().get_item({.table = name, .key = to_item(entry.first)}).value().item.has_value();
      expected += gone ? 1 : 0;
      return gone;
    });
  }
  expect(deleted == expected, "deleted " + std::to_string(deleted) + " instead of " + std::to_string(expected));
}

void Run::switch_time_to_live() {
  const std::string table = any_table();
  std::string& attribute = tables_[table].ttl_attribute;
  const bool enable = attribute.empty();
  note(std::string(enable ? "enable" : "disable") + " time to live of " + table);
  const auto result = db().update_time_to_live({.table = table, .attribute = "ttl", .enabled = enable});
  count(result.has_value());
  expect(result.has_value(), "refused");
  attribute = enable ? "ttl" : "";
}

void Run::recreate_table() {
  const std::string table = any_table();
  note("delete and create " + table);
  expect(db().delete_table({.table = table}).has_value(), "deleting");
  expect(db().scan({.table = table}).error().code == ErrorCode::kResourceNotFound, "a deleted table that is there");
  store::TableSpec named = spec();
  named.name = table;
  expect(db().create_table({.spec = named}).has_value(), "creating");
  tables_[table] = Table();
  check_whole_tables();
}

void Run::reopen() {
  note("reopen");
  engine_.reset();
  open();
  check_whole_tables();
}

void Run::check_whole_tables() {
  for (const auto& [name, table] : tables_) {
    expect(sorted_bytes(testing::scan_all(db(), name)) == sorted_bytes(all_entries(table, "")), "items of " + name);
  }
  const std::string contradiction = testing::find_contradiction(*engine_);
  expect(contradiction.empty(), contradiction);
}

// --- Choices and checks ---------------------------------------------------------------------------------------------

std::string Run::any_table() { return dice_.chance(70) ? "alpha" : "beta"; }

std::set<std::pair<std::string, Key>> Run::any_keys(std::size_t most) {
  std::set<std::pair<std::string, Key>> keys;
  for (std::size_t i = 0, count = 1 + dice_.roll(most); i < count; ++i) keys.emplace(any_table(), any_key(dice_));
  return keys;
}

std::string Run::history() const {
  std::string text = "the last operations, oldest first:\n";
  for (const std::string& operation : history_) text += "  " + operation + "\n";
  return text;
}

void Run::note(std::string operation) {
  history_.push_back(std::move(operation));
  if (history_.size() > kHistory) history_.pop_front();
}

void Run::count(bool succeeded) {
  ++requests_;
  if (succeeded) ++succeeded_;
}

void Run::expect(bool holds, const std::string& what) const {
  if (!holds) throw Difference(what);
}

void Run::expect_same(const std::optional<Item>& actual, const std::optional<Attributes>& expected,
                      const std::string& what) const {
  const auto encoded = expected ? std::optional(Item::from_map(*expected)) : std::nullopt;
  if (actual != encoded) throw Difference(what + ": " + to_text(actual) + " instead of " + to_text(encoded));
}

}  // namespace mrgc::model
