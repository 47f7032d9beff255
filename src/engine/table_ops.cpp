#include "engine/table_ops.h"

#include <fmt/format.h>

#include "engine/expiry.h"
#include "engine/keyspace.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

constexpr std::int64_t kMaxListedTables = 100;
/// Queue entries in one commit while a table's items are queued for expiry.
constexpr std::size_t kExpiryChunkBytes = std::size_t{4} << 20;

}  // namespace

void TableOps::create(store::CreateTableRequest request, store::Completion<store::TableDescription> done) {
  if (auto checked = store::check_table_spec(request.spec); !checked) return done(base::forward_error(checked));
  stripes_.post_exclusive_all([this, request = std::move(request), done = std::move(done)]() mutable {
    auto table = std::make_shared<Table>();
    table->spec = std::move(request.spec);
    table->created_ms = clock_.now_ms();
    table->id = random_.hex_id(16);
    if (!catalog_.reserve(table)) {
      return done(base::fail(ErrorCode::kResourceInUse, fmt::format("Table already exists: {}", table->spec.name)));
    }
    CommitUnit unit;
    catalog_.record(unit.batch, *table);
    unit.done = [this, table, done = std::move(done)](const Result<void>& committed) mutable {
      catalog_.settle(table, committed.has_value());
      if (!committed) return done(std::unexpected(committed.error()));
      done(table->describe(store::TableStatus::kActive));
    };
    committer_.submit(std::move(unit));
  });
}

void TableOps::remove(store::DeleteTableRequest request, store::Completion<store::TableDescription> done) {
  stripes_.post_exclusive_all([this, request = std::move(request), done = std::move(done)]() mutable {
    auto table = catalog_.find_to_manage(request.table);
    if (!table) return done(base::forward_error(table));
    (*table)->retired.store(true, std::memory_order_release);
    catalog_.remove(request.table);
    CommitUnit unit;
    catalog_.forget(unit.batch, **table);
    unit.dropped = *table;
    // What is left of the table in the expiry queue goes when its time comes.
    for (const Family family : {Family::kItems, Family::kIndexes}) {
      const std::string prefix = table_prefix(**table);
      unit.batch.remove_range(family, prefix, prefix_end(prefix));
    }
    unit.done = [this, table = *table, done = std::move(done)](const Result<void>& committed) mutable {
      if (!committed) {
        catalog_.replace(table);  // it is still there
        return done(std::unexpected(committed.error()));
      }
      done(table->describe(store::TableStatus::kDeleting));
    };
    committer_.submit(std::move(unit));
  });
}

Result<TablePtr> TableOps::with_time_to_live(const store::UpdateTimeToLiveRequest& request) const {
  auto old_table = catalog_.find_to_manage(request.table);
  if (!old_table) return base::forward_error(old_table);
  const std::string& current = (*old_table)->ttl_attribute;
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
  auto table = std::make_shared<Table>();
  table->number = (*old_table)->number;
  table->id = (*old_table)->id;
  table->created_ms = (*old_table)->created_ms;
  table->spec = (*old_table)->spec;
  table->counters = (*old_table)->counters;
  if (request.enabled) table->ttl_attribute = request.attribute;
  return table;
}

void TableOps::update_time_to_live(store::UpdateTimeToLiveRequest request,
                                   store::Completion<store::UpdateTimeToLiveResult> done) {
  if (request.attribute.empty() || request.attribute.size() > 255) {
    return done(
        base::invalid("1 validation error detected: Value at 'timeToLiveSpecification.attributeName' failed to "
                      "satisfy constraint: Member must have length between 1 and 255"));
  }
  stripes_.post_exclusive_all([this, request = std::move(request), done = std::move(done)]() mutable {
    auto table = with_time_to_live(request);
    if (!table) return done(base::forward_error(table));
    if (request.enabled) {
      if (auto queued = queue_items_for_expiry(**table); !queued) return done(base::forward_error(queued));
    }
    auto old_table = catalog_.find_to_manage(request.table);
    CommitUnit unit;
    catalog_.record(unit.batch, **table);
    catalog_.replace(*table);
    (*old_table)->retired.store(true, std::memory_order_release);
    unit.done = [this, old_table = *old_table, done = std::move(done)](const Result<void>& committed) mutable {
      if (!committed) {
        catalog_.replace(old_table);
        return done(std::unexpected(committed.error()));
      }
      done(store::UpdateTimeToLiveResult());
    };
    committer_.submit(std::move(unit));
  });
}

// Entries of a change that is then not completed do no harm: whoever takes one looks at the item.
Result<void> TableOps::queue_items_for_expiry(const Table& table) {
  const std::int64_t now_s = clock_.now_s();
  const std::string prefix = table_prefix(table);
  CommitUnit unit;
  // First what is decided: by the time that it is pending no more, it is in the store.
  pending_.for_each([&](const std::string& key, const item::Item& item) {
    if (key.starts_with(prefix)) record_expiry(unit.batch, table, key, std::nullopt, item, now_s);
  });
  const auto iterator = kv_.iterate(Family::kItems, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const auto item = item::Item::from_trusted(std::string(iterator->value()));
    record_expiry(unit.batch, table, iterator->key(), std::nullopt, item, now_s);
    if (unit.batch.size_bytes() >= kExpiryChunkBytes) committer_.submit(std::exchange(unit, CommitUnit()));
  }
  committer_.submit(std::move(unit));
  return iterator->status();
}

Result<store::TableDescription> TableOps::describe(const store::DescribeTableRequest& request) const {
  auto table = catalog_.find_to_manage(request.table);
  if (!table) return base::forward_error(table);
  return (*table)->describe(store::TableStatus::kActive);
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
