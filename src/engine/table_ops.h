#pragma once

#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/expiry.h"
#include "engine/index_filler.h"
#include "engine/kv.h"
#include "engine/offload.h"
#include "engine/pending_items.h"
#include "engine/stream_records.h"
#include "engine/stripes.h"
#include "mrgc/base/clock.h"
#include "mrgc/base/random.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// Creates, changes and deletes tables. Each change is decided while every stripe is held, so that each write falls
/// wholly before or wholly after it, and is told to nobody before it is durable. Thread-safe.
class TableOps {
 public:
  TableOps(const KvStore& kv, Catalog& catalog, Stripes& stripes, const PendingItems& pending, Committer& committer,
           IndexFiller& filler, StreamRecords& streams, const ExpiryQueue& expiry, const base::Clock& clock,
           base::Random& random, Offload& offload)
      : kv_(kv),
        catalog_(catalog),
        stripes_(stripes),
        pending_(pending),
        committer_(committer),
        filler_(filler),
        streams_(streams),
        expiry_(expiry),
        clock_(clock),
        random_(random),
        offload_(offload) {}

  void create(store::CreateTableRequest request, store::Completion<store::TableDescription> done);
  void remove(store::DeleteTableRequest request, store::Completion<store::TableDescription> done);
  /// Answers when the change is durable; a new index is filled after that.
  void update(store::UpdateTableRequest request, store::Completion<store::TableDescription> done);
  void update_tags(store::UpdateTagsRequest request, store::Completion<store::UpdateTagsResult> done);
  /// Goes on filling the indexes whose filling a crash or a restart cut short.
  void fill_new_indexes();
  /// Enabling on a table with items queues them all for expiry before it returns: other writes wait for that scan.
  void update_time_to_live(store::UpdateTimeToLiveRequest request,
                           store::Completion<store::UpdateTimeToLiveResult> done);

  Result<store::TableDescription> describe(const store::DescribeTableRequest& request) const;
  Result<store::ListTablesResult> list(const store::ListTablesRequest& request) const;

 private:
  /// Changes a table's successor, and adds to the unit what else the change is to do.
  using Change = std::move_only_function<Result<void>(Table& successor, CommitUnit& unit)>;

  /// Runs `work` where it may take its time, while every stripe is held.
  template <typename Work>
  void run_alone(Work work);
  /// Puts what `change` makes of the table's successor in its place.
  void replace(const std::string& name, Change change, store::Completion<TablePtr> done);
  void fill_index(const TablePtr& table, std::uint16_t index_number);
  void activate_index(const std::string& table, std::uint16_t index_number);
  Result<void> change_time_to_live(Table& table, const store::UpdateTimeToLiveRequest& request);
  Result<void> queue_items_for_expiry(const Table& table);

  const KvStore& kv_;
  Catalog& catalog_;
  Stripes& stripes_;
  const PendingItems& pending_;
  Committer& committer_;
  IndexFiller& filler_;
  StreamRecords& streams_;
  const ExpiryQueue& expiry_;
  const base::Clock& clock_;
  base::Random& random_;
  Offload& offload_;
};

}  // namespace mrgc::engine
