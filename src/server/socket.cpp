#include "server/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace mrgc::server {
namespace {

template <typename Move>
Socket::Moved moved_by(Move move) {
  ssize_t result = 0;
  do {
    result = move();
  } while (result < 0 && errno == EINTR);
  return Socket::moved(result < 0 ? -errno : result);
}

}  // namespace

std::optional<Socket> Socket::accept(int listener) {
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return Socket(descriptor);
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket::Moved Socket::moved(ssize_t result) {
  if (result >= 0) return {.state = State::kDone, .bytes = static_cast<std::size_t>(result)};
  return {.state = result == -EAGAIN || result == -EWOULDBLOCK ? State::kWouldBlock : State::kEnded};
}

Socket::Moved Socket::receive(std::span<char> into) {
  Moved result = moved_by([&] { return ::recv(descriptor_, into.data(), into.size(), 0); });
  if (result.state == State::kDone && result.bytes == 0) result.state = State::kEnded;
  return result;
}

Socket::Moved Socket::send(const msghdr& bytes) const {
  return moved_by([&] { return ::sendmsg(descriptor_, &bytes, MSG_NOSIGNAL); });
}

Socket::Moved Socket::send(std::string_view bytes) const {
  return moved_by([&] { return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
}

void Socket::close(std::span<char> scratch) {
  ::shutdown(descriptor_, SHUT_WR);
  for (int i = 0; i < 16 && receive(scratch).state == State::kDone; ++i) {
  }
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace mrgc::server
