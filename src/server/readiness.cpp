#include "server/readiness.h"

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <memory>
#include <system_error>

#include "server/connection.h"

namespace mrgc::server {
namespace {

int make_epoll() {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

}  // namespace

Readiness::Readiness(boost::asio::io_context& context) : sockets_(context, make_epoll()) { wait(); }

bool Readiness::watch(Connection& connection) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  return ::epoll_ctl(sockets_.native_handle(), EPOLL_CTL_ADD, connection.descriptor(), &event) == 0;
}

void Readiness::forget(const Connection& connection) {
  // Closing it would not be enough: a process that was forked meanwhile may have it, too.
  ::epoll_ctl(sockets_.native_handle(), EPOLL_CTL_DEL, connection.descriptor(), nullptr);
  for (epoll_event& event : untold_) {
    if (event.data.ptr == &connection) event.data.ptr = nullptr;
  }
}

void Readiness::wait() {
  sockets_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& ec) {
    if (ec) throw boost::system::system_error(ec, "waiting for sockets");  // nobody would be answered any more
    tell();
    wait();
  });
}

void Readiness::tell() {
  const int count = ::epoll_wait(sockets_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  untold_ = std::span(events_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
  while (!untold_.empty()) {
    const epoll_event& event = untold_.front();
    untold_ = untold_.subspan(1);
    if (event.data.ptr == nullptr) continue;
    // It may close, and be removed, meanwhile.
    const auto connection = static_cast<Connection*>(event.data.ptr)->shared_from_this();
    connection->on_ready(event.events);
  }
}

}  // namespace mrgc::server
