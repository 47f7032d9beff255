#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

namespace mrgc::server {

class Connection;

/// Where a thread waits for its sockets: a socket is armed once, however many requests come by it, and one call of the
/// kernel waits for all. Everything but `wake` is for that thread only.
class Readiness {
 public:
  /// Throws `std::system_error` when the process has no descriptor left.
  Readiness();
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// From now on `tell_next` calls `connection.on_ready` when its socket has become ready. Whether that could be set
  /// up.
  bool watch(Connection& connection);
  /// `connection` is told of nothing any more; its socket is still open.
  void forget(const Connection& connection);

  /// Waits until sockets become ready, `wake` is called, or `timeout` has passed. Throws `std::system_error` when the
  /// kernel refuses.
  void wait(std::chrono::milliseconds timeout);
  /// Tells the next of the connections whose sockets became ready before the last `wait` ended; whether there was one.
  bool tell_next();
  /// Ends the wait that is under way, or else the next. Any thread may call it.
  void wake();

 private:
  void close() const;

  const int epoll_;
  const int wakes_;  // an eventfd
  std::array<epoll_event, 128> events_{};
  std::span<epoll_event> untold_;  // of `events_`
};

}  // namespace mrgc::server
