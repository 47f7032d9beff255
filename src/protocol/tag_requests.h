#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mrgc/store/requests.h"
#include "protocol/request_reader.h"
#include "protocol/table_requests.h"

/// The operations on the tags of tables; see `item_requests.h`.
namespace mrgc::protocol {

/// `Tags`; empty when not sent. Errors: `kValidation`.
Result<std::map<std::string, std::string, std::less<>>> read_tags(const RequestReader& reader);

/// Errors, besides `kValidation`: `kAccessDenied` for what is no ARN; `kResourceNotFound` for one of another place.
Result<store::UpdateTagsRequest> decode_tag_resource(JsonValue request, const ServerIdentity& identity);
Result<store::UpdateTagsRequest> decode_untag_resource(JsonValue request, const ServerIdentity& identity);
/// Asks for the description of the table whose tags are asked for.
Result<store::DescribeTableRequest> decode_list_tags(JsonValue request, const ServerIdentity& identity);

/// What went wrong with the tags of the resource `arn`: that there is no such table is said of the ARN.
Error of_resource(std::string_view arn, Error error);

std::string encode_tags(const store::TableDescription& table);

}  // namespace mrgc::protocol
