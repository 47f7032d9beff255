#pragma once

#include <sys/uio.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http_message.h"
#include "server/http_server.h"
#include "server/io_thread.h"
#include "server/socket.h"

namespace mrgc::server {

/// One client's connection. Lives on its `IoThread`; all methods are for that thread only.
///
/// It waits for bytes without holding a buffer, so that idle connections cost little memory; reads into the thread's;
/// and handles one request at a time. While a request is being handled nothing is read: that is the back pressure.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `thread`, `options` and `handler` must outlive the connection.
  Connection(Socket socket, IoThread& thread, const HttpServerOptions& options, const HttpHandler& handler);

  void start();
  const Socket& socket() const { return socket_; }
  /// The socket became ready: `events` as of epoll, `EPOLLIN | EPOLLOUT | ...`.
  void on_ready(std::uint32_t events);
  /// For `SendQueue`: what is to be sent, until `on_sent`; and what the socket took of it.
  const msghdr& unsent();
  void on_sent(const Socket::Moved& sent);
  /// Closes when a deadline has passed.
  void check_deadline();
  /// Closes after the request that is on its way, or soon when there is none.
  void drain();

 private:
  enum class Phase { kIdle, kReading, kHandling, kWriting, kClosed };

  void read();
  void proceed();
  void go_on_later();
  void feed();
  void handle(HttpRequest request);
  void respond(HttpResponse response);
  void refuse(int status);
  void write_head(const HttpResponse& response);
  void send();
  void on_written();
  void enter(Phase phase);
  std::chrono::milliseconds transfer_timeout() const;
  void close();

  Socket socket_;
  IoThread& thread_;
  const HttpServerOptions& options_;
  const HttpHandler& handler_;
  HttpParser parser_;
  std::string unused_;  // bytes read, but not parsed
  std::string head_;    // of the answer that is being written
  std::string body_;
  std::size_t sent_ = 0;  // of head_ and body_ together
  std::array<iovec, 2> unsent_{};
  msghdr unsent_message_{};
  std::chrono::steady_clock::time_point deadline_;
  Phase phase_ = Phase::kIdle;
  bool readable_ = false;  // there may be something to read
  bool ended_ = false;     // the client sends no more than what is there to read
  bool keep_alive_ = true;
  bool without_body_ = false;  // the answer to HEAD
  bool draining_ = false;
  bool going_on_later_ = false;
  bool is_queued_ = false;  // in the thread's `SendQueue`
};

}  // namespace mrgc::server
