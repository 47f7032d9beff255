#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "server/readiness.h"
#include "server/send_queue.h"

namespace mrgc::server {

class Connection;

/// One of the server's threads, with the connections that live on it. Everything but `post` and what is said so is for
/// that thread only.
class IoThread {
 public:
  using Task = std::move_only_function<void()>;

  IoThread(std::size_t number, SendQueue::Mode mode);
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// Runs `task` on the thread, after those posted before. Any thread may call it. Tasks that come while the thread is
  /// busy wake it once.
  void post(Task task);

  /// Whether the caller is this thread. Any thread may call it.
  bool is_current() const { return std::this_thread::get_id() == id_.load(std::memory_order_relaxed); }

  /// Has the connection send soon, with others.
  void send(std::shared_ptr<Connection> connection) { sends_.add(std::move(connection)); }

  /// Where connections read into: they keep only what is left over.
  std::array<char, 64 << 10>& scratch() { return scratch_; }
  /// Now as an HTTP date, and now; both move about once a second.
  std::string_view date() const { return date_; }
  std::chrono::steady_clock::time_point now() const { return now_; }
  /// A new `x-amzn-RequestId`: 52 letters and digits.
  void append_request_id(std::string& out);

  /// Takes over `connection`: it counts from now on, is started on the thread, told when its socket is ready, and kept
  /// until it is removed. Closes it where that is not possible. Any thread may call it.
  void take(std::shared_ptr<Connection> connection);
  void remove(const std::shared_ptr<Connection>& connection);
  /// Asks all connections to end after what they are at.
  void drain();
  /// How many connections there are, from when they were taken. Any thread may call it.
  std::size_t connections() const { return count_.load(std::memory_order_relaxed); }

 private:
  void run();
  void run_tasks();
  bool has_more();
  void renew_time();
  void check_deadlines();

  bool stopped_ = false;
  Readiness readiness_;
  SendQueue sends_;
  std::array<char, 64 << 10> scratch_;
  std::string date_;
  std::chrono::steady_clock::time_point now_;
  std::uint64_t random_state_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t> count_{0};

  std::mutex mutex_;
  std::vector<Task> tasks_;  // guarded by mutex_
  std::vector<Task> running_tasks_;

  std::atomic<std::thread::id> id_{};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mrgc::server
