#include "server/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace mrgc::server {
namespace {

template <typename Move>
Socket::Moved moved(Move move) {
  ssize_t result = 0;
  do {
    result = move();
  } while (result < 0 && errno == EINTR);
  if (result >= 0) return {.state = Socket::State::kDone, .bytes = static_cast<std::size_t>(result)};
  const bool would_block = errno == EAGAIN || errno == EWOULDBLOCK;
  return {.state = would_block ? Socket::State::kWouldBlock : Socket::State::kEnded};
}

iovec piece(std::string_view bytes) { return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()}; }

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

Socket::Moved Socket::receive(std::span<char> into) {
  Moved result = moved([&] { return ::recv(descriptor_, into.data(), into.size(), 0); });
  if (result.state == State::kDone && result.bytes == 0) result.state = State::kEnded;
  return result;
}

Socket::Moved Socket::send(std::string_view first, std::string_view second) {
  if (second.empty()) return moved([&] { return ::send(descriptor_, first.data(), first.size(), MSG_NOSIGNAL); });
  std::array<iovec, 2> pieces = {piece(first), piece(second)};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  return moved([&] { return ::sendmsg(descriptor_, &message, MSG_NOSIGNAL); });
}

void Socket::close(std::span<char> scratch) {
  ::shutdown(descriptor_, SHUT_WR);
  for (int i = 0; i < 16 && receive(scratch).state == State::kDone; ++i) {
  }
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace mrgc::server
