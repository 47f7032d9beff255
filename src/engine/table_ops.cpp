#include "engine/table_ops.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/expiry.h"
#include "engine/keyspace.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

constexpr std::int64_t kMaxListedTables = 100;
/// Queue entries in one commit while a table's items are queued for expiry.
constexpr std::size_t kExpiryChunkBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxTags = 50;

Result<void> check_removable(const Table& table) {
  if (table.spec.settings.deletion_protection) {
    return base::invalid(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
  }
  if (table.is_updating()) {
    return base::fail(
        ErrorCode::kResourceInUse,
        fmt::format("Attempt to change a resource which is still in use: Table is being updated: {}", table.spec.name));
  }
  return {};
}

// --- What an UpdateTable request changes ---

using Request = store::UpdateTableRequest;

Result<void> check_has_index(const Table& table, const std::string& name) {
  const store::IndexSpec* index = table.find_index(name);
  if (index != nullptr && !index->local) return {};
  return base::fail(ErrorCode::kResourceNotFound, "Requested resource not found");
}

// Of a table with provisioned throughput a new index has one, too, and of another it must not.
Result<void> check_throughput(const store::TableSettings& settings, const store::IndexSpec& index) {
  const bool on_demand = settings.billing_mode == store::BillingMode::kPayPerRequest;
  if (on_demand != index.throughput.has_value()) return {};
  if (on_demand) {
    return base::invalid(fmt::format(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
        "specified for index: {} when BillingMode is PAY_PER_REQUEST",
        index.name));
  }
  return base::invalid(
      fmt::format("One or more parameter values were invalid: Both ReadCapacityUnits and "
                  "WriteCapacityUnits must be specified for index: {}",
                  index.name));
}

Result<void> change_index(Table& table, const Request::CreateIndex& change, CommitUnit&) {
  if (table.find_index(change.index.name) != nullptr) {
    return base::invalid("Attempting to create an index which already exists");
  }
  if (auto checked = check_throughput(table.spec.settings, change.index); !checked) return checked;
  table.add_index(change.index, store::TableStatus::kCreating);
  return store::check_table_spec(table.spec);
}

Result<void> change_index(Table& table, const Request::DeleteIndex& change, CommitUnit& unit) {
  if (auto found = check_has_index(table, change.name); !found) return found;
  const store::IndexSpec& index = *table.find_index(change.name);
  const std::string prefix = index_prefix(table, index);
  unit.batch.remove_range(Family::kIndexes, prefix, prefix_end(prefix));
  const TableIndex& state = table.index_state(index);
  unit.batch.remove(Family::kMeta, counters_key({.table = table.number, .index = state.number}));
  unit.dropped.push_back(state.counters);
  table.remove_index(change.name);
  return {};
}

Result<void> change_index(Table& table, const Request::UpdateIndex& change, CommitUnit&) {
  if (auto found = check_has_index(table, change.name); !found) return found;
  if (table.spec.settings.billing_mode == store::BillingMode::kPayPerRequest) {
    return base::invalid(fmt::format(
        "One or more parameter values were invalid: ProvisionedThroughput should not be specified for index: {} "
        "when BillingMode is PAY_PER_REQUEST",
        change.name));
  }
  for (store::IndexSpec& index : table.spec.indexes) {
    if (index.name == change.name) index.throughput = change.throughput;
  }
  return {};
}

Result<void> check_index_changes(const Table& table, const Request& request) {
  const auto made_or_dropped = std::ranges::count_if(
      request.indexes, [](const auto& change) { return !std::holds_alternative<Request::UpdateIndex>(change); });
  if (made_or_dropped > 1) {
    return base::fail(ErrorCode::kLimitExceeded,
                      "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
                      "table");
  }
  if (made_or_dropped == 1 && table.is_updating()) {
    return base::fail(
        ErrorCode::kResourceInUse,
        fmt::format("Attempt to change a resource which is still in use: Table is being updated: {}", table.spec.name));
  }
  return {};
}

Result<void> change_stream(Table& table, const std::optional<store::StreamView>& view, StreamRecords& streams,
                           CommitUnit& unit) {
  std::optional<store::StreamView>& current = table.spec.settings.stream;
  if (view && current)
    return base::invalid(fmt::format("Table already has an enabled stream: TableName: {}", table.spec.name));
  if (!view && !current) {
    return base::invalid(fmt::format("Table has no stream to disable: TableName: {}", table.spec.name));
  }
  current = view;
  if (!view) {
    streams.end(unit.batch, table);
    return {};
  }
  table.stream_created_ms = streams.new_created_ms(table.spec.name);
  streams.begin(unit.batch, table);
  return {};
}

Result<void> change_billing(Table& table, const Request& request, std::int64_t now_ms) {
  store::TableSettings& settings = table.spec.settings;
  const store::BillingMode before = settings.billing_mode;
  if (request.billing_mode) settings.billing_mode = *request.billing_mode;
  if (settings.billing_mode == store::BillingMode::kPayPerRequest) {
    if (before != settings.billing_mode) table.on_demand_since_ms = now_ms;
    if (request.throughput) {
      return base::invalid(
          "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
          "specified when BillingMode is PAY_PER_REQUEST");
    }
    if (request.on_demand_limits) settings.on_demand_limits = request.on_demand_limits;
    settings.throughput.reset();
    for (store::IndexSpec& index : table.spec.indexes) index.throughput.reset();
    return {};
  }
  if (request.on_demand_limits) {
    return base::invalid(
        "One or more parameter values were invalid: OnDemandThroughput can be specified only when BillingMode is "
        "PAY_PER_REQUEST");
  }
  settings.on_demand_limits.reset();
  if (!request.throughput) return {};
  if (settings.throughput == request.throughput) {
    return base::invalid(fmt::format(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        "Current ReadCapacityUnits provisioned for the table: {}. Requested ReadCapacityUnits: {}. Current "
        "WriteCapacityUnits provisioned for the table: {}. Requested WriteCapacityUnits: {}. Refer to the Amazon "
        "DynamoDB Developer Guide for current limits and how to request higher limits.",
        settings.throughput->read_units, request.throughput->read_units, settings.throughput->write_units,
        request.throughput->write_units));
  }
  settings.throughput = request.throughput;
  return {};
}

std::vector<store::IndexSpec> removed_indexes(const Table& table, const Request& request) {
  std::vector<store::IndexSpec> removed;
  for (const Request::IndexChange& change : request.indexes) {
    const auto* deletion = std::get_if<Request::DeleteIndex>(&change);
    const store::IndexSpec* index = deletion == nullptr ? nullptr : table.find_index(deletion->name);
    if (index != nullptr) removed.push_back(*index);
  }
  return removed;
}

Result<void> change_table(Table& table, const Request& request, StreamRecords& streams, CommitUnit& unit,
                          std::int64_t now_ms) {
  if (auto checked = check_index_changes(table, request); !checked) return checked;
  if (auto changed = change_billing(table, request, now_ms); !changed) return changed;
  for (const Request::IndexChange& change : request.indexes) {
    auto changed = std::visit([&](const auto& one) { return change_index(table, one, unit); }, change);
    if (!changed) return changed;
  }
  if (request.stream) {
    if (auto changed = change_stream(table, *request.stream, streams, unit); !changed) return changed;
  }
  store::TableSettings& settings = table.spec.settings;
  if (request.deletion_protection) settings.deletion_protection = *request.deletion_protection;
  if (request.table_class) settings.table_class = request.table_class;
  return {};
}

}  // namespace

template <typename Work>
void TableOps::run_alone(Work work) {
  stripes_.post_exclusive_all([this, work = std::move(work)](Stripes::Hold hold) mutable {
    offload_.run([work = std::move(work), hold = std::move(hold)]() mutable { work(); });
  });
}

void TableOps::create(store::CreateTableRequest request, store::Completion<store::TableDescription> done) {
  if (auto checked = store::check_table_spec(request.spec); !checked) return done(base::forward_error(checked));
  run_alone([this, request = std::move(request), done = std::move(done)]() mutable {
    auto table = std::make_shared<Table>();
    table->spec = std::move(request.spec);
    for (std::size_t i = 0; i < table->spec.indexes.size(); ++i) {
      table->indexes.push_back({.number = table->next_index_number++});
    }
    table->created_ms = clock_.now_ms();
    if (table->spec.settings.stream) table->stream_created_ms = streams_.new_created_ms(table->spec.name);
    if (table->spec.settings.billing_mode == store::BillingMode::kPayPerRequest) {
      table->on_demand_since_ms = table->created_ms;
    }
    table->id = random_.hex_id(16);
    if (!catalog_.decide_new(table)) {
      return refuse(
          committer_, std::move(done),
          {.code = ErrorCode::kResourceInUse, .message = fmt::format("Table already exists: {}", table->spec.name)});
    }
    CommitUnit unit;
    catalog_.record(unit.batch, *table);
    if (table->spec.settings.stream) streams_.begin(unit.batch, *table);
    unit.publish = [&catalog = catalog_, &streams = streams_, table] {
      if (table->spec.settings.stream) streams.note_begun(*table);
      catalog.publish(table);
    };
    submit<store::TableDescription>(committer_, std::move(unit), std::move(done), table->describe());
  });
}

void TableOps::remove(store::DeleteTableRequest request, store::Completion<store::TableDescription> done) {
  run_alone([this, request = std::move(request), done = std::move(done)]() mutable {
    auto found = catalog_.find_to_manage(request.table, Catalog::As::kDecided);
    if (!found) return refuse(committer_, std::move(done), std::move(found.error()));
    const TablePtr table = *found;
    if (auto allowed = check_removable(*table); !allowed)
      return refuse(committer_, std::move(done), std::move(allowed.error()));
    catalog_.decide_removal(request.table);
    table->retired.store(true, std::memory_order_release);
    CommitUnit unit;
    catalog_.forget(unit.batch, *table);
    unit.dropped.push_back(table->counters);
    for (const TableIndex& index : table->indexes) unit.dropped.push_back(index.counters);
    if (table->spec.settings.stream) streams_.end(unit.batch, *table);
    // What is left of the table in the expiry queue goes when its time comes.
    for (const Family family : {Family::kItems, Family::kIndexes}) {
      const std::string prefix = table_prefix(*table);
      unit.batch.remove_range(family, prefix, prefix_end(prefix));
    }
    unit.publish = [&catalog = catalog_, &streams = streams_, table] {
      catalog.publish_removal(table->spec.name);
      if (table->spec.settings.stream) streams.note_ended(*table);
    };
    unit.done = [table, done = std::move(done)](const Result<void>& committed) mutable {
      if (!committed) return done(std::unexpected(committed.error()));
      store::TableDescription description = table->describe();
      description.status = store::TableStatus::kDeleting;
      done(std::move(description));
    };
    committer_.submit(std::move(unit));
  });
}

void TableOps::replace(const std::string& name, Change change, store::Completion<TablePtr> done) {
  run_alone([this, name, change = std::move(change), done = std::move(done)]() mutable {
    auto found = catalog_.find_to_manage(name, Catalog::As::kDecided);
    if (!found) return refuse(committer_, std::move(done), std::move(found.error()));
    const TablePtr old_table = *found;
    const TablePtr table = old_table->successor();
    CommitUnit unit;
    if (auto changed = change(*table, unit); !changed)
      return refuse(committer_, std::move(done), std::move(changed.error()));
    catalog_.record(unit.batch, *table);
    catalog_.decide(table);
    old_table->retired.store(true, std::memory_order_release);
    unit.publish = [&catalog = catalog_, &streams = streams_, old_table, table] {
      const bool had_stream = old_table->spec.settings.stream.has_value();
      const bool has_stream = table->spec.settings.stream.has_value();
      if (has_stream && !had_stream) streams.note_begun(*table);  // first: the table's description tells of it
      catalog.publish(table);
      if (had_stream && !has_stream) streams.note_ended(*table);
    };
    submit<TablePtr>(committer_, std::move(unit), std::move(done), table);
  });
}

void TableOps::update(store::UpdateTableRequest request, store::Completion<store::TableDescription> done) {
  struct Indexes {
    std::vector<std::uint16_t> created;
    std::vector<store::IndexSpec> removed;
  };
  const std::string name = request.table;
  const auto indexes = std::make_shared<Indexes>();
  replace(
      name,
      [this, request = std::move(request), indexes](Table& table, CommitUnit& unit) {
        const std::uint16_t next_number = table.next_index_number;
        indexes->removed = removed_indexes(table, request);
        auto changed = change_table(table, request, streams_, unit, clock_.now_ms());
        for (std::uint16_t number = next_number; number < table.next_index_number; ++number) {
          indexes->created.push_back(number);
        }
        return changed;
      },
      [this, indexes, done = std::move(done)](Result<TablePtr> table) mutable {
        if (!table) return done(base::forward_error(table));
        for (const std::uint16_t number : indexes->created) fill_index(*table, number);
        store::TableDescription description = (*table)->describe();
        // They are gone, but the answer tells of how it was when this was asked for.
        for (store::IndexSpec& index : indexes->removed) {
          description.status = store::TableStatus::kUpdating;
          description.spec.indexes.push_back(std::move(index));
          description.indexes.push_back({.status = store::TableStatus::kDeleting});
        }
        done(std::move(description));
      });
}

void TableOps::update_tags(store::UpdateTagsRequest request, store::Completion<store::UpdateTagsResult> done) {
  const std::string name = request.table;
  replace(
      name,
      [request = std::move(request)](Table& table, CommitUnit&) -> Result<void> {
        auto& tags = table.spec.settings.tags;
        for (const auto& [key, value] : request.set) tags.insert_or_assign(key, value);
        for (const std::string& key : request.remove) tags.erase(key);
        if (tags.size() > kMaxTags) {
          return base::invalid("One or more parameter values were invalid: Too many tags: a table can have at most 50");
        }
        return {};
      },
      [done = std::move(done)](Result<TablePtr> table) mutable {
        if (!table) return done(base::forward_error(table));
        done(store::UpdateTagsResult());
      });
}

void TableOps::fill_new_indexes() {
  for (const TablePtr& table : catalog_.all()) {
    for (const TableIndex& index : table->indexes) {
      if (index.status == store::TableStatus::kCreating) fill_index(table, index.number);
    }
  }
}

void TableOps::fill_index(const TablePtr& table, std::uint16_t index_number) {
  filler_.fill(table, index_number, [this, name = table->spec.name, index_number](bool filled) {
    if (filled) activate_index(name, index_number);
  });
}

// It cannot be deleted before this, nor its table.
void TableOps::activate_index(const std::string& table, std::uint16_t index_number) {
  replace(
      table,
      [index_number](Table& current, CommitUnit&) -> Result<void> {
        const auto index = std::ranges::find(current.indexes, index_number, &TableIndex::number);
        if (index == current.indexes.end()) return base::fail(ErrorCode::kInternal, "an index was deleted too early");
        index->status = store::TableStatus::kActive;
        return {};
      },
      [](const Result<TablePtr>&) {});
}

// Whether the request fits how TTL is now set; then does it.
Result<void> TableOps::change_time_to_live(Table& table, const store::UpdateTimeToLiveRequest& request) {
  const std::string& current = table.ttl_attribute;
  if (request.enabled && !current.empty()) {
    return base::invalid(
        current == request.attribute
            ? "TimeToLive is already enabled"
            : fmt::format("TimeToLive is active on a different AttributeName: current AttributeName is {}", current));
  }
  if (!request.enabled && current != request.attribute) {
    return base::invalid(current.empty() ? "TimeToLive is already disabled"
                                         : fmt::format("TimeToLive is active on a different AttributeName: current "
                                                       "AttributeName is {}",
                                                       current));
  }
  table.ttl_attribute = request.enabled ? request.attribute : std::string();
  return request.enabled ? queue_items_for_expiry(table) : Result<void>();
}

void TableOps::update_time_to_live(store::UpdateTimeToLiveRequest request,
                                   store::Completion<store::UpdateTimeToLiveResult> done) {
  if (request.attribute.empty() || request.attribute.size() > 255) {
    return done(
        base::invalid("1 validation error detected: Value at 'timeToLiveSpecification.attributeName' failed to "
                      "satisfy constraint: Member must have length between 1 and 255"));
  }
  const std::string name = request.table;
  replace(
      name,
      [this, request = std::move(request)](Table& table, CommitUnit&) { return change_time_to_live(table, request); },
      [done = std::move(done)](Result<TablePtr> table) mutable {
        if (!table) return done(base::forward_error(table));
        done(store::UpdateTimeToLiveResult());
      });
}

// Entries of a change that is then not completed do no harm: whoever takes one looks at the item.
Result<void> TableOps::queue_items_for_expiry(const Table& table) {
  const std::int64_t now_s = clock_.now_s();
  const std::string prefix = table_prefix(table);
  CommitUnit unit;
  // First what is decided: by the time that it is pending no more, it is in the store.
  pending_.for_each([&](const std::string& key, const item::Item& item) {
    if (key.starts_with(prefix)) expiry_.record(unit.batch, table, key, std::nullopt, item, now_s);
  });
  const auto iterator = kv_.scan(Family::kItems, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const auto item = item::Item::from_trusted(std::string(iterator->value()));
    expiry_.record(unit.batch, table, iterator->key(), std::nullopt, item, now_s);
    if (unit.batch.size_bytes() >= kExpiryChunkBytes) committer_.submit(std::exchange(unit, CommitUnit()));
  }
  committer_.submit(std::move(unit));
  return iterator->status();
}

Result<store::TableDescription> TableOps::describe(const store::DescribeTableRequest& request) const {
  auto table = catalog_.find_to_manage(request.table);
  if (!table) return base::forward_error(table);
  return (*table)->describe();
}

Result<store::ListTablesResult> TableOps::list(const store::ListTablesRequest& request) const {
  const std::int64_t limit = request.limit.value_or(kMaxListedTables);
  if (limit < 1 || limit > kMaxListedTables) {
    return base::invalid(
        fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: "
                    "Member must have value between 1 and 100",
                    limit));
  }
  auto [names, more] = catalog_.names(request.exclusive_start_table, static_cast<std::size_t>(limit));
  store::ListTablesResult result{.tables = std::move(names), .last_evaluated_table = {}};
  if (more) result.last_evaluated_table = result.tables.back();
  return result;
}

}  // namespace mrgc::engine
