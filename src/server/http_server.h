#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "mrgc/base/error.h"
#include "server/http_message.h"
#include "server/http_parser.h"
#include "server/send_queue.h"

namespace mrgc::server {

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::size_t threads = 1;
  HttpLimits limits;
  /// How long a request may take to arrive once its first byte has, and an answer to be taken.
  std::chrono::seconds transfer_timeout{30};
  /// How long a connection may stay without a request.
  std::chrono::seconds idle_timeout{300};
  std::size_t max_connections = 50'000;
  /// How answers are handed to the kernel; tests try both ways.
  SendQueue::Mode sends = SendQueue::Mode::kTogether;
};

/// Serves HTTP/1.1 with keep-alive. Requests that follow one another on a connection without waiting for answers are
/// taken one after the other.
class HttpServer {
 public:
  /// Listens; requests are taken once this returns. Errors: `kUnavailable`, with the cause, when it cannot listen.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, HttpHandler handler);

  /// As `stop`.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Where it listens.
  std::uint16_t port() const;

  /// Takes no new connections, answers every request that has begun to arrive, and closes the connections. Waits until
  /// that is done; who does not send the rest, or take the answer, has some five seconds.
  void stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrgc::server
