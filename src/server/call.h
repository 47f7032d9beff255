#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mrgc/base/error.h"
#include "protocol/operation.h"
#include "protocol/table_requests.h"
#include "server/content_coding.h"
#include "server/http_message.h"
#include "server/metrics.h"

namespace mrgc::server {

/// One request of DynamoDB's API on its way: knows how to answer it, and counts it. Ends with `succeed` or `fail`, on
/// any thread, once.
class Call : public std::enable_shared_from_this<Call> {
 public:
  using MakeBody = std::move_only_function<std::string()>;

  /// `identity` and `metrics` must outlive the call.
  Call(const HttpRequest& request, Respond respond, const protocol::ServerIdentity& identity, Metrics& metrics);

  /// What the request turned out to be.
  void set_operation(protocol::Operation operation) { operation_ = operation; }
  void set_table(std::string table) { table_ = std::move(table); }

  /// Answers with the body that `make_body` makes, on the connection's thread. Only the first answer counts.
  void succeed(double units, MakeBody make_body);
  void fail(Error error);

 private:
  bool is_answered() { return answered_.exchange(true, std::memory_order_relaxed); }
  void count(std::optional<ErrorCode> error, double units);

  Respond respond_;
  std::atomic<bool> answered_{false};
  const protocol::ServerIdentity& identity_;
  Metrics& metrics_;
  std::optional<protocol::Operation> operation_;
  std::string table_;
  std::string content_type_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool cross_origin_;
  Coding coding_;
};

/// The content type without its parameters, such as a character set.
std::string_view without_parameters(std::string_view content_type);

/// The headers by which a script of any page may read an answer.
inline constexpr std::string_view kCrossOriginHeaders =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Expose-Headers: x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date\r\n";

/// An answer with the headers that all have.
HttpResponse make_response(int status, std::string_view content_type, std::string body, bool cross_origin,
                           Coding coding);

}  // namespace mrgc::server
