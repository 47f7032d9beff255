#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/base64.h"
#include "protocol/operation.h"
#include "server/content_coding.h"
#include "server/http_message.h"

/// The text that `request_fuzz` reads: a request a line, and lines that change how the next one is sent.
///
///   CreateTable {"TableName":"things", ...}    an operation and its body
///   !content-type text/plain                   a header of the next request; `!method`, `!target` likewise
///   !gzip 3                                    packs the next body and keeps all but its last 3 bytes
///   !advance 60000                             moves the clock, in milliseconds
///   !sweep                                     deletes expired items
///   !reopen                                    closes the store and opens it again
///   # ...                                      nothing
///
/// In a body, `$Name$` stands for the text of the last member `Name` of an earlier answer, and `$b64:...$` for what is
/// between in base64: so shard iterators, which are answers, can be sent and changed.
namespace mrgc::fuzz {

/// What earlier answers said, by name.
using Heard = std::map<std::string, std::string, std::less<>>;

inline std::string with_heard(std::string_view text, const Heard& heard) {
  constexpr std::string_view kBase64 = "b64:";
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = std::min(text.find('$'), text.size());
    out += text.substr(0, begin);
    text.remove_prefix(begin);
    const std::size_t end = text.find('$', 1);
    if (text.empty() || end == std::string_view::npos) break;
    const std::string_view name = text.substr(1, end - 1);
    if (name.starts_with(kBase64)) {
      protocol::append_base64(out, name.substr(kBase64.size()));
    } else if (const auto found = heard.find(name); found != heard.end()) {
      out += found->second;
    } else {
      // No such name: the text is what it looks like.
      out += text.substr(0, end);
      text.remove_prefix(end);
      continue;
    }
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

/// What a line without a request asks for.
enum class Event : std::uint8_t { kNone, kAdvance, kSweep, kReopen };

/// Reads lines one after the other.
class LineReader {
 public:
  /// The request of the line; nothing when it only says how the next one is to be sent, or is an event.
  std::optional<server::HttpRequest> read(std::string_view line, const Heard& heard) {
    event_ = Event::kNone;
    const auto [word, rest] = split(line);
    if (line.empty() || line.front() == '#') return std::nullopt;
    if (line.front() == '!') {
      set(word.substr(1), rest);
      return std::nullopt;
    }
    if (next_.amz_target.empty()) next_.amz_target = target_of(word);
    next_.body = with_heard(rest, heard);
    if (packed_but_) {
      next_.body = server::pack(next_.body, server::Coding::kGzip);
      next_.body.resize(next_.body.size() - std::min<std::size_t>(*packed_but_, next_.body.size()));
      next_.content_encoding = "gzip";
    }
    packed_but_.reset();
    return std::exchange(next_, signed_request());
  }

  Event event() const { return event_; }
  std::int64_t advance_ms() const { return advance_ms_; }

 private:
  using Request = server::HttpRequest;

  static std::pair<std::string_view, std::string_view> split(std::string_view line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    return {line.substr(0, end), line.substr(std::min(end + 1, line.size()))};
  }

  static Request signed_request() {
    Request request;
    request.method = server::HttpMethod::kPost;
    request.target = "/";
    request.amz_date = "20260101T000000Z";
    request.authorization =
        "AWS4-HMAC-SHA256 Credential=k/20260101/r/dynamodb/aws4_request, SignedHeaders=host, Signature=s";
    request.content_type = "application/x-amz-json-1.0";
    return request;
  }

  static std::string target_of(std::string_view operation) {
    for (const std::string_view api : {"DynamoDBStreams_20120810.", "DynamoDB_20120810."}) {
      std::string target = std::string(api).append(operation);
      if (protocol::operation_of_target(target)) return target;
    }
    return "DynamoDB_20120810." + std::string(operation);
  }

  static std::uint32_t number(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  void set(std::string_view name, std::string_view value) {
    if (name == "gzip") packed_but_ = number(value);
    if (name == "sweep") event_ = Event::kSweep;
    if (name == "reopen") event_ = Event::kReopen;
    if (name == "advance") {
      event_ = Event::kAdvance;
      advance_ms_ = number(value);
    }
    if (name == "method") set_method(value);
    constexpr std::array<std::pair<std::string_view, std::string Request::*>, 11> kTexts = {
        {{"target", &Request::target},
         {"x-amz-target", &Request::amz_target},
         {"x-amz-date", &Request::amz_date},
         {"date", &Request::date},
         {"authorization", &Request::authorization},
         {"content-type", &Request::content_type},
         {"content-encoding", &Request::content_encoding},
         {"accept-encoding", &Request::accept_encoding},
         {"origin", &Request::origin},
         {"access-control-request-method", &Request::cors_method},
         {"access-control-request-headers", &Request::cors_headers}}};
    for (const auto& [known, member] : kTexts) {
      if (name == known) next_.*member = printable(value);
    }
  }

  void set_method(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, server::HttpMethod>, 5> kMethods = {
        {{"GET", server::HttpMethod::kGet},
         {"HEAD", server::HttpMethod::kHead},
         {"POST", server::HttpMethod::kPost},
         {"OPTIONS", server::HttpMethod::kOptions},
         {"PUT", server::HttpMethod::kOther}}};
    for (const auto& [known, method] : kMethods) {
      if (name == known) next_.method = method;
    }
  }

  // The parser of HTTP lets through no other characters.
  static std::string printable(std::string_view text) {
    std::string kept;
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) kept += c;
    }
    return kept;
  }

  Request next_ = signed_request();
  std::optional<std::uint32_t> packed_but_;
  Event event_ = Event::kNone;
  std::int64_t advance_ms_ = 0;
};

}  // namespace mrgc::fuzz
