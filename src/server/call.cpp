#include "server/call.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/reply.h"
#include "server/content_coding.h"

namespace mrgc::server {
namespace {

/// AWS packs answers of more than 4 KB.
constexpr std::size_t kMinPackedBytes = 4097;

}  // namespace

std::string_view without_parameters(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return content_type;
}

HttpResponse make_response(int status, std::string_view content_type, std::string body, bool cross_origin,
                           Coding coding) {
  HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  if (coding != Coding::kIdentity && response.body.size() >= kMinPackedBytes) {
    response.body = pack(response.body, coding);
    response.headers.append("Content-Encoding: ").append(to_string(coding)).append("\r\n");
  }
  if (!content_type.empty()) response.headers.append("Content-Type: ").append(content_type).append("\r\n");
  if (cross_origin) response.headers += kCrossOriginHeaders;
  response.headers.append("x-amz-crc32: ").append(fmt::format_int(crc32_of(response.body)).c_str()).append("\r\n");
  return response;
}

Call::Call(const HttpRequest& request, Respond respond, const protocol::ServerIdentity& identity, Metrics& metrics)
    : respond_(std::move(respond)),
      identity_(identity),
      metrics_(metrics),
      content_type_(request.content_type.empty() ? "application/json"
                                                 : std::string(without_parameters(request.content_type))),
      cross_origin_(!request.origin.empty()),
      coding_(accepted_coding(request.accept_encoding)) {}

void Call::count(std::optional<ErrorCode> error, double units) {
  if (!operation_) return;
  metrics_.count({.region = identity_.region,
                  .operation = *operation_,
                  // A name that was made up must not become a label.
                  .table = error == ErrorCode::kResourceNotFound || error == ErrorCode::kValidation
                               ? std::string_view()
                               : std::string_view(table_),
                  .error = error,
                  .took = std::chrono::steady_clock::now() - start_,
                  .units = units});
}

void Call::succeed(double units, MakeBody make_body) {
  if (is_answered()) return;
  count(std::nullopt, units);
  respond_([self = shared_from_this(), make_body = std::move(make_body)]() mutable {
    return make_response(200, self->content_type_, make_body(), self->cross_origin_, self->coding_);
  });
}

void Call::fail(Error error) {
  if (is_answered()) return;
  count(error.code, 0);
  respond_([self = shared_from_this(), error = std::move(error)] {
    auto [status, body] = protocol::encode_error(error);
    return make_response(status, self->content_type_, std::move(body), self->cross_origin_, self->coding_);
  });
}

}  // namespace mrgc::server
