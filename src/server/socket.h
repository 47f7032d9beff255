#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace mrgc::server {

/// A connected TCP socket that never waits. Not thread-safe.
class Socket {
 public:
  /// Takes the next connection that waits at the listening socket `listener`; nothing when none does, or it fails: then
  /// `errno` says why.
  static std::optional<Socket> accept(int listener);

  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;

  int descriptor() const { return descriptor_; }

  enum class State {
    kDone,        ///< some bytes were moved
    kWouldBlock,  ///< none can be, now
    kEnded,       ///< none will ever be
  };
  struct Moved {
    State state;
    std::size_t bytes = 0;
  };

  /// As the kernel says it: how many bytes, or an error's negative number.
  static Moved moved(ssize_t result);

  Moved receive(std::span<char> into);
  /// Sends the bytes, or the beginning of them.
  Moved send(const msghdr& bytes) const;
  Moved send(std::string_view bytes) const;

  /// Ends our side and drops what the other still sends: closed with bytes unread, a socket would take back what the
  /// other has yet to read.
  void close(std::span<char> scratch);

 private:
  int descriptor_;  // -1: none
};

}  // namespace mrgc::server
