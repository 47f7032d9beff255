#pragma once

#include <string>
#include <string_view>

#include "mrgc/store/requests.h"
#include "protocol/request_reader.h"

/// The operations on tables and their time-to-live; see `item_requests.h`.
namespace mrgc::protocol {

/// Where a server stands: what the names of its resources (ARNs) begin with.
struct ServerIdentity {
  std::string region;                    ///< such as `us-east-1`
  std::string account = "123456789012";  ///< 12 digits
  std::string address;                   ///< host and port that clients reach it by

  std::string table_arn(std::string_view table) const;
  /// `created_ms`: when the stream began, milliseconds since the Unix epoch.
  std::string stream_arn(std::string_view table, std::int64_t created_ms) const;
};

/// The part of a stream's ARN that differs from stream to stream of a table: its beginning as a time.
std::string stream_label(std::int64_t created_ms);

/// The view as requests and answers name it, such as `NEW_IMAGE`.
std::string_view stream_view_name(store::StreamView view);
void append_key_schema(std::string& out, const store::KeySchema& keys);

Result<store::CreateTableRequest> decode_create_table(JsonValue request);
Result<store::UpdateTableRequest> decode_update_table(JsonValue request);
Result<store::ListTablesRequest> decode_list_tables(JsonValue request);
Result<store::UpdateTimeToLiveRequest> decode_update_time_to_live(JsonValue request);

/// The table's description as the member `member`: `Table`, or `TableDescription` in answers of what changes it.
std::string encode_table(const store::TableDescription& table, std::string_view member, const ServerIdentity& identity);
std::string encode_tables(const store::ListTablesResult& result);
std::string encode_time_to_live(const store::TableDescription& table);
std::string encode_updated_time_to_live(const store::UpdateTimeToLiveRequest& request);

}  // namespace mrgc::protocol
