#include "engine/committer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {

std::string counters_key(std::uint32_t table_number) {
  std::string key = "counters/";
  append_u32(key, table_number);
  return key;
}

std::string encode_counters(std::int64_t items, std::int64_t bytes) {
  std::string encoded;
  append_u64(encoded, static_cast<std::uint64_t>(items));
  append_u64(encoded, static_cast<std::uint64_t>(bytes));
  return encoded;
}

void decode_counters(std::string_view encoded, TableCounters& counters) {
  if (encoded.size() != 16) return;
  counters.items = static_cast<std::int64_t>(read_u64(encoded));
  counters.bytes = static_cast<std::int64_t>(read_u64(encoded.substr(8)));
}

Committer::Committer(KvStore& kv, ChangeLog& log, PendingItems& pending, IndexDirectories& directories,
                     base::Executor& executor, Options options)
    : kv_(kv),
      log_(log),
      pending_(pending),
      directories_(directories),
      executor_(executor),
      options_(options),
      last_sync_(SteadyClock::now()) {}

Committer::~Committer() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !scheduled_; });
}

void Committer::submit(CommitUnit unit) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(unit));
    if (scheduled_) {
      if (wake_at_ != 0 && queue_.size() >= wake_at_) changed_.notify_all();
      return;
    }
    scheduled_ = true;
  }
  executor_.post([this] { round(); });
}

std::optional<Error> Committer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Committer::round() {
  std::vector<CommitUnit> units;
  std::unique_lock lock(mutex_);
  linger(lock);
  units.swap(queue_);
  std::optional<Error> failed = failure_;
  lock.unlock();

  Result<void> outcome;
  if (failed) {
    outcome = std::unexpected(std::move(*failed));
  } else {
    outcome = commit(units);
  }
  if (!outcome) {
    lock.lock();
    if (!failure_) {
      failure_ = Error{.code = ErrorCode::kUnavailable,
                       .message = "the store is read-only because a write to its disk failed (" +
                                  outcome.error().message + "); free or replace the disk, then open the store again"};
      spdlog::critical("{}", failure_->message);
    }
    lock.unlock();
    for (CommitUnit& unit : units) {
      for (const PendingItems::Ticket& ticket : unit.pending) pending_.remove(ticket);
    }
  }
  answer(units, outcome);

  lock.lock();
  if (queue_.empty()) {
    scheduled_ = false;
    changed_.notify_all();
    return;
  }
  lock.unlock();
  executor_.post([this] { round(); });
}

// The requesters answered by the last round are about to send their next requests. Waiting for them a fraction of what
// a write costs makes the next batch, and so the rate, larger; a lone requester is never waited for.
void Committer::linger(std::unique_lock<std::mutex>& lock) {
  if (last_round_units_ < 2 || queue_.size() >= last_round_units_) return;
  const auto patience = std::min<SteadyClock::duration>(last_write_time_ / 4, options_.max_linger);
  if (patience <= SteadyClock::duration::zero()) return;
  wake_at_ = last_round_units_;
  changed_.wait_for(lock, patience, [this] { return queue_.size() >= wake_at_; });
  wake_at_ = 0;
}

Result<void> Committer::commit(std::vector<CommitUnit>& units) {
  batch_.clear();
  std::uint64_t changes = 0;
  std::map<TableCounters*, std::pair<std::uint32_t, CommitUnit::TableDelta>> totals;
  for (const CommitUnit& unit : units) {
    batch_.append(unit.batch);
    for (const std::string& change : unit.changes) log_.append(batch_, changes++, change);
    for (const CommitUnit::TableDelta& delta : unit.deltas) {
      auto& [number, total] = totals[delta.table->counters.get()];
      number = delta.table->number;
      total.items += delta.items;
      total.bytes += delta.bytes;
    }
  }
  for (const auto& [counters, total] : totals) {
    const auto& [number, delta] = total;
    if (delta.items == 0 && delta.bytes == 0) continue;
    batch_.put(Family::kMeta, counters_key(number),
               encode_counters(counters->items + delta.items, counters->bytes + delta.bytes));
  }
  log_.trim(batch_, changes);
  last_round_units_ = units.size();
  if (!batch_.empty()) {
    const auto start = SteadyClock::now();
    const bool sync = options_.sync || start - last_sync_ >= options_.async_sync_interval;
    if (auto written = kv_.write(batch_, sync); !written) return written;
    const auto end = SteadyClock::now();
    last_write_time_ = end - start;
    if (sync) last_sync_ = end;
    commits_.fetch_add(1, std::memory_order_relaxed);
  }
  publish(units, changes);
  return {};
}

void Committer::publish(std::vector<CommitUnit>& units, std::uint64_t changes) {
  log_.advance(changes);
  for (const CommitUnit& unit : units) {
    for (const CommitUnit::TableDelta& delta : unit.deltas) {
      delta.table->counters->items += delta.items;
      delta.table->counters->bytes += delta.bytes;
    }
    directories_.apply(unit.index_changes);
    for (const PendingItems::Ticket& ticket : unit.pending) pending_.remove(ticket);
  }
  committed_units_.fetch_add(units.size(), std::memory_order_relaxed);
}

void Committer::answer(std::vector<CommitUnit>& units, const Result<void>& outcome) {
  for (CommitUnit& unit : units) {
    if (unit.done) unit.done(outcome);
  }
}

}  // namespace mrgc::engine
