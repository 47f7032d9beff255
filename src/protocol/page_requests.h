#pragma once

#include <string>

#include "protocol/request_reader.h"

/// Query and Scan; see `item_requests.h`.
namespace mrgc::protocol {

Result<Decoded<store::QueryRequest>> decode_query(JsonValue request);
Result<Decoded<store::ScanRequest>> decode_scan(JsonValue request);

std::string encode_reply(const store::PageResult& result, const ReplyOptions& options);

}  // namespace mrgc::protocol
