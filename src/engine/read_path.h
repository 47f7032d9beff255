#pragma once

#include <cstdint>
#include <limits>

#include "engine/catalog.h"
#include "engine/index_directory.h"
#include "engine/kv.h"
#include "engine/page.h"
#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// Answers reads from what is durable. Every read is strongly consistent whatever it asks for; what was asked for
/// decides what it costs. Thread-safe; each call runs to its end on the caller's thread.
/// Every call fails with `kWouldBlock` when `kv` does.
class ReadPath {
 public:
  /// A query or scan that has to look at more than `max_entries` fails with `kWouldBlock`.
  ReadPath(const KvReader& kv, const Catalog& catalog, const IndexDirectories& directories,
           std::int64_t max_entries = std::numeric_limits<std::int64_t>::max())
      : kv_(kv), catalog_(catalog), directories_(directories), max_entries_(max_entries) {}

  Result<store::GetItemResult> get_item(const store::GetItemRequest& request) const;
  Result<store::BatchGetItemResult> batch_get_item(const store::BatchGetItemRequest& request) const;
  Result<store::TransactGetItemsResult> transact_get_items(const store::TransactGetItemsRequest& request) const;
  Result<store::PageResult> query(const store::QueryRequest& request) const;
  Result<store::PageResult> scan(const store::ScanRequest& request) const;

 private:
  Result<store::PageResult> read_page(const PageSpec& spec, WalkRange range) const;

  const KvReader& kv_;
  const Catalog& catalog_;
  const IndexDirectories& directories_;
  const std::int64_t max_entries_;
};

}  // namespace mrgc::engine
