#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mrgc::server {

enum class HttpMethod : std::uint8_t { kGet, kHead, kPost, kOptions, kOther };

/// A request as it came, with those headers that anything here asks for; one that was not sent is empty.
struct HttpRequest {
  HttpMethod method = HttpMethod::kOther;
  bool keep_alive = true;
  std::string target;  ///< path and query
  std::string body;

  std::string amz_target;        ///< `X-Amz-Target`
  std::string amz_date;          ///< `X-Amz-Date`
  std::string date;              ///< `Date`
  std::string authorization;     ///< `Authorization`
  std::string content_type;      ///< `Content-Type`
  std::string content_encoding;  ///< `Content-Encoding`
  std::string accept_encoding;   ///< `Accept-Encoding`
  std::string origin;            ///< `Origin`
  std::string cors_method;       ///< `Access-Control-Request-Method`
  std::string cors_headers;      ///< `Access-Control-Request-Headers`
};

/// An answer. `Content-Length`, `Date` and `Connection` are added when it is sent.
struct HttpResponse {
  int status = 200;
  std::string headers;  ///< further ones, each ended by CR LF
  std::string body;
};

/// The reason phrase of a status.
std::string_view reason(int status);

/// Makes the answer, on the thread of its connection: so that who has the outcome, and more of them to hand out, need
/// not.
using MakeResponse = std::move_only_function<HttpResponse()>;

/// Sends the answer. To be called once, on any thread.
using Respond = std::move_only_function<void(MakeResponse)>;

/// Receives requests, on the threads of the server. It must not wait; it may call `respond` before it returns or later.
using HttpHandler = std::function<void(HttpRequest, Respond)>;

}  // namespace mrgc::server
