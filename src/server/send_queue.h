#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "server/socket.h"

namespace mrgc::server {

class Connection;

/// What the connections of a thread have to send, handed to the kernel together (io_uring). Were there a call for each,
/// the first would wake its client, which takes the processor before the second is made, and so on: two switches of
/// processes for each answer, instead of two for all.
///
/// Where the kernel refuses that, being old or told to (as in many containers), there is a call for each. For one
/// thread only.
class SendQueue {
 public:
  enum class Mode { kTogether, kOneByOne };

  explicit SendQueue(Mode mode = Mode::kTogether);
  ~SendQueue();
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  /// `kOneByOne` also where the kernel refuses the other.
  Mode mode() const { return ring_ ? Mode::kTogether : Mode::kOneByOne; }
  bool empty() const { return queued_.empty(); }

  /// The connection will be asked for what it has to send (`Connection::unsent`), and told what was taken of it
  /// (`on_sent`). It must not be in the queue.
  void add(std::shared_ptr<Connection> connection);

  /// Sends for all that were added before. Those that are added meanwhile stay, so that others have their turn.
  void flush();
  /// `flush` when many were added, or one waits for half a millisecond: what is still to be handled may take its time.
  void flush_if_due();

 private:
  static constexpr std::size_t kMostAtOnce = 128;
  using Connections = std::span<const std::shared_ptr<Connection>>;
  using Results = std::array<std::optional<Socket::Moved>, kMostAtOnce>;
  class Ring;

  void send(Connections connections);
  void send_together(Connections connections, Results& results);

  std::unique_ptr<Ring> ring_;  // null: one by one
  std::vector<std::shared_ptr<Connection>> queued_;
  std::vector<std::shared_ptr<Connection>> sending_;  // kept for its memory
  std::size_t added_ = 0;                             // since the last flush
  std::chrono::steady_clock::time_point first_added_at_;
};

}  // namespace mrgc::server
