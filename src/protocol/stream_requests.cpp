#include "protocol/stream_requests.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/attribute_value.h"
#include "protocol/base64.h"
#include "protocol/reply.h"

namespace mrgc::protocol {
namespace {

constexpr std::size_t kMaxStreams = 100;
constexpr std::size_t kMaxRecords = 1000;

std::unexpected<Error> no_such_stream(std::string_view arn) {
  return base::fail(ErrorCode::kResourceNotFound,
                    fmt::format("Requested resource not found: Stream: {} not found", arn));
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

// The time of a label such as 2026-11-22T01:02:03.456.
std::optional<std::int64_t> parse_label(std::string_view label) {
  if (label.size() != 23 || label[19] != '.') return std::nullopt;
  std::tm utc{};
  const std::string text(label);
  if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) != text.c_str() + 19) return std::nullopt;
  const auto milliseconds = parse_number(label.substr(20));
  if (!milliseconds) return std::nullopt;
  return static_cast<std::int64_t>(timegm(&utc)) * 1000 + *milliseconds;
}

Result<store::StreamId> parse_arn(std::string_view arn, const ServerIdentity& identity) {
  constexpr std::string_view kStream = "/stream/";
  const std::string tables = identity.table_arn("");
  const std::size_t at = arn.find(kStream);
  if (!arn.starts_with("arn:aws:dynamodb:") || at == std::string_view::npos) {
    return base::invalid(fmt::format("Invalid StreamArn: {}", arn));
  }
  const auto created_ms = parse_label(arn.substr(at + kStream.size()));
  if (!arn.starts_with(tables) || !created_ms || at < tables.size()) return no_such_stream(arn);
  return store::StreamId{.table = std::string(arn.substr(tables.size(), at - tables.size())),
                         .created_ms = *created_ms};
}

std::string shard_id(const store::StreamId& stream) {
  return fmt::format("shardId-{:020}-{:08x}", stream.created_ms, static_cast<std::uint32_t>(stream.created_ms));
}

// Sequence numbers are texts of at least 21 digits.
std::string sequence_text(std::uint64_t sequence) { return fmt::format("1{:020}", sequence); }

std::optional<std::uint64_t> parse_sequence(std::string_view text) {
  if (text.size() != 21 || text[0] != '1') return std::nullopt;
  const auto number = parse_number(text.substr(1));
  if (!number) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::string iterator_text(const store::StreamId& stream, std::uint64_t sequence, std::int64_t now_ms) {
  std::string text;
  append_base64(text, fmt::format("{}|{}|{}|{}", stream.created_ms, sequence, now_ms, stream.table));
  return text;
}

std::string_view event_name(store::StreamRecord::Kind kind) {
  switch (kind) {
    case store::StreamRecord::Kind::kInsert: return "INSERT";
    case store::StreamRecord::Kind::kModify: return "MODIFY";
    case store::StreamRecord::Kind::kRemove: return "REMOVE";
  }
  return "";
}

void append_record(std::string& out, const store::StreamId& stream, const store::StreamRecord& record,
                   store::StreamView view, const ServerIdentity& identity) {
  ObjectWriter object(out);
  object.text("eventID", fmt::format("{:016x}{:016x}", stream.created_ms, record.sequence));
  object.text("eventName", event_name(record.kind));
  object.text("eventVersion", "1.1");
  object.text("eventSource", "aws:dynamodb");
  object.text("awsRegion", identity.region);
  ObjectWriter change(object.member("dynamodb"));
  change.number("ApproximateCreationDateTime", record.time_ms / 1000);
  append_item(change.member("Keys"), record.keys);
  if (record.new_image) append_item(change.member("NewImage"), *record.new_image);
  if (record.old_image) append_item(change.member("OldImage"), *record.old_image);
  change.text("SequenceNumber", sequence_text(record.sequence));
  change.number("SizeBytes", static_cast<std::int64_t>(record.size_bytes));
  change.text("StreamViewType", stream_view_name(view));
  change.close();
  if (record.expired) {
    ObjectWriter who(object.member("userIdentity"));
    who.text("PrincipalId", "dynamodb.amazonaws.com");
    who.text("Type", "Service");
    who.close();
  }
  object.close();
}

}  // namespace

Result<store::ListStreamsRequest> decode_list_streams(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  store::ListStreamsRequest request{.table = reader.text("TableName"), .start_after = {}};
  request.limit = static_cast<std::size_t>(reader.number("Limit").value_or(kMaxStreams));
  if (reader.has("ExclusiveStartStreamArn")) {
    auto start = parse_arn(reader.text("ExclusiveStartStreamArn"), identity);
    if (!start) return base::forward_error(start);
    request.start_after = std::move(*start);
  }
  return request;
}

Result<store::StreamId> decode_stream(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  if (reader.has("ShardFilter")) {
    const RequestReader filter = reader.part("ShardFilter");
    if (!filter.has("Type") || !filter.has("ShardId")) {
      return base::invalid("One or more parameter values were invalid: ShardFilter needs both Type and ShardId");
    }
  }
  return parse_arn(reader.text("StreamArn"), identity);
}

Error of_stream(JsonValue request, Error error) {
  if (error.code != ErrorCode::kResourceNotFound) return error;
  return no_such_stream(RequestReader(request).text("StreamArn")).error();
}

Result<std::string> make_iterator(JsonValue object, const store::StreamDescription& stream, std::int64_t now_ms) {
  const RequestReader reader(object);
  if (reader.text("ShardId") != shard_id(stream.id)) {
    return base::fail(ErrorCode::kResourceNotFound, "Requested resource not found: Shard does not exist");
  }
  const std::string type = reader.text("ShardIteratorType");
  if (type == "TRIM_HORIZON" || type == "LATEST") {
    if (reader.has("SequenceNumber")) {
      return base::invalid(
          "One or more parameter values were invalid: SequenceNumber should not be passed for this iterator type");
    }
    return iterator_text(stream.id, type == "LATEST" ? stream.end_sequence : stream.first_sequence, now_ms);
  }
  const auto sequence = parse_sequence(reader.text("SequenceNumber"));
  if (!sequence) return base::invalid("One or more parameter values were invalid: Invalid SequenceNumber");
  if (*sequence < stream.first_sequence) {
    return base::fail(ErrorCode::kTrimmedData,
                      "The operation attempted to read past the oldest stream record in a shard.");
  }
  return iterator_text(stream.id, *sequence + (type == "AFTER_SEQUENCE_NUMBER" ? 1 : 0), now_ms);
}

Result<store::ReadStreamRequest> decode_get_records(JsonValue object, std::int64_t now_ms) {
  const RequestReader reader(object);
  const auto invalid = base::invalid("Invalid ShardIterator");
  const auto text = decode_base64(reader.text("ShardIterator"));
  if (!text) return invalid;
  std::string_view rest = *text;
  const auto next_number = [&rest]() -> std::optional<std::int64_t> {
    const std::size_t bar = rest.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(rest.substr(0, bar));
    rest.remove_prefix(bar + 1);
    return number;
  };
  const auto created_ms = next_number();
  const auto sequence = next_number();
  const auto issued_ms = next_number();
  if (!created_ms || !sequence || !issued_ms || rest.empty()) return invalid;
  if (now_ms - *issued_ms > kIteratorLifetime_ms) {
    return base::fail(ErrorCode::kExpiredIterator, "The shard iterator has expired");
  }
  return store::ReadStreamRequest{.stream = {.table = std::string(rest), .created_ms = *created_ms},
                                  .sequence = static_cast<std::uint64_t>(*sequence),
                                  .limit = static_cast<std::size_t>(reader.number("Limit").value_or(kMaxRecords))};
}

std::string encode_streams(const store::ListStreamsResult& result, const ServerIdentity& identity) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("Streams");
  out.push_back('[');
  bool first = true;
  for (const store::StreamId& stream : result.streams) {
    if (!std::exchange(first, false)) out.push_back(',');
    ObjectWriter object(out);
    object.text("StreamArn", identity.stream_arn(stream.table, stream.created_ms));
    object.text("TableName", stream.table);
    object.text("StreamLabel", stream_label(stream.created_ms));
    object.close();
  }
  out.push_back(']');
  if (result.more) {
    const store::StreamId& last = result.streams.back();
    reply.text("LastEvaluatedStreamArn", identity.stream_arn(last.table, last.created_ms));
  }
  reply.close();
  return body;
}

// A stream has one shard: nothing is behind it, and it has no children.
std::string encode_stream(JsonValue request, const store::StreamDescription& stream, const ServerIdentity& identity) {
  const RequestReader reader(request);
  const bool wants_others = reader.has("ExclusiveStartShardId") || reader.has("ShardFilter");
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter object(reply.member("StreamDescription"));
  object.text("StreamArn", identity.stream_arn(stream.id.table, stream.id.created_ms));
  object.text("StreamLabel", stream_label(stream.id.created_ms));
  object.text("StreamStatus", stream.enabled ? "ENABLED" : "DISABLED");
  object.text("StreamViewType", stream_view_name(stream.view));
  object.time("CreationRequestDateTime", stream.id.created_ms);
  object.text("TableName", stream.id.table);
  append_key_schema(object.member("KeySchema"), stream.keys);
  std::string& shards = object.member("Shards");
  shards.push_back('[');
  if (!wants_others) {
    ObjectWriter shard(shards);
    shard.text("ShardId", shard_id(stream.id));
    ObjectWriter range(shard.member("SequenceNumberRange"));
    range.text("StartingSequenceNumber", sequence_text(stream.first_sequence));
    if (!stream.enabled) {
      range.text("EndingSequenceNumber", sequence_text(std::max(stream.end_sequence, stream.first_sequence + 1) - 1));
    }
    range.close();
    shard.close();
  }
  shards.push_back(']');
  object.close();
  reply.close();
  return body;
}

std::string encode_iterator(const std::string& iterator) {
  std::string body;
  ObjectWriter reply(body);
  reply.text("ShardIterator", iterator);
  reply.close();
  return body;
}

std::string encode_records(const store::StreamId& stream, const store::ReadStreamResult& result,
                           const ServerIdentity& identity, std::int64_t now_ms) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("Records");
  out.push_back('[');
  bool first = true;
  for (const store::StreamRecord& record : result.records) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_record(out, stream, record, result.view, identity);
  }
  out.push_back(']');
  if (!result.ended) reply.text("NextShardIterator", iterator_text(stream, result.next_sequence, now_ms));
  reply.close();
  return body;
}

}  // namespace mrgc::protocol
