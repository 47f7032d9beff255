#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/committer.h"
#include "engine/kv.h"
#include "engine/table.h"
#include "engine/write_path.h"
#include "mrgc/base/executor.h"

namespace mrgc::engine {

/// Fills a new index, once, from the items that its table already has. From the moment the index is known each write
/// keeps its own item's entry; the filler gives every other item its entry, each under the item's stripe, so that the
/// two cannot get in each other's way. Doing it again, after a restart, does no harm. Meanwhile the index's counters
/// are wrong: a write cannot tell whether an item that is there has its entry already. In the end they are put right.
/// Thread-safe.
class IndexFiller {
 public:
  /// `background` runs the scans. All must outlive this object.
  IndexFiller(const KvStore& kv, WritePath& writes, Committer& committer, base::Executor& background)
      : kv_(kv), writes_(writes), committer_(committer), background_(background) {}

  /// Ends what is being filled; it is done anew after the next start.
  void stop() { stopping_ = true; }

  /// The index of this `TableIndex::number` is being created, and is not deleted before `done`. `done`, on some thread:
  /// whether it was filled; not when the store closes, or cannot be read or written.
  void fill(const TablePtr& table, std::uint16_t index_number, std::move_only_function<void(bool)> done);

 private:
  bool fill_now(const Table& table, std::uint16_t index_number);
  bool count(const Table& table, const store::IndexSpec& index);

  const KvStore& kv_;
  WritePath& writes_;
  Committer& committer_;
  base::Executor& background_;
  std::atomic<bool> stopping_{false};
};

}  // namespace mrgc::engine
