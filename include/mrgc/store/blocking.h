#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "mrgc/store/store.h"

namespace mrgc::store {

/// `Store` for callers that want to wait: each method starts the operation of the same name and returns its outcome.
/// Never call it from a completion. Thread-safe; cheap to make and to copy; does not own the store.
class BlockingStore {
 public:
  explicit BlockingStore(Store& store) : store_(&store) {}

  Store& async() const { return *store_; }

  auto get_item(GetItemRequest r) const { return wait(&Store::get_item, std::move(r)); }
  auto put_item(PutItemRequest r) const { return wait(&Store::put_item, std::move(r)); }
  auto update_item(UpdateItemRequest r) const { return wait(&Store::update_item, std::move(r)); }
  auto delete_item(DeleteItemRequest r) const { return wait(&Store::delete_item, std::move(r)); }
  auto query(QueryRequest r) const { return wait(&Store::query, std::move(r)); }
  auto scan(ScanRequest r) const { return wait(&Store::scan, std::move(r)); }
  auto batch_get_item(BatchGetItemRequest r) const { return wait(&Store::batch_get_item, std::move(r)); }
  auto batch_write_item(BatchWriteItemRequest r) const { return wait(&Store::batch_write_item, std::move(r)); }
  auto transact_get_items(TransactGetItemsRequest r) const { return wait(&Store::transact_get_items, std::move(r)); }
  auto transact_write_items(TransactWriteItemsRequest r) const {
    return wait(&Store::transact_write_items, std::move(r));
  }
  auto create_table(CreateTableRequest r) const { return wait(&Store::create_table, std::move(r)); }
  auto describe_table(DescribeTableRequest r) const { return wait(&Store::describe_table, std::move(r)); }
  auto update_table(UpdateTableRequest r) const { return wait(&Store::update_table, std::move(r)); }
  auto update_tags(UpdateTagsRequest r) const { return wait(&Store::update_tags, std::move(r)); }
  auto delete_table(DeleteTableRequest r) const { return wait(&Store::delete_table, std::move(r)); }
  auto list_tables(ListTablesRequest r) const { return wait(&Store::list_tables, std::move(r)); }
  auto update_time_to_live(UpdateTimeToLiveRequest r) const { return wait(&Store::update_time_to_live, std::move(r)); }

 private:
  template <typename Request, typename T>
  Result<T> wait(void (Store::*operation)(Request, Completion<T>), Request request) const {
    // Shared, so that the answering thread can let go of the lock before it notifies: a waiter that wakes up to a held
    // lock costs both threads another turn of the scheduler, and the answering one has many more to answer.
    struct Waiting {
      std::mutex mutex;
      std::condition_variable answered;
      std::optional<Result<T>> outcome;
    };
    const auto waiting = std::make_shared<Waiting>();
    (store_->*operation)(std::move(request), [waiting](Result<T> result) {
      {
        const std::lock_guard lock(waiting->mutex);
        waiting->outcome.emplace(std::move(result));
      }
      waiting->answered.notify_one();
    });
    std::unique_lock lock(waiting->mutex);
    waiting->answered.wait(lock, [&] { return waiting->outcome.has_value(); });
    return std::move(*waiting->outcome);
  }

  Store* store_;
};

}  // namespace mrgc::store
