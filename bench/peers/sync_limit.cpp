// What a durable write costs at the least, as nginx shows it for the transport: an HTTP server that answers every
// request once some bytes for it are synced, and does nothing else. It parses nothing and stores nothing that can be
// read again.
//
//   sync_limit PORT FILE BYTES
//
// One thread has the sockets. Another writes what came meanwhile over a file of zeros, syncs it and begins again. Our
// server does the same at heart, so what is between the two is what a database costs. Takes each read for a request, as
// the driver sends them.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kLogBytes = std::size_t{64} << 20;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 2\r\n\r\n{}";

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

/// A file that is written from its beginning again when it is full.
class Log {
 public:
  explicit Log(const char* path) : file_(must(::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), path)) {
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (std::size_t at = 0; at < kLogBytes; at += zeros.size()) write(zeros, at);
    must(::fsync(file_), "fsync");
  }

  void append_synced(std::string_view bytes) {
    if (at_ + bytes.size() > kLogBytes) at_ = 0;
    write(bytes, at_);
    at_ += bytes.size();
    must(::fdatasync(file_), "fdatasync");
  }

 private:
  void write(std::string_view bytes, std::size_t at) const {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (written < 0) must(-1, "pwrite");
      at += static_cast<std::size_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  int file_;
  std::size_t at_ = 0;
};

/// Requests on their way to the disk, and those that are back.
class Syncer {
 public:
  Syncer(const char* path, std::size_t bytes, int wakes) : log_(path), bytes_(bytes), wakes_(wakes) {}

  void submit(int socket) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(socket);
    came_.notify_one();
  }

  std::vector<int> take_synced() {
    const std::lock_guard lock(mutex_);
    return std::exchange(synced_, {});
  }

  [[noreturn]] void run() {
    while (true) {
      std::vector<int> sockets;
      {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [this] { return !waiting_.empty(); });
        sockets.swap(waiting_);
      }
      log_.append_synced(std::string(sockets.size() * bytes_, 'x'));
      {
        const std::lock_guard lock(mutex_);
        synced_.insert(synced_.end(), sockets.begin(), sockets.end());
      }
      must(::eventfd_write(wakes_, 1), "eventfd");
    }
  }

 private:
  Log log_;
  const std::size_t bytes_;
  const int wakes_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<int> waiting_;  // guarded by mutex_
  std::vector<int> synced_;   // guarded by mutex_
};

// A socket is told of once, and again after its answer: so none is closed whose answer is still to come.
void watch(int epoll, int descriptor, std::uint32_t how = 0, int operation = EPOLL_CTL_ADD) {
  epoll_event event{};
  event.events = EPOLLIN | how;
  event.data.fd = descriptor;
  must(::epoll_ctl(epoll, operation, descriptor, &event), "epoll");
}

int listen_at(int port) {
  const int listener = must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  must(::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  must(::listen(listener, SOMAXCONN), "listen");
  return listener;
}

void answer(int socket) {
  // A client that has gone is found by the next read.
  [[maybe_unused]] const ssize_t sent = ::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
}

[[noreturn]] void serve(int listener, Syncer& syncer, int wakes) {
  const int epoll = must(::epoll_create1(EPOLL_CLOEXEC), "epoll");
  watch(epoll, listener);
  watch(epoll, wakes);
  std::array<epoll_event, 64> events{};
  std::array<char, 65536> buffer{};
  while (true) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        const int socket = must(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept");
        const int on = 1;
        must(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
        watch(epoll, socket, EPOLLONESHOT);
      } else if (descriptor == wakes) {
        eventfd_t ignored = 0;
        must(::eventfd_read(wakes, &ignored), "eventfd");
        for (const int socket : syncer.take_synced()) {
          answer(socket);
          watch(epoll, socket, EPOLLONESHOT, EPOLL_CTL_MOD);
        }
      } else if (::recv(descriptor, buffer.data(), buffer.size(), 0) > 0) {
        syncer.submit(descriptor);
      } else {
        ::close(descriptor);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: sync_limit PORT FILE BYTES\n", stderr);
    return 2;
  }
  try {
    const int listener = listen_at(std::atoi(argv[1]));
    const int wakes = must(::eventfd(0, EFD_CLOEXEC), "eventfd");
    Syncer syncer(argv[2], std::strtoul(argv[3], nullptr, 10), wakes);
    std::thread([&] { syncer.run(); }).detach();  // both go on until the process is ended
    serve(listener, syncer, wakes);
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "sync_limit: %s\n", error.what());
    return 1;
  }
}
