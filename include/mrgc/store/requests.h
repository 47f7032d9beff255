#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mrgc/item/item.h"
#include "mrgc/store/table.h"

/// The requests and results of `Store`, in the words of the Amazon DynamoDB API Reference. A member that is left at its
/// default is a parameter that was not sent. Expressions travel as text and are parsed by the store.

namespace mrgc::store {

/// `ExpressionAttributeNames`: from `#placeholder` to the attribute's name.
using Names = std::map<std::string, std::string, std::less<>>;

/// Capacity units as DynamoDB charges them (Developer Guide, "Read and write operations: capacity unit consumption").
struct ConsumedCapacity {
  std::string table;
  double table_units = 0;                                     ///< what the table itself took
  std::vector<std::pair<std::string, double>> indexes;        ///< what each global index took, by its name
  std::vector<std::pair<std::string, double>> local_indexes;  ///< what each local index took, by its name

  double total() const {
    double sum = table_units;
    for (const auto& [name, units] : indexes) sum += units;
    for (const auto& [name, units] : local_indexes) sum += units;
    return sum;
  }
};

/// The items of one partition key, in a table with local indexes and in these (API Reference, ItemCollectionMetrics).
struct ItemCollection {
  std::string table;
  item::Item key;                ///< the partition key alone
  std::uint64_t size_bytes = 0;  ///< roughly, as stored
};

enum class ReturnValues : std::uint8_t { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };

/// Carried by `kConditionalCheckFailed` errors: the item that failed the condition, when the request asked for it with
/// `return_old_on_failure` and there is one.
struct ConditionFailure final : base::ErrorDetail {
  std::optional<item::Item> item;
};

/// Carried by `kValidation` errors about a key that is not one of the table or index: of another type, too long, or
/// missing. Such an action cancels its transaction, where other errors of validation refuse it.
struct SchemaMismatch final : base::ErrorDetail {};

/// Carried by `kTransactionCanceled` errors: one reason for each action, in the order of the request.
struct CancellationReasons final : base::ErrorDetail {
  struct Reason {
    std::string code = "None";  ///< `None`, `ConditionalCheckFailed`, `ValidationError`, ...
    std::string message;
    std::optional<item::Item> item;
  };
  std::vector<Reason> reasons;
};

// --- One item ---------------------------------------------------------------------------------------------------

struct GetItemRequest {
  std::string table;
  item::Item key;
  bool consistent_read = false;
  std::string projection_expression;
  Names names;
};
struct GetItemResult {
  std::optional<item::Item> item;
  ConsumedCapacity capacity;
};

struct PutItemRequest {
  std::string table;
  item::Item item;
  std::string condition_expression;
  Names names;
  item::Item values;
  ReturnValues return_values = ReturnValues::kNone;  ///< `kNone` or `kAllOld`
  bool return_old_on_failure = false;
  bool return_collections = false;
  /// The expressions say what parameters did that they replaced (`Expected`, `QueryFilter`, `AttributeUpdates`, ...),
  /// whose length nothing limits but the request's. Very many conditions must then be joined in halves of halves,
  /// in parentheses: evaluating `a AND b AND c ...` takes stack for each.
  bool older_parameters = false;
};

struct UpdateItemRequest {
  std::string table;
  item::Item key;
  std::string update_expression;
  std::string condition_expression;
  Names names;
  item::Item values;
  ReturnValues return_values = ReturnValues::kNone;
  bool return_old_on_failure = false;
  bool return_collections = false;
  bool older_parameters = false;  ///< also: only the item's size is limited, and not what the update says
};

struct DeleteItemRequest {
  std::string table;
  item::Item key;
  std::string condition_expression;
  Names names;
  item::Item values;
  ReturnValues return_values = ReturnValues::kNone;  ///< `kNone` or `kAllOld`
  bool return_old_on_failure = false;
  bool return_collections = false;
  bool older_parameters = false;
};

/// What a put, update or delete returns.
struct WriteItemResult {
  std::optional<item::Item> attributes;  ///< what `return_values` asked for; nothing when there is nothing to return
  ConsumedCapacity capacity;
  /// The collection that was written to, when `return_collections` asked for it and the table has local indexes.
  std::vector<ItemCollection> collections;
};

// --- Many items -------------------------------------------------------------------------------------------------

enum class Select : std::uint8_t { kDefault, kAllAttributes, kAllProjectedAttributes, kCount, kSpecificAttributes };

struct QueryRequest {
  std::string table;
  std::string index;  ///< empty: the table itself
  std::string key_condition_expression;
  std::string filter_expression;
  std::string projection_expression;
  Names names;
  item::Item values;
  bool scan_forward = true;
  std::optional<std::int64_t> limit;  ///< items examined, before the filter; at least 1
  item::Item exclusive_start_key;     ///< empty: from the start
  bool consistent_read = false;
  Select select = Select::kDefault;
  bool older_parameters = false;
};

struct ScanRequest {
  std::string table;
  std::string index;
  std::string filter_expression;
  std::string projection_expression;
  Names names;
  item::Item values;
  std::optional<std::int64_t> limit;
  item::Item exclusive_start_key;
  bool consistent_read = false;
  Select select = Select::kDefault;
  std::optional<std::int64_t> segment;         ///< 0 to `total_segments` - 1
  std::optional<std::int64_t> total_segments;  ///< 1 to 1,000,000
  bool older_parameters = false;
};

/// A page of a query or scan: at most 1 MB of items examined.
struct PageResult {
  std::vector<item::Item> items;   ///< empty for `Select::kCount`
  std::int64_t count = 0;          ///< items that passed the filter
  std::int64_t scanned_count = 0;  ///< items examined
  item::Item last_evaluated_key;   ///< empty: there is nothing more
  ConsumedCapacity capacity;
};

// --- Batches and transactions -----------------------------------------------------------------------------------

/// Up to 100 keys over all tables; up to 16 MB of items come back, the rest is in `unprocessed`.
struct BatchGetItemRequest {
  struct Keys {
    std::vector<item::Item> keys;
    bool consistent_read = false;
    std::string projection_expression;
    Names names;
  };
  std::map<std::string, Keys> tables;
};
struct BatchGetItemResult {
  std::map<std::string, std::vector<item::Item>> items;  ///< found items; in no particular order, as on AWS
  std::map<std::string, BatchGetItemRequest::Keys> unprocessed;
  std::vector<ConsumedCapacity> capacity;
};

/// Up to 25 puts and deletes over all tables, not atomic together, no two of the same item.
struct BatchWriteItemRequest {
  struct Put {
    item::Item item;
  };
  struct Delete {
    item::Item key;
  };
  using Write = std::variant<Put, Delete>;
  std::map<std::string, std::vector<Write>> tables;
  bool return_collections = false;
};
struct BatchWriteItemResult {
  std::map<std::string, std::vector<BatchWriteItemRequest::Write>> unprocessed;
  std::vector<ConsumedCapacity> capacity;
  std::vector<ItemCollection> collections;  ///< each once
};

/// Up to 100 items of together 4 MB, read as they were at one moment.
struct TransactGetItemsRequest {
  struct Get {
    std::string table;
    item::Item key;
    std::string projection_expression;
    Names names;
  };
  std::vector<Get> gets;
};
struct TransactGetItemsResult {
  std::vector<std::optional<item::Item>> items;  ///< in the order of the request
  std::vector<ConsumedCapacity> capacity;
};

/// A condition on an item that the transaction does not change.
struct ConditionCheck {
  std::string table;
  item::Item key;
  std::string condition_expression;
  Names names;
  item::Item values;
  bool return_old_on_failure = false;
};

/// Up to 100 actions on distinct items, all or none. The items, each as it is before or after, whichever is larger, are
/// together at most 4 MB. `return_values` of the actions must be `kNone`.
struct TransactWriteItemsRequest {
  using Action = std::variant<PutItemRequest, UpdateItemRequest, DeleteItemRequest, ConditionCheck>;
  std::vector<Action> actions;
  /// When set, 1 to 36 characters: a second request with the same token within ten minutes changes nothing, and takes
  /// what reading the items takes. Another request with that token: `kIdempotentMismatch`.
  std::string client_token;
  bool return_collections = false;
};
struct TransactWriteItemsResult {
  std::vector<ConsumedCapacity> capacity;
  std::vector<ItemCollection> collections;  ///< each once; of what the transaction does not only check
  bool repeated = false;                    ///< it was done before: `capacity` is that of reads
};

// --- Tables -----------------------------------------------------------------------------------------------------

struct CreateTableRequest {
  TableSpec spec;
};
struct DescribeTableRequest {
  std::string table;
};
struct DeleteTableRequest {
  std::string table;
};
struct ListTablesRequest {
  std::string exclusive_start_table;  ///< empty: from the start
  std::optional<std::int64_t> limit;  ///< 1 to 100; 100 when not given
};
struct ListTablesResult {
  std::vector<std::string> tables;   ///< in the order of their names' bytes
  std::string last_evaluated_table;  ///< empty: there is nothing more
};
/// Changes a table; a member that is not set leaves things as they are. At most one index is created or deleted at a
/// time, and the table answers requests meanwhile.
struct UpdateTableRequest {
  struct CreateIndex {
    IndexSpec index;
  };
  struct DeleteIndex {
    std::string name;
  };
  struct UpdateIndex {
    std::string name;
    Throughput throughput;
  };
  using IndexChange = std::variant<CreateIndex, DeleteIndex, UpdateIndex>;

  std::string table;
  std::optional<BillingMode> billing_mode;
  std::optional<Throughput> throughput;
  std::optional<Throughput> on_demand_limits;
  std::vector<IndexChange> indexes;
  /// The view of a stream to begin, or nothing within for ending the one that there is.
  std::optional<std::optional<StreamView>> stream;
  std::optional<bool> deletion_protection;
  std::optional<TableClass> table_class;
};
/// Sets and removes tags, in this order.
struct UpdateTagsRequest {
  std::string table;
  std::map<std::string, std::string, std::less<>> set;
  std::vector<std::string> remove;
};
struct UpdateTagsResult {};
/// Enables (or disables) deletion of items whose `attribute`, a number, is a past Unix time in seconds.
struct UpdateTimeToLiveRequest {
  std::string table;
  std::string attribute;
  bool enabled = true;
};
struct UpdateTimeToLiveResult {};

}  // namespace mrgc::store
