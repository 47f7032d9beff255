#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <span>

namespace mrgc::server {

class Connection;

/// Tells connections that their sockets have become ready. Asio's own way arms a socket anew for each wait, a call of
/// the kernel for each request; here a socket is armed once, and Asio waits for all of them together. For one thread,
/// the one that runs the context, which it keeps at work.
class Readiness {
 public:
  /// Throws `std::system_error` when the process has no descriptor left.
  explicit Readiness(boost::asio::io_context& context);

  /// From now on `connection.on_ready` is called whenever its socket becomes ready. Whether that could be set up.
  bool watch(Connection& connection);
  /// `connection` is told of nothing any more; its socket is still open.
  void forget(const Connection& connection);

 private:
  void wait();
  void tell();

  boost::asio::posix::stream_descriptor sockets_;  // an epoll instance
  std::array<epoll_event, 128> events_{};
  std::span<epoll_event> untold_;  // of `events_`
};

}  // namespace mrgc::server
