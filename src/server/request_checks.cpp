#include "server/request_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mrgc::server {
namespace {

// Whether `name` has a value that is not empty in parts such as `name=value`, separated by any of `separators`.
bool has_part(std::string_view text, std::string_view separators, std::string_view name) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.size() > name.size() + 1 && part.starts_with(name) && part[name.size()] == '=') return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// A header may hold any bytes; what is said of it becomes JSON.
std::string shown(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

Result<void> check_header(const HttpRequest& request) {
  constexpr std::array<std::string_view, 3> kParts = {"Credential", "Signature", "SignedHeaders"};
  std::string missing;
  for (const std::string_view part : kParts) {
    if (!has_part(request.authorization, ", ", part)) {
      missing += fmt::format("Authorization header requires '{}' parameter. ", part);
    }
  }
  if (request.amz_date.empty() && request.date.empty()) {
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (missing.empty()) return {};
  return base::fail(ErrorCode::kIncompleteSignature, missing + "Authorization=" + shown(request.authorization));
}

Result<void> check_query(std::string_view query) {
  constexpr std::array<std::string_view, 5> kParts = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                                      "X-Amz-SignedHeaders", "X-Amz-Date"};
  std::string missing;
  for (const std::string_view part : kParts) {
    if (!has_part(query, "&", part)) missing += fmt::format("AWS query-string parameters must include '{}'. ", part);
  }
  if (missing.empty()) return {};
  return base::fail(ErrorCode::kIncompleteSignature, missing + "Re-examine the query-string parameters.");
}

}  // namespace

Result<void> check_signature_form(const HttpRequest& request) {
  const std::string_view target = request.target;
  const std::string_view query = target.substr(std::min(target.find('?'), target.size()));
  const bool in_query = query.find("X-Amz-Algorithm") != std::string_view::npos;
  if (in_query && !request.authorization.empty()) {
    return base::fail(ErrorCode::kInvalidSignature,
                      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  }
  if (in_query) return check_query(query.substr(1));
  if (!request.authorization.starts_with("AWS4-")) {
    return base::fail(ErrorCode::kMissingToken, "Request is missing Authentication Token");
  }
  return check_header(request);
}

}  // namespace mrgc::server
