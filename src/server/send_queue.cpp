#include "server/send_queue.h"

#include <liburing.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "server/connection.h"

namespace mrgc::server {
namespace {

constexpr std::chrono::microseconds kMaxWait(500);

}  // namespace

/// Two rings that are shared with the kernel: of what is to be sent, and of what became of it.
class SendQueue::Ring {
 public:
  /// Null where the kernel refuses, and for those before Linux 5.7, with which this was never tried.
  static std::unique_ptr<Ring> make() {
    auto made = std::make_unique<Ring>();
    io_uring_params params{};
    if (io_uring_queue_init_params(kMostAtOnce, &made->ring_, &params) < 0) return nullptr;
    made->is_open_ = true;
    if ((params.features & IORING_FEAT_FAST_POLL) == 0) return nullptr;
    return made;
  }

  Ring() = default;
  ~Ring() {
    if (is_open_) io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Sends for `kMostAtOnce` at most, without waiting. Those that could not be tried are left without a result. After
  /// an error, which is returned, the ring must not be used again; else 0.
  int send(Connections connections, Results& results) {
    for (std::size_t i = 0; i < connections.size(); ++i) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
      io_uring_prep_sendmsg(entry, connections[i]->socket().descriptor(), &connections[i]->unsent(),
                            MSG_NOSIGNAL | MSG_DONTWAIT);
      io_uring_sqe_set_data64(entry, i);
    }
    for (std::size_t left = connections.size(); left > 0;) {
      const int submitted = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(left));
      left -= take(results);
      if (submitted < 0 && submitted != -EINTR) return -submitted;
    }
    return 0;
  }

 private:
  std::size_t take(Results& results) {
    std::size_t count = 0;
    io_uring_cqe* entry = nullptr;
    while (io_uring_peek_cqe(&ring_, &entry) == 0) {
      // Other errors may be the ring's own, such as a lack of memory.
      if (entry->res >= 0 || entry->res == -EAGAIN) {
        results[io_uring_cqe_get_data64(entry)] = Socket::moved(entry->res);
      }
      io_uring_cqe_seen(&ring_, entry);
      ++count;
    }
    return count;
  }

  io_uring ring_{};
  bool is_open_ = false;
};

SendQueue::SendQueue(Mode mode) : ring_(mode == Mode::kTogether ? Ring::make() : nullptr) {}
SendQueue::~SendQueue() = default;

void SendQueue::add(std::shared_ptr<Connection> connection) {
  if (added_++ == 0) first_added_at_ = std::chrono::steady_clock::now();
  queued_.push_back(std::move(connection));
}

void SendQueue::flush_if_due() {
  if (added_ == 0) return;
  if (added_ >= kMostAtOnce || std::chrono::steady_clock::now() - first_added_at_ >= kMaxWait) flush();
}

void SendQueue::flush() {
  sending_.swap(queued_);
  for (Connections rest(sending_); !rest.empty();) {
    const Connections some = rest.first(std::min(rest.size(), kMostAtOnce));
    rest = rest.subspan(some.size());
    send(some);
  }
  sending_.clear();
  added_ = 0;  // those that were added meanwhile do not make the next one due
}

void SendQueue::send(Connections connections) {
  Results results{};
  if (ring_ && connections.size() > 1) send_together(connections, results);
  for (std::size_t i = 0; i < connections.size(); ++i) {
    if (!results[i]) results[i] = connections[i]->socket().send(connections[i]->unsent());
  }
  for (std::size_t i = 0; i < connections.size(); ++i) connections[i]->on_sent(*results[i]);
}

void SendQueue::send_together(Connections connections, Results& results) {
  const int error = ring_->send(connections, results);
  if (error == 0) return;
  spdlog::warn("io_uring failed ({}); answers are sent one by one from now on", std::strerror(error));
  ring_.reset();
}

}  // namespace mrgc::server
