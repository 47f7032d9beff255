#include "protocol/operation.h"

#include <algorithm>
#include <array>

namespace mrgc::protocol {
namespace {

constexpr std::array<std::string_view, kOperations> kNames = {
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeEndpoints",
    "DescribeLimits",
    "DescribeStream",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "GetRecords",
    "GetShardIterator",
    "ListStreams",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TagResource",
    "TransactGetItems",
    "TransactWriteItems",
    "UntagResource",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
};

bool is_of_streams(Operation operation) {
  return operation == Operation::kDescribeStream || operation == Operation::kGetRecords ||
         operation == Operation::kGetShardIterator || operation == Operation::kListStreams;
}

}  // namespace

std::string_view to_string(Operation operation) { return kNames[static_cast<std::size_t>(operation)]; }

std::optional<Operation> operation_of_target(std::string_view target) {
  const std::size_t dot = target.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto found = std::ranges::lower_bound(kNames, target.substr(dot + 1));
  if (found == kNames.end() || *found != target.substr(dot + 1)) return std::nullopt;
  const auto operation = static_cast<Operation>(found - kNames.begin());
  const std::string_view api = is_of_streams(operation) ? "DynamoDBStreams_20120810" : "DynamoDB_20120810";
  if (target.substr(0, dot) != api) return std::nullopt;
  return operation;
}

}  // namespace mrgc::protocol
