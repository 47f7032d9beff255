#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/fleet/regions.h"
#include "mrgc/fleet/state_manager.h"
#include "mrgc/item/item.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {

/// What a row that is not there should have been, for `kNotFound`: "`noun` `id` `missing`", such as "instance i-1 is
/// not registered".
struct Subject {
  std::string_view noun;
  std::string_view id;
  std::string_view missing;
};

std::unexpected<Error> not_found(const Subject& subject);

/// The item that failed a condition, or null when `error` is something else or there was no item.
const item::Item* failed_item(const Error& error);

inline bool is_condition_failure(const Error& error) { return error.code == ErrorCode::kConditionalCheckFailed; }

/// The stores' operations as the fleet uses them: counted, with errors that name the region, and with writes that find
/// their way home. Every access of the fleet to a store goes through here. Thread-safe.
class Operations {
 public:
  explicit Operations(const Regions& regions) : regions_(regions) {}

  const Regions& regions() const { return regions_; }
  StateStats stats() const;

  /// Reads an item of the own region's replica, or nothing.
  Result<std::optional<item::Item>> get(Table table, const item::Item& key);
  /// The same, strongly consistent, from `region`'s replica.
  Result<std::optional<item::Item>> get_at(std::string_view region, Table table, const item::Item& key);

  /// From the own region's replica.
  Result<store::PageResult> read_page(store::QueryRequest request);
  Result<store::PageResult> read_page(store::ScanRequest request);
  Result<store::BatchGetItemResult> batch_get(store::BatchGetItemRequest request);

  /// To the store of `region`.
  Result<store::WriteItemResult> write_at(std::string_view region, store::PutItemRequest request);
  Result<store::WriteItemResult> write_at(std::string_view region, store::UpdateItemRequest request);
  Result<store::WriteItemResult> write_at(std::string_view region, store::DeleteItemRequest request);

  /// Writes an existing item where it is at home. `request` has no values; `values` are its values. The condition
  /// `#region = :home` is added here, and so is `return_old_on_failure`.
  /// Errors: `kNotFound` made of `subject` when there is no such item; `kConditionalCheckFailed` with the item when the
  /// request's own condition does not hold at home.
  Result<store::WriteItemResult> write_at_home(store::UpdateItemRequest request, item::ItemBuilder values,
                                               const Subject& subject);
  Result<store::WriteItemResult> write_at_home(store::DeleteItemRequest request, item::ItemBuilder values,
                                               const Subject& subject);

 private:
  template <typename Request>
  Result<store::WriteItemResult> write_home(Request request, item::ItemBuilder values, const Subject& subject);

  Result<std::optional<item::Item>> get_from(std::string_view region, store::Store& store, Table table,
                                             const item::Item& key, bool consistent);

  template <typename T>
  Result<T> count_read(std::string_view region, Result<T> result);
  Result<store::WriteItemResult> count_write(std::string_view region, Result<store::WriteItemResult> result);

  const Regions& regions_;
  std::atomic<std::uint64_t> reads_ = 0;
  std::atomic<std::uint64_t> writes_ = 0;
  std::atomic<double> read_units_ = 0;
  std::atomic<double> write_units_ = 0;
};

}  // namespace mrgc::fleet
