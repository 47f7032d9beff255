#include "server/request_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace mrgc::server {
namespace {

// Which of `names` have a value that is not empty, in parts such as `name=value`: a bit for each. Every request comes
// by here, so the text is walked once, and without a call for each character.
template <std::size_t kNames, typename IsSeparator>
unsigned parts_with_values(std::string_view text, IsSeparator is_separator,
                           const std::array<std::string_view, kNames>& names) {
  unsigned found = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const part_end = std::find_if(at, end, is_separator);
    const std::string_view part(at, part_end);
    for (std::size_t i = 0; i < kNames; ++i) {
      const std::string_view name = names[i];
      if (part.size() > name.size() + 1 && part[name.size()] == '=' && part.starts_with(name)) found |= 1U << i;
    }
    at = part_end == end ? end : part_end + 1;
  }
  return found;
}

// A header may hold any bytes; what is said of it becomes JSON.
std::string shown(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

Result<void> check_header(const HttpRequest& request) {
  constexpr std::array<std::string_view, 3> kParts = {"Credential", "Signature", "SignedHeaders"};
  const unsigned found = parts_with_values(request.authorization, [](char c) { return c == ',' || c == ' '; }, kParts);
  std::string missing;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if ((found >> i & 1) == 0) missing += fmt::format("Authorization header requires '{}' parameter. ", kParts[i]);
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
  const unsigned found = parts_with_values(query, [](char c) { return c == '&'; }, kParts);
  std::string missing;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if ((found >> i & 1) == 0) missing += fmt::format("AWS query-string parameters must include '{}'. ", kParts[i]);
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
