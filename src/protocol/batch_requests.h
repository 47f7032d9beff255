#pragma once

#include <string>

#include "protocol/request_reader.h"

/// BatchGetItem, BatchWriteItem, TransactGetItems and TransactWriteItems; see `item_requests.h`.
namespace mrgc::protocol {

Result<Decoded<store::BatchGetItemRequest>> decode_batch_get_item(JsonValue request);
Result<Decoded<store::BatchWriteItemRequest>> decode_batch_write_item(JsonValue request);
Result<Decoded<store::TransactGetItemsRequest>> decode_transact_get_items(JsonValue request);
Result<Decoded<store::TransactWriteItemsRequest>> decode_transact_write_items(JsonValue request);

std::string encode_reply(const store::BatchGetItemResult& result, const ReplyOptions& options);
std::string encode_reply(const store::BatchWriteItemResult& result, const ReplyOptions& options);
std::string encode_reply(const store::TransactGetItemsResult& result, const ReplyOptions& options);
std::string encode_reply(const store::TransactWriteItemsResult& result, const ReplyOptions& options);

}  // namespace mrgc::protocol
