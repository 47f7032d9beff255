#include "engine/index_filler.h"

#include <semaphore>
#include <utility>

#include "engine/keyspace.h"

namespace mrgc::engine {
namespace {

/// How many items are on their way at a time: enough to share syncs, few enough to leave room for requests.
constexpr std::ptrdiff_t kMaxInFlight = 64;

}  // namespace

void IndexFiller::fill(const TablePtr& table, const std::string& index, std::move_only_function<void(bool)> done) {
  background_.post([this, table, index, done = std::move(done)]() mutable { done(fill_now(*table, index)); });
}

bool IndexFiller::fill_now(const Table& table, const std::string& index) {
  std::counting_semaphore<kMaxInFlight> room(kMaxInFlight);
  std::atomic<bool> failed{false};
  const std::string prefix = table_prefix(table);
  // The change that made the index known is committed, and with it, before it, all that was decided without it: the
  // scan sees those items.
  const auto iterator = kv_.iterate(Family::kItems, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid() && !failed && !stopping_; iterator->next()) {
    room.acquire();
    writes_.fill_index(std::string(iterator->key()), index, [&](const Result<void>& filled) {
      if (!filled) failed = true;
      room.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < kMaxInFlight; ++i) room.acquire();
  return !failed && !stopping_ && iterator->status().has_value();
}

}  // namespace mrgc::engine
