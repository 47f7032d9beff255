#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <utility>
#include <vector>

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
  /// `flush` when there are many, or one waits for long: what is still to be handled may take its time.
  void flush_if_due();

 private:
  class Ring;

  void send_together(std::span<const std::shared_ptr<Connection>> connections);
  static void send_one_by_one(std::span<const std::shared_ptr<Connection>> connections);

  std::unique_ptr<Ring> ring_;  // null: one by one
  std::vector<std::shared_ptr<Connection>> queued_;
  std::vector<std::shared_ptr<Connection>> sending_;  // kept for its memory
  std::chrono::steady_clock::time_point first_queued_at_;
};

}  // namespace mrgc::server
