#pragma once

#include <cstdint>
#include <string>

#include "mrgc/store/streams.h"
#include "protocol/request_reader.h"
#include "protocol/table_requests.h"

/// DynamoDB Streams; see `item_requests.h`. Here a stream has one shard.
namespace mrgc::protocol {

/// How long an iterator may be used (Streams API Reference, GetShardIterator).
inline constexpr std::int64_t kIteratorLifetime_ms = 15 * 60 * 1000;

/// Errors of all: `kValidation` with DynamoDB's message, `kResourceNotFound` for names that are none of a stream here.
Result<store::ListStreamsRequest> decode_list_streams(JsonValue request, const ServerIdentity& identity);
Result<store::StreamId> decode_stream(JsonValue request, const ServerIdentity& identity);

/// The error as AWS tells it of the stream that `request` names.
Error of_stream(JsonValue request, Error error);

/// The iterator that `request` (of GetShardIterator) asks for, of the stream described.
/// Errors, besides: `kTrimmedData` when the sequence number is older than what is kept.
Result<std::string> make_iterator(JsonValue request, const store::StreamDescription& stream, std::int64_t now_ms);

/// What the iterator of a GetRecords request points to. Errors, besides: `kExpiredIterator`.
Result<store::ReadStreamRequest> decode_get_records(JsonValue request, std::int64_t now_ms);

std::string encode_streams(const store::ListStreamsResult& result, const ServerIdentity& identity);
/// `request`: of DescribeStream.
std::string encode_stream(JsonValue request, const store::StreamDescription& stream, const ServerIdentity& identity);
std::string encode_iterator(const std::string& iterator);
std::string encode_records(const store::StreamId& stream, const store::ReadStreamResult& result,
                           const ServerIdentity& identity, std::int64_t now_ms);

}  // namespace mrgc::protocol
