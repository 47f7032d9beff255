#pragma once

#include <functional>

#include "mrgc/base/error.h"
#include "mrgc/store/requests.h"

namespace mrgc::store {

/// Receives an operation's outcome, exactly once, on any thread, possibly before the operation's call has returned.
/// It must be short and must not wait: other requests are answered behind it.
template <typename T>
using Completion = std::move_only_function<void(Result<T>)>;

/// The state of one region as DynamoDB tables: the narrow waist between what decides (`fleet`), what serves (`server`)
/// and what keeps (`engine`, `remote`).
///
/// Operations mean what the Amazon DynamoDB API Reference says under the same name, and fail with its errors: common
/// to all are `kValidation` for a wrong request (an unknown index is one), `kResourceNotFound` for an unknown table,
/// `kUnavailable` when the store is read-only or out of reach, `kInternal` when it failed and a write's outcome is
/// unknown. A write is answered when it is as durable as the store promises. Thread-safe; the store must outlive its
/// unanswered requests.
class Store {
 public:
  virtual ~Store() = default;

  // Items. A put, update or delete whose condition does not hold: `kConditionalCheckFailed`, and nothing changed.
  virtual void get_item(GetItemRequest request, Completion<GetItemResult> done) = 0;
  virtual void put_item(PutItemRequest request, Completion<WriteItemResult> done) = 0;
  virtual void update_item(UpdateItemRequest request, Completion<WriteItemResult> done) = 0;
  virtual void delete_item(DeleteItemRequest request, Completion<WriteItemResult> done) = 0;
  virtual void query(QueryRequest request, Completion<PageResult> done) = 0;
  virtual void scan(ScanRequest request, Completion<PageResult> done) = 0;
  virtual void batch_get_item(BatchGetItemRequest request, Completion<BatchGetItemResult> done) = 0;
  virtual void batch_write_item(BatchWriteItemRequest request, Completion<BatchWriteItemResult> done) = 0;
  virtual void transact_get_items(TransactGetItemsRequest request, Completion<TransactGetItemsResult> done) = 0;
  /// All or none; `kTransactionCanceled` with `CancellationReasons` when a condition does not hold.
  virtual void transact_write_items(TransactWriteItemsRequest request, Completion<TransactWriteItemsResult> done) = 0;

  // Tables.
  virtual void create_table(CreateTableRequest request, Completion<TableDescription> done) = 0;
  virtual void describe_table(DescribeTableRequest request, Completion<TableDescription> done) = 0;
  virtual void update_table(UpdateTableRequest request, Completion<TableDescription> done) = 0;
  virtual void update_tags(UpdateTagsRequest request, Completion<UpdateTagsResult> done) = 0;
  virtual void delete_table(DeleteTableRequest request, Completion<TableDescription> done) = 0;
  virtual void list_tables(ListTablesRequest request, Completion<ListTablesResult> done) = 0;
  virtual void update_time_to_live(UpdateTimeToLiveRequest request, Completion<UpdateTimeToLiveResult> done) = 0;
};

}  // namespace mrgc::store
