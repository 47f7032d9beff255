#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/expiry.h"
#include "engine/table.h"
#include "expression/condition.h"
#include "expression/update.h"
#include "mrgc/store/requests.h"
#include "store/validation.h"

namespace mrgc::engine {

/// A put, update, delete or condition check, checked and parsed as far as it can be without the item it is about.
struct WriteIntent {
  enum class Kind : std::uint8_t { kPut, kUpdate, kDelete, kCheck };

  Kind kind = Kind::kPut;
  TablePtr table;
  std::string key;        ///< the item's key in `Family::kItems`
  item::Item attributes;  ///< the item to put, or the key
  std::optional<expression::Condition> condition;
  std::optional<expression::Update> update;
  store::ReturnValues return_values = store::ReturnValues::kNone;
  bool return_old_on_failure = false;
  bool return_collections = false;
  bool older_parameters = false;  ///< `store::UpdateItemRequest::older_parameters`
  std::optional<Error> refusal;   ///< why it cannot be done, when that shall cancel its transaction
};

/// The intent of a request, as far as it can be told without its table. Errors: `kValidation` with DynamoDB's message.
Result<WriteIntent> parse(const store::PutItemRequest& request);
Result<WriteIntent> parse(const store::UpdateItemRequest& request);
Result<WriteIntent> parse(const store::DeleteItemRequest& request);
Result<WriteIntent> parse(const store::ConditionCheck& request);

/// Adds the table to a parsed intent, and the key. Errors: `kResourceNotFound`; `kValidation` with DynamoDB's message,
/// and with `store::SchemaMismatch` when the key is not the table's.
Result<void> resolve(const Catalog& catalog, std::string_view table, WriteIntent& intent);

/// `parse`, then `resolve`, of a write on its own.
template <typename Request>
Result<WriteIntent> prepare(const Catalog& catalog, const Request& request) {
  auto intent = parse(request);
  if (!intent) return std::unexpected(store::in_envelope(std::move(intent.error())));
  if (auto resolved = resolve(catalog, request.table, *intent); !resolved) return base::forward_error(resolved);
  return intent;
}

/// What becomes of the item `before` (nothing: there is none): the item afterwards, or nothing when there is none.
/// Errors: `kConditionalCheckFailed` with `store::ConditionFailure`; `kValidation` when the item does not
/// suit the update.
Result<std::optional<item::Item>> decide(const WriteIntent& intent, const std::optional<item::Item>& before);

/// What AWS counts of an update on its own is not too large (`expression::Update::charge_bytes`). So it refuses items
/// of less than 400 KB with short keys, which transactions and `AttributeUpdates` take. It is told before what the
/// condition says. `before` is the item before the update. Errors: `kValidation` with DynamoDB's message.
Result<void> check_update_size(const WriteIntent& intent, const std::optional<item::Item>& before);

/// What the write returns, by its `return_values`.
std::optional<item::Item> returned_attributes(const WriteIntent& intent, const std::optional<item::Item>& before,
                                              const std::optional<item::Item>& after);

/// Adds to `unit` everything that the change of one item entails: the item, its index entries, its expiry, its change
/// record, its stream record and the table's counters. Returns the capacity it takes. `expired`: the item is removed
/// because its TTL has passed.
store::ConsumedCapacity record_change(CommitUnit& unit, const ExpiryQueue& expiry, const TablePtr& table,
                                      const std::string& key, const std::optional<item::Item>& before,
                                      const std::optional<item::Item>& after, std::int64_t now_ms,
                                      bool expired = false);

/// Adds to `unit` the item's entry in `index`, when it is to have one.
void record_index_entry(CommitUnit& unit, const Table& table, const store::IndexSpec& index, const std::string& key,
                        const item::Item& item);

}  // namespace mrgc::engine
