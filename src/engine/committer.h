#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/alarm.h"
#include "engine/change_log.h"
#include "engine/index_directory.h"
#include "engine/kv.h"
#include "engine/pending_items.h"
#include "engine/table.h"
#include "mrgc/base/executor.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// Whose counters they are: a table's or, with a number, one of its indexes'.
struct CountersId {
  std::uint32_t table = 0;
  std::optional<std::uint16_t> index;
};

/// What one decided request changes, and whom to tell when it is durable.
struct CommitUnit {
  /// A change of what a table, or one of its indexes, holds.
  struct Delta {
    std::shared_ptr<Counters> counters;
    CountersId id;
    std::int64_t items = 0;
    std::int64_t bytes = 0;
  };

  /// A stream record, which gets the sequence of the change that it tells of.
  struct StreamChange {
    std::string prefix;  ///< of its storage key, before the sequence
    std::string record;
    std::size_t change = 0;  ///< position in `changes`
  };

  KvBatch batch;
  std::vector<std::string> changes;  ///< encoded change records (`encode_change`)
  std::vector<StreamChange> streams;
  std::vector<Delta> deltas;
  std::vector<IndexChange> index_changes;
  std::vector<PendingItems::Ticket> pending;
  std::vector<std::shared_ptr<Counters>> dropped;  ///< of what the batch removes: no later unit is about them
  /// Called once when this is durable, before any request learns of it, on the committer's thread; must be short.
  std::move_only_function<void()> publish;
  /// Called once, on the committer's thread; must be short.
  std::move_only_function<void(const Result<void>&)> done;
};

/// Makes decided requests durable, many at a time. It takes everything that is queued, gives the changes their dense
/// sequence, writes all as one atomic batch with one sync, and only then lets readers and requesters see it. While it
/// waits for the disk, the next requests are decided against `PendingItems` and queue up: that is the group commit.
///
/// Without a sync for each batch, what was written is synced within a stated time all the same, also when no further
/// batch comes.
///
/// After a failed write nothing of it is visible, every queued and later unit fails with `kUnavailable`, and the store
/// is read-only until it is opened again. Thread-safe.
class Committer {
 public:
  struct Options {
    bool sync = true;
    /// With `sync` off: how long after it was written a batch begins to be synced, at the latest.
    std::chrono::milliseconds async_sync_interval{1000};
    /// How long at most to wait for the requesters just answered to come back before the next batch.
    std::chrono::microseconds max_linger{150};
  };

  /// `executor` runs the rounds, one at a time; `alarm` is the committer's alone, and only used with `sync` off. All
  /// arguments must outlive the committer.
  Committer(KvStore& kv, ChangeLog& log, PendingItems& pending, IndexDirectories& directories, base::Executor& executor,
            Alarm& alarm, Options options);

  /// Waits until everything submitted is answered. What is not synced by then, closing the store syncs.
  ~Committer();

  /// Queues a unit. Units are committed in the order of their submission.
  void submit(CommitUnit unit);

  /// Whether a write has failed; then why.
  std::optional<Error> failure() const;

  std::uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  std::uint64_t committed_units() const { return committed_units_.load(std::memory_order_relaxed); }

 private:
  using SteadyClock = std::chrono::steady_clock;

  void round();
  void linger(std::unique_lock<std::mutex>& lock);
  void end_round();
  Result<void> commit(std::vector<CommitUnit>& units, bool sync);
  std::uint64_t collect(std::vector<CommitUnit>& units);
  void record_counters(const std::vector<CommitUnit>& units);
  void note_written(bool synced);
  void sync_late();
  void publish(std::vector<CommitUnit>& units, std::uint64_t changes);
  static void answer(std::vector<CommitUnit>& units, const Result<void>& outcome);

  KvStore& kv_;
  ChangeLog& log_;
  PendingItems& pending_;
  IndexDirectories& directories_;
  base::Executor& executor_;
  Alarm& alarm_;
  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<CommitUnit> queue_;  // guarded by mutex_
  bool scheduled_ = false;         // guarded by mutex_: a round is posted or running
  std::optional<Error> failure_;   // guarded by mutex_
  std::size_t wake_at_ = 0;        // guarded by mutex_: queue length a lingering round waits for
  bool sync_wanted_ = false;       // guarded by mutex_: the next round syncs, whatever the options say
  bool stopping_ = false;          // guarded by mutex_

  // The round's own.
  KvBatch batch_;
  std::vector<IndexChange> index_changes_;
  std::size_t last_round_units_ = 0;
  SteadyClock::duration last_write_time_{};
  int lingers_in_vain_ = 0;        // in a row
  int rounds_without_linger_ = 0;  // that are to come

  std::atomic<bool> unsynced_{false};   // something written is not synced
  std::atomic<bool> alarm_set_{false};  // so `sync_late` will come
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> committed_units_{0};
};

/// Submits the unit and answers `done` with `outcome` when it is durable. An empty unit serves answers that must not
/// tell of what a crash could still undo.
template <typename T>
void submit(Committer& committer, CommitUnit unit, store::Completion<T> done, Result<T> outcome) {
  unit.done = [done = std::move(done), outcome = std::move(outcome)](const Result<void>& committed) mutable {
    if (!committed) {
      done(std::unexpected(committed.error()));
    } else {
      done(std::move(outcome));
    }
  };
  committer.submit(std::move(unit));
}

/// Answers `done` with the error when everything submitted before is durable: it may tell of that.
template <typename T>
void refuse(Committer& committer, store::Completion<T> done, Error error) {
  submit<T>(committer, {}, std::move(done), std::unexpected(std::move(error)));
}

/// Submits the unit and waits until it is durable; false: it is not, and never will be. `when_durable` runs before that
/// on the committer's thread, which sees the store and what is counted of it as of one moment. Not to be called there.
bool submit_and_wait(Committer& committer, CommitUnit unit, std::move_only_function<void()> when_durable = [] {});

/// Where counters are kept in `Family::kMeta`.
std::string counters_key(const CountersId& id);
std::string encode_counters(std::int64_t items, std::int64_t bytes);
void decode_counters(std::string_view encoded, Counters& counters);

}  // namespace mrgc::engine
