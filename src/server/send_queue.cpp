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

constexpr std::size_t kMostAtOnce = 128;
constexpr std::chrono::microseconds kMaxWait(500);

}  // namespace

/// Two rings that are shared with the kernel: of what is to be sent, and of what became of it.
class SendQueue::Ring {
 public:
  /// Null where the kernel refuses.
  static std::unique_ptr<Ring> make() {
    auto made = std::make_unique<Ring>();
    io_uring_params params{};
    if (io_uring_queue_init_params(kMostAtOnce, &made->ring_, &params) < 0) return nullptr;
    made->is_open_ = true;
    // Kernels without this (before 5.7) begin threads for sockets that take nothing now.
    if ((params.features & IORING_FEAT_FAST_POLL) == 0) return nullptr;
    return made;
  }

  Ring() = default;
  ~Ring() {
    if (is_open_) io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Adds a send, of `kMostAtOnce` at most. `bytes` must stay until `submit`.
  void add(int descriptor, const msghdr& bytes) {
    io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
    io_uring_prep_sendmsg(entry, descriptor, &bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    io_uring_sqe_set_data64(entry, count_);
    results_[count_++].reset();
  }

  /// Makes the sends, of which none waits. Returns 0, or the error after which the ring can be used no more: those
  /// without a result were not made then.
  int submit() {
    int error = 0;
    while (count_ > 0 && error == 0) {
      const int submitted = io_uring_submit_and_wait(&ring_, static_cast<unsigned>(count_));
      take_results();
      if (submitted < 0 && submitted != -EINTR) error = -submitted;
    }
    count_ = 0;
    return error;
  }

  /// What became of the `number`th send.
  const std::optional<Socket::Moved>& result(std::size_t number) const { return results_[number]; }

 private:
  void take_results() {
    io_uring_cqe* entry = nullptr;
    while (io_uring_peek_cqe(&ring_, &entry) == 0) {
      results_[io_uring_cqe_get_data64(entry)] = Socket::moved(entry->res);
      io_uring_cqe_seen(&ring_, entry);
      --count_;
    }
  }

  io_uring ring_{};
  bool is_open_ = false;
  std::size_t count_ = 0;  // of sends without a result
  std::array<std::optional<Socket::Moved>, kMostAtOnce> results_;
};

SendQueue::SendQueue(Mode mode) : ring_(mode == Mode::kTogether ? Ring::make() : nullptr) {}
SendQueue::~SendQueue() = default;

void SendQueue::add(std::shared_ptr<Connection> connection) {
  if (queued_.empty()) first_queued_at_ = std::chrono::steady_clock::now();
  queued_.push_back(std::move(connection));
}

void SendQueue::flush_if_due() {
  if (queued_.empty()) return;
  if (queued_.size() >= kMostAtOnce || std::chrono::steady_clock::now() - first_queued_at_ >= kMaxWait) flush();
}

void SendQueue::flush() {
  sending_.swap(queued_);
  for (std::span<const std::shared_ptr<Connection>> rest(sending_); !rest.empty();) {
    const auto part = rest.first(std::min(rest.size(), kMostAtOnce));
    rest = rest.subspan(part.size());
    if (ring_ && part.size() > 1) {
      send_together(part);
    } else {
      send_one_by_one(part);
    }
  }
  sending_.clear();
}

void SendQueue::send_together(std::span<const std::shared_ptr<Connection>> connections) {
  for (const auto& connection : connections) ring_->add(connection->socket().descriptor(), connection->unsent());
  const int error = ring_->submit();
  for (std::size_t i = 0; i < connections.size(); ++i) {
    if (const auto result = ring_->result(i)) {
      connections[i]->on_sent(*result);
    } else {
      send_one_by_one(connections.subspan(i, 1));
    }
  }
  if (error == 0) return;
  spdlog::warn("io_uring failed ({}); answers are sent one by one from now on", std::strerror(error));
  ring_.reset();
}

void SendQueue::send_one_by_one(std::span<const std::shared_ptr<Connection>> connections) {
  for (const auto& connection : connections) connection->on_sent(connection->socket().send(connection->unsent()));
}

}  // namespace mrgc::server
