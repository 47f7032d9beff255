#pragma once

#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/kv.h"
#include "engine/pending_items.h"
#include "engine/stripes.h"
#include "mrgc/base/clock.h"
#include "mrgc/base/random.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// Creates, changes and deletes tables. Each change is decided while every stripe is held, so that each write falls
/// wholly before or wholly after it. Thread-safe.
class TableOps {
 public:
  TableOps(const KvStore& kv, Catalog& catalog, Stripes& stripes, const PendingItems& pending, Committer& committer,
           const base::Clock& clock, base::Random& random)
      : kv_(kv),
        catalog_(catalog),
        stripes_(stripes),
        pending_(pending),
        committer_(committer),
        clock_(clock),
        random_(random) {}

  void create(store::CreateTableRequest request, store::Completion<store::TableDescription> done);
  void remove(store::DeleteTableRequest request, store::Completion<store::TableDescription> done);
  /// Enabling on a table with items queues them all for expiry before it returns: other writes wait for that scan.
  void update_time_to_live(store::UpdateTimeToLiveRequest request,
                           store::Completion<store::UpdateTimeToLiveResult> done);

  Result<store::TableDescription> describe(const store::DescribeTableRequest& request) const;
  Result<store::ListTablesResult> list(const store::ListTablesRequest& request) const;

 private:
  Result<TablePtr> with_time_to_live(const store::UpdateTimeToLiveRequest& request) const;
  Result<void> queue_items_for_expiry(const Table& table);

  const KvStore& kv_;
  Catalog& catalog_;
  Stripes& stripes_;
  const PendingItems& pending_;
  Committer& committer_;
  const base::Clock& clock_;
  base::Random& random_;
};

}  // namespace mrgc::engine
