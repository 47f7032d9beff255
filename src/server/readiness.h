#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>

namespace mrgc::server {

class Connection;

/// Tells connections that their sockets have become ready. Asio's own way arms a socket anew for each wait, a call of
/// the kernel for each request; here a socket is armed once, and Asio waits for all of them together. For one thread,
/// the one that runs the context.
class Readiness {
 public:
  /// Throws `std::system_error` when the process has no descriptor left.
  explicit Readiness(boost::asio::io_context& context);

  /// Begins to tell. From then on it keeps the context's `run` at work, until `stop`.
  void start();
  void stop();

  /// From now on `connection.on_ready` is called whenever the socket `descriptor`, which is its own, becomes ready.
  /// Whether that could be set up.
  bool watch(Connection& connection, int descriptor);
  /// `connection` is told of nothing any more; its socket is still open.
  void forget(const Connection& connection, int descriptor);

 private:
  void wait();
  void tell();

  boost::asio::posix::stream_descriptor sockets_;  // an epoll instance
  std::array<epoll_event, 128> events_{};
  std::size_t untold_begin_ = 0;  // of `events_`
  std::size_t untold_end_ = 0;
};

}  // namespace mrgc::server
