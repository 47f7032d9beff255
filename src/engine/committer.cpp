#include "engine/committer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <semaphore>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

/// After as many in a row, one round in 64 is tried again.
constexpr int kMaxLingersInVain = 6;

}  // namespace

std::string counters_key(const CountersId& id) {
  std::string key = "counters/";
  append_u32(key, id.table);
  if (id.index) append_u16(key, *id.index);
  return key;
}

std::string encode_counters(std::int64_t items, std::int64_t bytes) {
  std::string encoded;
  append_u64(encoded, static_cast<std::uint64_t>(items));
  append_u64(encoded, static_cast<std::uint64_t>(bytes));
  return encoded;
}

void decode_counters(std::string_view encoded, Counters& counters) {
  if (encoded.size() != 16) return;
  counters.items = static_cast<std::int64_t>(read_u64(encoded));
  counters.bytes = static_cast<std::int64_t>(read_u64(encoded.substr(8)));
}

bool submit_and_wait(Committer& committer, CommitUnit unit, std::move_only_function<void()> when_durable) {
  bool durable = false;
  std::binary_semaphore answered(0);
  unit.done = [&](const Result<void>& committed) {
    durable = committed.has_value();
    if (durable) when_durable();
    answered.release();
  };
  committer.submit(std::move(unit));
  answered.acquire();
  return durable;
}

Committer::Committer(KvStore& kv, ChangeLog& log, PendingItems& pending, IndexDirectories& directories,
                     base::Executor& executor, Alarm& alarm, Options options)
    : kv_(kv),
      log_(log),
      pending_(pending),
      directories_(directories),
      executor_(executor),
      alarm_(alarm),
      options_(options) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  alarm_.cancel();  // and none is set any more once the last round has ended
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !scheduled_; });
  }
  alarm_.cancel();
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
  const bool sync = options_.sync || std::exchange(sync_wanted_, false);
  std::optional<Error> failed = failure_;
  lock.unlock();

  Result<void> outcome;
  if (failed) {
    outcome = std::unexpected(std::move(*failed));
  } else {
    outcome = commit(units, sync);
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
  // Behind the answers, as their requesters need not wait for it: a key may stay in its directory for a while.
  if (outcome) directories_.after_commit(index_changes_);
  end_round();
}

void Committer::end_round() {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty() && !sync_wanted_) {
      scheduled_ = false;
      changed_.notify_all();
      return;
    }
  }
  executor_.post([this] { round(); });
}

// The requesters answered by the last round are about to send their next requests. Waiting for them a fraction of what
// a write costs makes the next batch, and so the rate, larger; a lone requester is never waited for. Those behind a
// network come back too late for that: after waits in vain, ever more rounds go without.
void Committer::linger(std::unique_lock<std::mutex>& lock) {
  if (last_round_units_ < 2 || queue_.size() >= last_round_units_) return;
  if (rounds_without_linger_ > 0) {
    --rounds_without_linger_;
    return;
  }
  const auto patience = std::min<SteadyClock::duration>(last_write_time_ / 4, options_.max_linger);
  if (patience <= SteadyClock::duration::zero()) return;
  wake_at_ = last_round_units_;
  const bool came_back = changed_.wait_for(lock, patience, [this] { return queue_.size() >= wake_at_; });
  wake_at_ = 0;
  lingers_in_vain_ = came_back ? 0 : std::min(lingers_in_vain_ + 1, kMaxLingersInVain);
  rounds_without_linger_ = (1 << lingers_in_vain_) - 1;
}

Result<void> Committer::commit(std::vector<CommitUnit>& units, bool sync) {
  const std::uint64_t changes = collect(units);
  if (!units.empty()) last_round_units_ = units.size();
  if (!batch_.empty() || (sync && unsynced_)) {
    // A key is in its directory before it is in the store, and leaves it after (see `IndexDirectories`).
    directories_.before_commit(index_changes_);
    const auto start = SteadyClock::now();
    if (auto written = kv_.write(batch_, sync); !written) return written;
    last_write_time_ = SteadyClock::now() - start;
    note_written(sync);
    if (!batch_.empty()) commits_.fetch_add(1, std::memory_order_relaxed);
  }
  publish(units, changes);
  return {};
}

// Gathers what the units change in `batch_` and `index_changes_`. Returns how many change records are among it.
std::uint64_t Committer::collect(std::vector<CommitUnit>& units) {
  batch_.clear();
  index_changes_.clear();
  std::uint64_t changes = 0;
  for (CommitUnit& unit : units) {
    batch_.append(unit.batch);
    for (const CommitUnit::StreamChange& stream : unit.streams) {
      std::string key = stream.prefix;
      append_u64(key, log_.next_sequence() + changes + stream.change);
      batch_.put(Family::kStreams, key, stream.record);
    }
    for (const std::string& change : unit.changes) log_.append(batch_, changes++, change);
    std::ranges::move(unit.index_changes, std::back_inserter(index_changes_));
  }
  record_counters(units);
  log_.trim(batch_, changes);
  return changes;
}

void Committer::record_counters(const std::vector<CommitUnit>& units) {
  struct Total {
    CountersId id;
    std::int64_t items = 0;
    std::int64_t bytes = 0;
  };
  std::map<Counters*, Total> totals;
  for (const CommitUnit& unit : units) {
    for (const CommitUnit::Delta& delta : unit.deltas) {
      Total& total = totals[delta.counters.get()];
      total.id = delta.id;
      total.items += delta.items;
      total.bytes += delta.bytes;
    }
    // They are removed by the unit, and must not be written again behind that.
    for (const auto& dropped : unit.dropped) totals.erase(dropped.get());
  }
  for (const auto& [counters, total] : totals) {
    if (total.items == 0 && total.bytes == 0) continue;
    batch_.put(Family::kMeta, counters_key(total.id),
               encode_counters(counters->items + total.items, counters->bytes + total.bytes));
  }
}

void Committer::note_written(bool synced) {
  unsynced_ = !synced;
  if (synced || alarm_set_.exchange(true)) return;
  alarm_.set(options_.async_sync_interval, [this] { sync_late(); });
}

// Called by the alarm: has everything synced that was written before.
void Committer::sync_late() {
  alarm_set_ = false;  // first: a batch that is written from now on sets it anew
  if (!unsynced_) return;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || failure_) return;
    sync_wanted_ = true;
    if (scheduled_) return;
    scheduled_ = true;
  }
  executor_.post([this] { round(); });
}

void Committer::publish(std::vector<CommitUnit>& units, std::uint64_t changes) {
  log_.advance(changes);
  for (CommitUnit& unit : units) {
    if (unit.publish) unit.publish();
    for (const CommitUnit::Delta& delta : unit.deltas) {
      delta.counters->items += delta.items;
      delta.counters->bytes += delta.bytes;
    }
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
