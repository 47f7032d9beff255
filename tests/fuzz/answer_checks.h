#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/must_hold.h"
#include "item/utf8.h"
#include "protocol/json.h"
#include "server/content_coding.h"
#include "server/http_message.h"

/// What must hold of every answer of the server, whatever was asked.
namespace mrgc::fuzz {

/// How deeply brackets nest outside of strings, told without the parser that is being tested.
inline std::size_t nesting_of(std::string_view json) {
  std::size_t deepest = 0;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

/// The value of a header of the answer; empty when it is not there.
inline std::string_view header_of(const server::HttpResponse& response, std::string_view name) {
  const std::string begin = std::string(name) + ": ";
  std::string_view rest = response.headers;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    MUST_HOLD(end != std::string_view::npos);
    const std::string_view line = rest.substr(0, end);
    if (line.starts_with(begin)) return line.substr(begin.size());
    rest.remove_prefix(end + 2);
  }
  return {};
}

inline void check_checksum(const server::HttpResponse& response) {
  const std::string_view sent = header_of(response, "x-amz-crc32");
  std::uint32_t checksum = 0;
  const auto [end, error] = std::from_chars(sent.data(), sent.data() + sent.size(), checksum);
  MUST_HOLD(error == std::errc() && end == sent.data() + sent.size());
  MUST_HOLD(checksum == server::crc32_of(response.body));
}

/// An error names a type that clients know, and says more than that unless DynamoDB does not either.
inline void check_error(const protocol::JsonValue& body) {
  constexpr std::array<std::string_view, 17> kTypes = {
      "com.amazon.coral.service#AccessDeniedException",
      "com.amazon.coral.service#IncompleteSignatureException",
      "com.amazon.coral.service#InvalidSignatureException",
      "com.amazon.coral.service#MissingAuthenticationTokenException",
      "com.amazon.coral.service#SerializationException",
      "com.amazon.coral.service#UnknownOperationException",
      "com.amazon.coral.validate#ValidationException",
      "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
      "com.amazonaws.dynamodb.v20120810#ExpiredIteratorException",
      "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
      "com.amazonaws.dynamodb.v20120810#LimitExceededException",
      "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      "com.amazonaws.dynamodb.v20120810#ResourceInUseException",
      "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
      "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
      "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
      "com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException"};
  const auto type = body.find("__type");
  MUST_HOLD(type && type->is(protocol::JsonValue::Kind::kString));
  MUST_HOLD(std::ranges::find(kTypes, type->text()) != kTypes.end());
  const auto message = body.find("message") ? body.find("message") : body.find("Message");
  if (!message) {
    MUST_HOLD(type->text().ends_with("#SerializationException") ||
              type->text().ends_with("#UnknownOperationException"));
    return;
  }
  MUST_HOLD(message->is(protocol::JsonValue::Kind::kString) && !message->text().empty());
}

inline bool is_of_no_operation(const server::HttpResponse& response) {
  return response.body.starts_with("healthy: ") || response.body == "<UnknownOperationException/>\n" ||
         !header_of(response, "Access-Control-Max-Age").empty();
}

/// Checks the answer, and returns the text of its body when that is of an operation, otherwise an empty text.
inline std::string check_answer(const server::HttpResponse& response) {
  using protocol::JsonDocument;
  using protocol::JsonValue;
  MUST_HOLD(response.status == 200 || (response.status >= 400 && response.status < 500));
  if (is_of_no_operation(response)) return {};
  check_checksum(response);
  std::string body = response.body;
  const auto coding = server::coding_of(header_of(response, "Content-Encoding"));
  MUST_HOLD(coding.has_value());
  if (*coding != server::Coding::kIdentity) {
    constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
    auto unpacked = server::unpack(response.body, *coding, kMaxBytes);
    MUST_HOLD(unpacked.has_value());
    body = std::move(*unpacked);
  }
  MUST_HOLD(item::is_valid_utf8(body));
  if (response.status == 200 && body.empty()) return {};  // of what changes tags
  const auto document = JsonDocument::parse(body);
  MUST_HOLD(document && document->root().is(JsonValue::Kind::kObject));
  if (response.status != 200) check_error(document->root());
  return body;
}

}  // namespace mrgc::fuzz
