#include "server/api.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <memory>
#include <utility>

#include "server/call.h"
#include "server/content_coding.h"
#include "server/operations.h"
#include "server/request_checks.h"

namespace mrgc::server {
namespace {

constexpr std::size_t kMaxBodyBytes = std::size_t{16} << 20;

HttpResponse preflight(const HttpRequest& request) {
  HttpResponse response;
  response.headers = fmt::format("{}Access-Control-Max-Age: 172800\r\n", kCrossOriginHeaders);
  if (!request.cors_headers.empty()) {
    response.headers += fmt::format("Access-Control-Allow-Headers: {}\r\n", request.cors_headers);
  }
  if (!request.cors_method.empty()) {
    response.headers += fmt::format("Access-Control-Allow-Methods: {}\r\n", request.cors_method);
  }
  return response;
}

bool is_json(std::string_view content_type) {
  return content_type == "application/x-amz-json-1.0" || content_type == "application/json";
}

Result<std::string> unpacked_body(HttpRequest& request) {
  const auto coding = coding_of(request.content_encoding);
  if (coding == Coding::kIdentity) return std::move(request.body);
  if (coding) {
    if (auto body = unpack(request.body, *coding, kMaxBodyBytes)) return std::move(*body);
  }
  return base::fail(ErrorCode::kSerialization, "");
}

}  // namespace

void Api::handle(HttpRequest request, Respond respond) {
  const bool cross_origin = !request.origin.empty();
  if (request.method == HttpMethod::kOptions && cross_origin) {
    return respond([response = preflight(request)]() mutable { return std::move(response); });
  }
  const bool asks = request.method == HttpMethod::kGet || request.method == HttpMethod::kHead;
  if (asks && request.target.substr(0, request.target.find('?')) == "/") {
    return respond([this, cross_origin] {
      return make_response(200, "", fmt::format("healthy: dynamodb.{}.amazonaws.com ", region_.identity.region),
                           cross_origin, Coding::kIdentity);
    });
  }
  if (request.method != HttpMethod::kPost ||
      (!request.body.empty() && !is_json(without_parameters(request.content_type)))) {
    return respond([cross_origin] {
      return make_response(404, "", "<UnknownOperationException/>\n", cross_origin, Coding::kIdentity);
    });
  }
  const auto call = std::make_shared<Call>(request, std::move(respond), region_.identity, metrics_);
  auto body = unpacked_body(request);
  if (!body) return call->fail(std::move(body.error()));
  // A body that is no JSON is told so before anything else.
  auto document = protocol::JsonDocument::parse(*body);
  if (!document && !body->empty()) return call->fail({.code = ErrorCode::kSerialization, .message = ""});
  const auto operation = protocol::operation_of_target(request.amz_target);
  if (!operation) return call->fail({.code = ErrorCode::kUnknownOperation, .message = ""});
  if (auto checked = check_signature_form(request); !checked) return call->fail(std::move(checked.error()));
  if (!document) return call->fail({.code = ErrorCode::kSerialization, .message = ""});
  // A fault of ours must not take the other requests with it.
  try {
    perform(*operation, std::move(*document), region_, call);
  } catch (const std::exception& fault) {
    spdlog::critical("{} failed inside: {}", protocol::to_string(*operation), fault.what());
    call->fail({.code = ErrorCode::kInternal, .message = "Internal server error"});
  }
}

}  // namespace mrgc::server
