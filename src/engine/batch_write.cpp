#include "engine/batch_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/capacity_sum.h"
#include "engine/item_collections.h"
#include "engine/write_intent.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

// Collects the answers of a batch's writes; the last one answers the batch.
struct BatchAnswers {
  std::mutex mutex;
  std::size_t left = 0;
  std::optional<Error> error;
  store::BatchWriteItemResult result;
  store::Completion<store::BatchWriteItemResult> done;

  void add(Result<store::WriteItemResult> answer) {
    {
      const std::lock_guard lock(mutex);
      if (answer) {
        add_capacity(result.capacity, answer->capacity);
        for (store::ItemCollection& collection : answer->collections) {
          add_collection(result.collections, std::move(collection));
        }
      } else if (!error) {
        error = std::move(answer.error());
      }
      if (--left > 0) return;
    }
    if (error) return done(std::unexpected(std::move(*error)));
    done(std::move(result));
  }
};

// A batch says of a key that is not the table's the same with puts as with deletions.
Result<WriteIntent> prepare_put(const Catalog& catalog, const std::string& name, item::Item item) {
  const auto has_key = [&item](const store::KeyAttribute& key) {
    const auto value = item.find(key.name);
    return value && value->type() == key.type;
  };
  auto table = catalog.find(name);
  if (!table) return base::forward_error(table);
  const store::KeySchema& keys = (*table)->spec.keys;
  if (!has_key(keys.partition) || (keys.sort && !has_key(*keys.sort))) {
    return base::invalid("The provided key element does not match the schema");
  }
  return prepare(catalog, store::PutItemRequest{.table = name, .item = std::move(item)});
}

Result<WriteIntent> prepare_write(const Catalog& catalog, const std::string& table,
                                  store::BatchWriteItemRequest::Write& write) {
  if (auto* put = std::get_if<store::BatchWriteItemRequest::Put>(&write)) {
    return prepare_put(catalog, table, std::move(put->item));
  }
  auto& remove = std::get<store::BatchWriteItemRequest::Delete>(write);
  return prepare(catalog, store::DeleteItemRequest{.table = table, .key = std::move(remove.key)});
}

// Everything is checked before anything is written.
Result<std::vector<WriteIntent>> prepare_batch(const Catalog& catalog, store::BatchWriteItemRequest& request) {
  std::vector<WriteIntent> intents;
  std::set<std::string_view> keys;
  for (auto& [table, writes] : request.tables) {
    if (intents.size() + writes.size() > store::kMaxBatchWrites) {
      return base::invalid("Too many items requested for the BatchWriteItem call");
    }
    for (auto& write : writes) {
      auto intent = prepare_write(catalog, table, write);
      if (!intent) return base::forward_error(intent);
      intents.push_back(std::move(*intent));
    }
  }
  if (intents.empty()) {
    return base::invalid("The requestItems parameter is required for BatchWriteItem");
  }
  for (const WriteIntent& intent : intents) {
    if (!keys.insert(intent.key).second) return base::invalid("Provided list of item keys contains duplicates");
  }
  return intents;
}

template <typename Action>
Result<WriteIntent> parse_action(const Action& action) {
  if constexpr (requires { action.return_values; }) {
    if (action.return_values != store::ReturnValues::kNone) {
      return base::invalid("ReturnValues is not supported in a transaction; use return_old_on_failure");
    }
  }
  return parse(action);
}

// What can be told without the tables comes first, of whichever action.
Result<std::vector<WriteIntent>> parse_actions(const store::TransactWriteItemsRequest& request) {
  std::vector<WriteIntent> intents;
  std::size_t payload_bytes = 0;
  for (const auto& action : request.actions) {
    auto intent = std::visit([](const auto& one) { return parse_action(one); }, action);
    if (!intent) return base::forward_error(intent);
    payload_bytes += intent->attributes.size_bytes();
    payload_bytes += std::visit([](const auto& one) { return one.values.size_bytes(); }, action);
    intents.push_back(std::move(*intent));
  }
  if (auto checked = store::check_transaction_payload(payload_bytes); !checked) return base::forward_error(checked);
  return intents;
}

// A key that is not the table's cancels the transaction in its turn; anything else refuses it now.
Result<void> resolve_actions(const Catalog& catalog, const store::TransactWriteItemsRequest& request,
                             std::vector<WriteIntent>& intents) {
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    const std::string& table =
        std::visit([](const auto& one) -> const std::string& { return one.table; }, request.actions[i]);
    if (auto resolved = resolve(catalog, table, intents[i]); !resolved) {
      if (resolved.error().detail_as<store::SchemaMismatch>() == nullptr) return resolved;
      intents[i].refusal = std::move(resolved.error());
      continue;
    }
    if (!keys.insert(intents[i].key).second) {
      return base::invalid("Transaction request cannot include multiple operations on one item");
    }
  }
  return {};
}

}  // namespace

void batch_write_item(const Catalog& catalog, WritePath& writes, store::BatchWriteItemRequest request,
                      store::Completion<store::BatchWriteItemResult> done) {
  auto intents = prepare_batch(catalog, request);
  if (!intents) return done(base::forward_error(intents));
  auto answers = std::make_shared<BatchAnswers>();
  answers->left = intents->size();
  answers->done = std::move(done);
  for (WriteIntent& intent : *intents) {
    intent.return_collections = request.return_collections;
    writes.write(std::move(intent),
                 [answers](Result<store::WriteItemResult> answer) { answers->add(std::move(answer)); });
  }
}

void transact_write_items(const Catalog& catalog, WritePath& writes, store::TransactWriteItemsRequest request,
                          store::Completion<store::TransactWriteItemsResult> done) {
  if (request.actions.empty() || request.actions.size() > store::kMaxTransactionActions) {
    return done(base::invalid(
        fmt::format("1 validation error detected: Value at 'transactItems' failed to satisfy "
                    "constraint: Member must have length {}",
                    request.actions.empty() ? "greater than or equal to 1" : "less than or equal to 100")));
  }
  auto intents = parse_actions(request);
  if (!intents) return done(base::forward_error(intents));
  if (auto resolved = resolve_actions(catalog, request, *intents); !resolved)
    return done(base::forward_error(resolved));
  WritePath::Transaction transaction{.return_collections = request.return_collections};
  if (!request.client_token.empty()) {
    transaction.token = std::move(request.client_token);
    transaction.fingerprint = fingerprint(request);
  }
  writes.write_all(std::move(*intents), std::move(transaction), std::move(done));
}

}  // namespace mrgc::engine
