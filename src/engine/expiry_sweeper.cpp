#include "engine/expiry_sweeper.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace mrgc::engine {
namespace {

constexpr std::size_t kEntriesAtOnce = 256;

// Collects the answers of one chunk of entries.
class Answers {
 public:
  explicit Answers(std::size_t count) : left_(count) {}
  void add(Result<bool> outcome) {
    const std::lock_guard lock(mutex_);
    if (!outcome) {
      error_ = std::move(outcome.error());
    } else if (*outcome) {
      ++deleted_;
    }
    if (--left_ == 0) all_.notify_all();
  }
  /// How many items were deleted, and why any was not.
  std::pair<std::size_t, std::optional<Error>> wait() {
    std::unique_lock lock(mutex_);
    all_.wait(lock, [this] { return left_ == 0; });
    return {deleted_, std::move(error_)};
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t left_;            // guarded by mutex_
  std::size_t deleted_ = 0;     // guarded by mutex_
  std::optional<Error> error_;  // guarded by mutex_
};

}  // namespace

ExpirySweeper::ExpirySweeper(const KvStore& kv, ExpiryQueue& queue, WritePath& writes, const base::Clock& clock,
                             std::chrono::milliseconds interval, std::function<void()> chores)
    : kv_(kv), queue_(queue), writes_(writes), clock_(clock) {
  if (interval > std::chrono::milliseconds::zero()) {
    thread_ = std::jthread([this, interval, chores = std::move(chores)] {
      pthread_setname_np(pthread_self(), "mrgc-expiry");
      run(interval, chores);
    });
  }
}

ExpirySweeper::~ExpirySweeper() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void ExpirySweeper::run(std::chrono::milliseconds interval, const std::function<void()>& chores) {
  std::unique_lock lock(stop_mutex_);
  auto pause = interval;
  while (!stop_.wait_for(lock, pause, [this] { return stopping_; })) {
    lock.unlock();
    chores();
    const bool more = sweep(kItemsPerRun) >= kItemsPerRun;
    pause = more ? std::chrono::milliseconds::zero() : interval;
    lock.lock();
  }
}

std::size_t ExpirySweeper::sweep(std::size_t max_items) {
  const std::lock_guard lock(sweep_mutex_);
  const std::int64_t now_s = clock_.now_s();
  if (!begin(now_s)) return 0;  // the store is read-only, which is logged when it comes to that
  std::size_t deleted = 0;
  while (deleted < max_items) {
    const auto due = entries(now_s, std::min(kEntriesAtOnce, max_items - deleted));
    if (!due) {
      spdlog::error("expired items cannot be found: {}", due.error().message);
      break;
    }
    if (due->empty()) break;
    Answers answers(due->size());
    for (const std::string& entry : *due) {
      writes_.expire(entry, [&answers](Result<bool> outcome) { answers.add(std::move(outcome)); });
    }
    const auto [count, error] = answers.wait();
    deleted += count;
    if (error) {
      spdlog::error("expired items cannot be deleted: {}", error->message);
      break;
    }
    position_ = due->back() + '\0';
  }
  expired_items_ += deleted;
  if (deleted > 0) spdlog::debug("{} expired items deleted", deleted);
  return deleted;
}

// An entry gets its place when its write is decided, and is there to be found some time later, whatever the clock does
// meanwhile. Once those with a place up to now are all there, a walk can start where the last one ended, and need not
// step over what that has taken; unless the clock was set back.
bool ExpirySweeper::begin(std::int64_t now_s) {
  if (queue_.begin_taking(now_s)) position_.clear();
  return writes_.settle();
}

Result<std::vector<std::string>> ExpirySweeper::entries(std::int64_t until_s, std::size_t limit) const {
  std::string bound = ExpiryQueue::bound(until_s);
  if (position_ >= bound) return std::vector<std::string>();
  std::vector<std::string> entries;
  const auto iterator = kv_.iterate(Family::kExpiry, position_, std::move(bound));
  for (iterator->seek_to_first(); iterator->valid() && entries.size() < limit; iterator->next()) {
    entries.emplace_back(iterator->key());
  }
  if (auto status = iterator->status(); !status) return base::forward_error(status);
  return entries;
}

}  // namespace mrgc::engine
