#include "server/readiness.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "server/connection.h"

namespace mrgc::server {
namespace {

bool add(int epoll, int descriptor, std::uint32_t events, Connection* connection) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = connection;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

Readiness::Readiness() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wakes_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll_ >= 0 && wakes_ >= 0 && add(epoll_, wakes_, EPOLLIN, nullptr)) return;
  const std::system_error failure(errno, std::generic_category(), "waiting for sockets");
  close();
  throw failure;
}

Readiness::~Readiness() { close(); }

void Readiness::close() const {
  for (const int descriptor : {epoll_, wakes_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

bool Readiness::watch(Connection& connection) {
  return add(epoll_, connection.socket().descriptor(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, &connection);
}

void Readiness::forget(const Connection& connection) {
  // Closing it would not be enough: a process that was forked meanwhile may have it, too.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket().descriptor(), nullptr);
  for (epoll_event& event : untold_) {
    if (event.data.ptr == &connection) event.data.ptr = nullptr;
  }
}

void Readiness::wait(std::chrono::milliseconds timeout) {
  const int count =
      ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(timeout.count()));
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
  untold_ = std::span(events_).first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

bool Readiness::tell_next() {
  while (!untold_.empty()) {
    const epoll_event& event = untold_.front();
    untold_ = untold_.subspan(1);
    if (event.data.ptr == nullptr) continue;  // it was forgotten, or this is what woke the thread
    // It may close, and be removed, meanwhile.
    const auto connection = static_cast<Connection*>(event.data.ptr)->shared_from_this();
    connection->on_ready(event.events);
    return true;
  }
  return false;
}

// The count that it adds to need not be read: being armed for edges, it tells of each addition.
void Readiness::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wakes_, &one, sizeof one);
}

}  // namespace mrgc::server
