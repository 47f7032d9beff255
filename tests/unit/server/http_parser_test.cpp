#include "server/http_parser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mrgc::server {
namespace {

const std::string kRequest =
    "POST /?x=1 HTTP/1.1\r\nHost: h\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\ncontent-type: a/b\r\n"
    "Content-Length: 5\r\n\r\nhello";

TEST(HttpParser, ReadsWhatIsAskedFor) {
  HttpParser parser{HttpLimits()};
  EXPECT_EQ(parser.feed(kRequest), kRequest.size());
  ASSERT_EQ(parser.state(), HttpParser::State::kComplete);
  const HttpRequest request = parser.take_request();
  EXPECT_EQ(request.method, HttpMethod::kPost);
  EXPECT_EQ(request.target, "/?x=1");
  EXPECT_EQ(request.amz_target, "DynamoDB_20120810.GetItem");
  EXPECT_EQ(request.content_type, "a/b");
  EXPECT_EQ(request.body, "hello");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(parser.state(), HttpParser::State::kIncomplete);
  EXPECT_FALSE(parser.started());
}

TEST(HttpParser, ARequestInAnyPiecesIsTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    HttpParser parser{HttpLimits()};
    std::string unused;
    for (std::size_t at = 0; at < kRequest.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 40, kRequest.size() - at);
      unused += kRequest.substr(at, size);
      at += size;
      unused.erase(0, parser.feed(unused));
    }
    ASSERT_EQ(parser.state(), HttpParser::State::kComplete);
    EXPECT_EQ(parser.take_request().body, "hello");
    EXPECT_TRUE(unused.empty());
  }
}

TEST(HttpParser, RequestsFollowOneAnother) {
  HttpParser parser{HttpLimits()};
  const std::string three = kRequest + kRequest + kRequest;
  std::size_t at = 0;
  for (int i = 0; i < 3; ++i) {
    at += parser.feed(std::string_view(three).substr(at));
    ASSERT_EQ(parser.state(), HttpParser::State::kComplete) << i;
    EXPECT_EQ(parser.take_request().body, "hello");
  }
  EXPECT_EQ(at, three.size());
}

TEST(HttpParser, ChunksBecomeOneBody) {
  HttpParser parser{HttpLimits()};
  parser.feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  ASSERT_EQ(parser.state(), HttpParser::State::kComplete);
  EXPECT_EQ(parser.take_request().body, "abcde");
}

TEST(HttpParser, ChunksMayEndInAnyPieces) {
  const std::string text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t size = 1; size <= 5; ++size) {
    HttpParser parser{HttpLimits()};
    std::string unused;
    for (std::size_t at = 0; at < text.size(); at += size) {
      unused += text.substr(at, size);
      unused.erase(0, parser.feed(unused));
    }
    EXPECT_EQ(parser.state(), HttpParser::State::kComplete) << size;
  }
}

TEST(HttpParser, ConnectionsAreKeptAsTheClientSays) {
  const auto kept = [](std::string_view text) {
    HttpParser parser{HttpLimits()};
    parser.feed(text);
    return parser.take_request().keep_alive;
  };
  EXPECT_TRUE(kept("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
}

TEST(HttpParser, LimitsHold) {
  const auto state_of = [](std::string_view text) {
    HttpParser parser({.header_bytes = 1024, .body_bytes = 100});
    parser.feed(text);
    return parser.state();
  };
  EXPECT_EQ(state_of("GET / HTTP/1.1\r\nA: " + std::string(2000, 'x') + "\r\n\r\n"),
            HttpParser::State::kHeaderTooLarge);
  EXPECT_EQ(state_of("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n"), HttpParser::State::kBodyTooLarge);
  EXPECT_EQ(state_of("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"),
            HttpParser::State::kMalformed);
  EXPECT_EQ(
      state_of("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x') + "\r\n0\r\n\r\n"),
      HttpParser::State::kBodyTooLarge);
  EXPECT_EQ(state_of("\x16\x03\x01 this is TLS"), HttpParser::State::kMalformed);
  EXPECT_EQ(state_of("POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
            HttpParser::State::kMalformed);
}

TEST(HttpParser, LimitsHoldInPieces) {
  constexpr HttpLimits kLimits{.header_bytes = 1024, .body_bytes = 10'000};
  const std::string field = "A: " + std::string(95, 'x') + "\r\n";
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& text :
       {"GET / HTTP/1.1\r\n" + field + field + field + field + field + field + field + field + field + field + field,
        chunked + "1;" + std::string(2000, 'x') + "\r\n", chunked + "1\r\na\r\n0\r\nA: " + std::string(2000, 'x')}) {
    for (const std::size_t first : {std::size_t{18}, std::size_t{900}, text.size()}) {
      HttpParser parser(kLimits);
      std::string unused = text.substr(0, first);
      unused.erase(0, parser.feed(unused));
      unused += text.substr(first);
      if (parser.state() == HttpParser::State::kIncomplete) parser.feed(unused);
      EXPECT_EQ(parser.state(), HttpParser::State::kHeaderTooLarge) << text << " after " << first;
    }
  }
}

TEST(HttpParser, ManyChunksMayBeLongerThanAHeader) {
  HttpParser parser({.header_bytes = 64, .body_bytes = 10'000});
  std::string text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 200; ++i) text += "5\r\nabcde\r\n";
  text += "40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n";
  EXPECT_EQ(parser.feed(text), text.size());
  ASSERT_EQ(parser.state(), HttpParser::State::kComplete);
  EXPECT_EQ(parser.take_request().body.size(), 1064U);
}

TEST(HttpParser, SaysOnceThatTheClientWaits) {
  HttpParser parser{HttpLimits()};
  const std::string header = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
  const std::size_t used = parser.feed(header.substr(0, 50));
  EXPECT_FALSE(parser.take_expects_continue()) << "the header is not complete";
  parser.feed(header.substr(used));
  EXPECT_TRUE(parser.take_expects_continue());
  EXPECT_FALSE(parser.take_expects_continue());
}

}  // namespace
}  // namespace mrgc::server
