#include "server/io_thread.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <random>
#include <utility>

#include "server/connection.h"

namespace mrgc::server {
namespace {

constexpr std::chrono::milliseconds kTick(500);
constexpr std::chrono::milliseconds kNoWait(0);

std::string http_date() { return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time(nullptr))); }

}  // namespace

IoThread::IoThread(std::size_t number, SendQueue::Mode mode)
    : sends_(mode),
      date_(http_date()),
      now_(std::chrono::steady_clock::now()),
      random_state_(std::random_device{}() | 1ULL << 40),
      thread_([this, number] {
        pthread_setname_np(pthread_self(), fmt::format("mrgc-io-{}", number).c_str());
        run();
      }) {}

IoThread::~IoThread() {
  post([this] { stopped_ = true; });
}

void IoThread::run() {
  id_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  while (!stopped_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(now_ + kTick - std::chrono::steady_clock::now());
    readiness_.wait(has_more() ? kNoWait : std::max(left, kNoWait));
    const bool is_due = left <= kNoWait;
    if (is_due) renew_time();
    while (readiness_.tell_next()) sends_.flush_if_due();
    run_tasks();
    sends_.flush();
    // Last: what came in time may have waited here.
    if (is_due) check_deadlines();
  }
}

// Woken with the mutex held: as soon as the task can be taken, it may be the last that this object lives for. The
// thread itself looks for tasks before it waits.
void IoThread::post(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (tasks_.size() == 1 && !is_current()) readiness_.wake();  // else it is on its way
}

// Those that came before.
void IoThread::run_tasks() {
  {
    const std::lock_guard lock(mutex_);
    running_tasks_.swap(tasks_);
  }
  for (Task& task : running_tasks_) {
    task();
    sends_.flush_if_due();
  }
  running_tasks_.clear();
}

bool IoThread::has_more() {
  if (!sends_.empty()) return true;
  const std::lock_guard lock(mutex_);
  return !tasks_.empty();
}

void IoThread::renew_time() {
  now_ = std::chrono::steady_clock::now();
  date_ = http_date();
}

// Deadlines are kept coarsely: a timer for each connection would cost more than serving a request does.
void IoThread::check_deadlines() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->check_deadline();
}

void IoThread::append_request_id(std::string& out) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  constexpr std::size_t kLettersOfOneDraw = 12;
  std::array<char, 52> id;
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i % kLettersOfOneDraw == 0) {  // xorshift64*: ids must differ, no more
      random_state_ ^= random_state_ >> 12;
      random_state_ ^= random_state_ << 25;
      random_state_ ^= random_state_ >> 27;
      bits = random_state_ * 0x2545'F491'4F6C'DD1D;
    }
    id[i] = kLetters[bits & 31];
    bits >>= 5;
  }
  out.append(id.data(), id.size());
}

void IoThread::take(std::shared_ptr<Connection> connection) {
  ++count_;
  post([this, connection = std::move(connection)] {
    if (!readiness_.watch(*connection)) {
      --count_;
      return;
    }
    connections_.insert(connection);
    connection->start();
  });
}

void IoThread::remove(const std::shared_ptr<Connection>& connection) {
  readiness_.forget(*connection);
  connections_.erase(connection);
  --count_;
}

void IoThread::drain() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->drain();
}

}  // namespace mrgc::server
