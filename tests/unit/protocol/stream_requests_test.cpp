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

}  // namespace
}  // namespace mrgc::protocol
