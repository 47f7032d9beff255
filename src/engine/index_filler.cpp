#include "engine/index_filler.h"

#include <semaphore>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

/// How many items are on their way at a time: enough to share syncs, few enough to leave room for requests.
constexpr std::ptrdiff_t kMaxInFlight = 64;

}  // namespace

void IndexFiller::fill(const TablePtr& table, std::uint16_t index_number, std::move_only_function<void(bool)> done) {
  background_.post([this, table, index_number, done = std::move(done)]() mutable {
    done(fill_now(*table, index_number) && count(*table, *table->find_index(index_number)));
  });
}

// Every item has its entry by now, so from here on each write tells rightly what it changes. Only the committer's
// thread changes the store and the counters: what it sees of both between two commits is of one moment.
bool IndexFiller::count(const Table& table, const store::IndexSpec& index) {
  const TableIndex& state = table.index_state(index);
  CommitUnit::Delta missing{.counters = state.counters, .id = {.table = table.number, .index = state.number}};
  std::unique_ptr<KvSnapshot> moment;
  const bool taken = submit_and_wait(committer_, {}, [&] {
    moment = kv_.snapshot();
    missing.items = -state.counters->items;
    missing.bytes = -state.counters->bytes;
  });
  if (!taken) return false;
  const std::string prefix = index_prefix(table, index);
  const auto iterator = kv_.scan(Family::kIndexes, prefix, prefix_end(prefix), moment.get());
  for (iterator->seek_to_first(); iterator->valid() && !stopping_; iterator->next()) {
    ++missing.items;
    missing.bytes += static_cast<std::int64_t>(item::Item::from_trusted(std::string(iterator->value())).size_bytes());
  }
  if (stopping_ || !iterator->status()) return false;
  CommitUnit correction;
  correction.deltas.push_back(std::move(missing));
  return submit_and_wait(committer_, std::move(correction));
}

bool IndexFiller::fill_now(const Table& table, std::uint16_t index_number) {
  std::counting_semaphore<kMaxInFlight> room(kMaxInFlight);
  std::atomic<bool> failed{false};
  const std::string prefix = table_prefix(table);
  // The change that made the index known is committed, and with it, before it, all that was decided without it: the
  // scan sees those items.
  const auto iterator = kv_.iterate(Family::kItems, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid() && !failed && !stopping_; iterator->next()) {
    room.acquire();
    writes_.fill_index(std::string(iterator->key()), index_number, [&](const Result<void>& filled) {
      if (!filled) failed = true;
      room.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < kMaxInFlight; ++i) room.acquire();
  return !failed && !stopping_ && iterator->status().has_value();
}

}  // namespace mrgc::engine
