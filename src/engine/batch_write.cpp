#include "engine/batch_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/write_intent.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

// Collects the answers of a batch's writes; the last one answers the batch.
struct BatchAnswers {
  std::mutex mutex;
  std::size_t left = 0;
  std::optional<Error> error;
  std::map<std::string, store::ConsumedCapacity> capacity;
  store::Completion<store::BatchWriteItemResult> done;

  void add(Result<store::WriteItemResult> answer) {
    {
      const std::lock_guard lock(mutex);
      if (answer) {
        add_capacity(answer->capacity);
      } else if (!error) {
        error = std::move(answer.error());
      }
      if (--left > 0) return;
    }
    if (error) return done(std::unexpected(std::move(*error)));
    store::BatchWriteItemResult result;
    for (auto& [table, units] : capacity) result.capacity.push_back(std::move(units));
    done(std::move(result));
  }

 private:
  void add_capacity(const store::ConsumedCapacity& more) {
    store::ConsumedCapacity& sum = capacity[more.table];
    sum.table = more.table;
    sum.table_units += more.table_units;
    for (const auto& [index, units] : more.indexes) {
      const auto found = std::ranges::find(sum.indexes, index, &std::pair<std::string, double>::first);
      if (found == sum.indexes.end()) {
        sum.indexes.emplace_back(index, units);
      } else {
        found->second += units;
      }
    }
  }
};

Result<WriteIntent> prepare_write(const Catalog& catalog, const std::string& table,
                                  store::BatchWriteItemRequest::Write& write) {
  if (auto* put = std::get_if<store::BatchWriteItemRequest::Put>(&write)) {
    return prepare(catalog, store::PutItemRequest{.table = table, .item = std::move(put->item)});
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
    return base::invalid(
        "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1");
  }
  for (const WriteIntent& intent : intents) {
    if (!keys.insert(intent.key).second) return base::invalid("Provided list of item keys contains duplicates");
  }
  return intents;
}

template <typename Action>
Result<WriteIntent> prepare_action(const Catalog& catalog, const Action& action) {
  if constexpr (requires { action.return_values; }) {
    if (action.return_values != store::ReturnValues::kNone) {
      return base::invalid("ReturnValues is not supported in a transaction; use return_old_on_failure");
    }
  }
  return prepare(catalog, action);
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
  std::vector<WriteIntent> intents;
  std::set<std::string> keys;
  for (const auto& action : request.actions) {
    auto intent = std::visit([&](const auto& one) { return prepare_action(catalog, one); }, action);
    if (!intent) return done(base::forward_error(intent));
    if (!keys.insert(intent->key).second) {
      return done(base::invalid("Transaction request cannot include multiple operations on one item"));
    }
    intents.push_back(std::move(*intent));
  }
  writes.write_all(std::move(intents), std::move(done));
}

}  // namespace mrgc::engine
