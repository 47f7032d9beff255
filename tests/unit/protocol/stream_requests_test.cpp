#include "protocol/stream_requests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "protocol/base64.h"
#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

Result<store::ReadStreamRequest> read_with(std::string_view iterator, std::int64_t now_ms) {
  std::string encoded;
  append_base64(encoded, iterator);
  return decode_get_records(Parsed(R"({"ShardIterator":")" + encoded + R"("})").root(), now_ms);
}

TEST(StreamRequests, AnIteratorIsReadBack) {
  const auto request = read_with("1000|7|2000|things", 2000).value();
  EXPECT_EQ(request.stream.created_ms, 1000);
  EXPECT_EQ(request.stream.table, "things");
  EXPECT_EQ(request.sequence, 7U);
}

TEST(StreamRequests, AnIteratorExpires) {
  constexpr std::int64_t kLifetime_ms = std::int64_t{15} * 60'000;
  EXPECT_TRUE(read_with("1000|7|2000|things", 2000 + kLifetime_ms));
  EXPECT_EQ(message_of(read_with("1000|7|2000|things", 2001 + kLifetime_ms)), "The shard iterator has expired");
}

TEST(StreamRequests, AnIteratorThatWasMadeUpIsRefusedOrRead) {
  for (const char* text : {"", "1|2|3", "1|2|3|", "a|2|3|t", "1|-2|3|t", "1|2|99999999999999999999|t"}) {
    EXPECT_EQ(message_of(read_with(text, 3)), "Invalid ShardIterator") << text;
  }
  // One from the far future: no arithmetic on it may overflow.
  EXPECT_TRUE(read_with(fmt::format("1|2|{}|t", std::numeric_limits<std::int64_t>::max()), 3));
}

const ServerIdentity kIdentity{.region = "us-east-1", .address = "localhost:8000"};
const store::StreamDescription kStream{.id = {.table = "things", .created_ms = 1000},
                                       .keys = {.partition = {"id"}, .sort = {}},
                                       .view = store::StreamView::kKeysOnly,
                                       .enabled = true,
                                       .first_sequence = 7,
                                       .end_sequence = 9};

std::string refused_stream(std::string_view arn) {
  return message_of(decode_stream(Parsed(fmt::format(R"({{"StreamArn":"{}"}})", arn)).root(), kIdentity));
}

TEST(StreamRequests, AnArnIsReadOrTold) {
  const std::string arn = kIdentity.stream_arn("things", 1'700'000'000'123);
  const auto stream = decode_stream(Parsed(R"({"StreamArn":")" + arn + R"("})").root(), kIdentity).value();
  EXPECT_EQ(stream.table, "things");
  EXPECT_EQ(stream.created_ms, 1'700'000'000'123);
  EXPECT_EQ(refused_stream("no-arn"), "Invalid StreamArn: no-arn");
  for (const std::string& other : {ServerIdentity{.region = "eu-west-1"}.stream_arn("things", 1000),
                                   kIdentity.table_arn("things/stream/yesterday")}) {
    EXPECT_EQ(refused_stream(other), "Requested resource not found: Stream: " + other + " not found");
  }
}

// Who reads a stream to its end asks for the children of a shard that has ended (API Reference, `ShardFilter`).
TEST(StreamRequests, TheOnlyShardHasNoChildren) {
  const std::string arn = R"("StreamArn":")" + kIdentity.stream_arn("things", 1000) + "\"";
  const std::string shard = R"("ShardId":"shardId-00000000000000001000-000003e8")";
  const auto described = [&](const std::string& more) {
    const Parsed request("{" + arn + more + "}");
    return decode_stream(request.root(), kIdentity) ? encode_stream(request.root(), kStream, kIdentity)
                                                    : message_of(decode_stream(request.root(), kIdentity));
  };
  EXPECT_NE(described("").find(R"("Shards":[{)" + shard), std::string::npos);
  EXPECT_NE(described(R"(,"ShardFilter":{"Type":"CHILD_SHARDS",)" + shard + "}").find(R"("Shards":[])"),
            std::string::npos);
  const std::string refused = "One or more parameter values were invalid: ShardFilter needs both Type and ShardId";
  for (const std::string& half : {std::string(R"("Type":"CHILD_SHARDS")"), shard, std::string()}) {
    EXPECT_EQ(described(R"(,"ShardFilter":{)" + half + "}"), refused);
  }
}

TEST(StreamRequests, AStreamThatTheStoreDoesNotHaveIsNamed) {
  const Parsed request(R"({"StreamArn":"arn:of:it"})");
  const Error missing{.code = ErrorCode::kResourceNotFound,
                      .message = "Requested resource not found: Stream not found"};
  EXPECT_EQ(of_stream(request.root(), missing).message, "Requested resource not found: Stream: arn:of:it not found");
  EXPECT_EQ(of_stream(request.root(), {.code = ErrorCode::kStorage, .message = "another"}).message, "another");
}

TEST(StreamRequests, AnIteratorIsMadeOrTold) {
  const auto made = [&](std::string_view members) {
    const std::string shard = R"("ShardId":"shardId-00000000000000001000-000003e8",)";
    return message_of(make_iterator(Parsed("{" + shard + std::string(members) + "}").root(), kStream, 1));
  };
  const std::string invalid = "One or more parameter values were invalid: Invalid SequenceNumber";
  EXPECT_EQ(made(R"("ShardIteratorType":"LATEST")"), "no error");
  EXPECT_EQ(made(R"("ShardIteratorType":"LATEST","SequenceNumber":"100000000000000000008")"),
            "One or more parameter values were invalid: SequenceNumber should not be passed for this iterator type");
  EXPECT_EQ(made(R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"100000000000000000008")"), "no error");
  EXPECT_EQ(made(R"("ShardIteratorType":"AT_SEQUENCE_NUMBER")"), invalid);
  EXPECT_EQ(made(R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","SequenceNumber":"200000000000000000008")"), invalid);
  EXPECT_EQ(made(R"("ShardIteratorType":"AFTER_SEQUENCE_NUMBER","SequenceNumber":"100000000000000000006")"),
            "The operation attempted to read past the oldest stream record in a shard.");
  EXPECT_EQ(
      message_of(make_iterator(Parsed(R"({"ShardId":"another","ShardIteratorType":"LATEST"})").root(), kStream, 1)),
      "Requested resource not found: Shard does not exist");
}

}  // namespace
}  // namespace mrgc::protocol
