#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mrgc::protocol {

/// The operations of DynamoDB's API (version 2012-08-10) and of DynamoDB Streams that are known here. Source: Amazon
/// DynamoDB API Reference, "Actions".
enum class Operation : std::uint8_t {
  kBatchGetItem,
  kBatchWriteItem,
  kCreateTable,
  kDeleteItem,
  kDeleteTable,
  kDescribeEndpoints,
  kDescribeLimits,
  kDescribeStream,
  kDescribeTable,
  kDescribeTimeToLive,
  kGetItem,
  kGetRecords,
  kGetShardIterator,
  kListStreams,
  kListTables,
  kListTagsOfResource,
  kPutItem,
  kQuery,
  kScan,
  kTagResource,
  kTransactGetItems,
  kTransactWriteItems,
  kUntagResource,
  kUpdateItem,
  kUpdateTable,
  kUpdateTimeToLive,
};
inline constexpr std::size_t kOperations = 26;

/// The operation's name, such as `GetItem`.
std::string_view to_string(Operation operation);

/// The operation of an `X-Amz-Target` header, such as `DynamoDB_20120810.GetItem`; nothing when it is not known.
std::optional<Operation> operation_of_target(std::string_view target);

}  // namespace mrgc::protocol
