#pragma once

#include <string>

#include "protocol/request_reader.h"

/// GetItem, PutItem, UpdateItem and DeleteItem: from a request whose shape has been checked to the store's terms, and
/// from the store's result to the body of the answer. Errors: `kValidation` with DynamoDB's message.
namespace mrgc::protocol {

Result<Decoded<store::GetItemRequest>> decode_get_item(JsonValue request);
Result<Decoded<store::PutItemRequest>> decode_put_item(JsonValue request);
Result<Decoded<store::UpdateItemRequest>> decode_update_item(JsonValue request);
Result<Decoded<store::DeleteItemRequest>> decode_delete_item(JsonValue request);

std::string encode_reply(const store::GetItemResult& result, const ReplyOptions& options);
std::string encode_reply(const store::WriteItemResult& result, const ReplyOptions& options);

}  // namespace mrgc::protocol
