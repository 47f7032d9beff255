#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog.h"
#include "engine/committer.h"
#include "engine/table.h"
#include "expression/condition.h"
#include "expression/update.h"
#include "mrgc/store/requests.h"

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
};

/// Errors: `kValidation` with DynamoDB's message, `kResourceNotFound`.
Result<WriteIntent> prepare(const Catalog& catalog, const store::PutItemRequest& request);
Result<WriteIntent> prepare(const Catalog& catalog, const store::UpdateItemRequest& request);
Result<WriteIntent> prepare(const Catalog& catalog, const store::DeleteItemRequest& request);
Result<WriteIntent> prepare(const Catalog& catalog, const store::ConditionCheck& request);

/// What becomes of the item `before` (nothing: there is none): the item afterwards, or nothing when there is none.
/// Errors: `kConditionalCheckFailed` with `store::ConditionFailure`; `kValidation` when the item does not suit the
/// update.
Result<std::optional<item::Item>> decide(const WriteIntent& intent, const std::optional<item::Item>& before);

/// What the write returns, by its `return_values`.
std::optional<item::Item> returned_attributes(const WriteIntent& intent, const std::optional<item::Item>& before,
                                              const std::optional<item::Item>& after);

/// Adds to `unit` everything that the change of one item entails: the item, its index entries, its expiry, its change
/// record and the table's counters. Returns the capacity it takes.
store::ConsumedCapacity record_change(CommitUnit& unit, const TablePtr& table, const std::string& key,
                                      const std::optional<item::Item>& before, const std::optional<item::Item>& after,
                                      std::int64_t now_ms);

}  // namespace mrgc::engine
