#include "engine/expiry_sweeper.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/expiry.h"

namespace mrgc::engine {
namespace {

constexpr std::size_t kEntriesAtOnce = 256;
constexpr std::size_t kItemsPerRun = 10'000;
/// Longer than any write takes from its decision to its commit, in whole steps.
constexpr std::int64_t kCommitTime_s = 5 * kExpiryStep_s;

// Counts down the answers of one chunk of entries.
class Countdown {
 public:
  explicit Countdown(std::size_t count) : left_(count) {}
  void arrive() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) zero_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    zero_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable zero_;
  std::size_t left_;
};

}  // namespace

ExpirySweeper::ExpirySweeper(const KvStore& kv, WritePath& writes, const base::Clock& clock,
                             std::chrono::milliseconds interval)
    : kv_(kv), writes_(writes), clock_(clock) {
  if (interval > std::chrono::milliseconds::zero()) {
    thread_ = std::jthread([this, interval] { run(interval); });
  }
}

ExpirySweeper::~ExpirySweeper() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
}

void ExpirySweeper::run(std::chrono::milliseconds interval) {
  std::unique_lock lock(stop_mutex_);
  while (!stop_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    sweep(kItemsPerRun);
    lock.lock();
  }
}

std::size_t ExpirySweeper::sweep(std::size_t max_items) {
  const std::lock_guard lock(sweep_mutex_);
  // An entry is committed some time after it got its step: go over the last steps again.
  position_ = std::min(position_, expiry_bound(clock_.now_s() - kCommitTime_s));
  std::atomic<std::size_t> deleted = 0;
  std::atomic<bool> failed = false;
  while (deleted < max_items && !failed) {
    const auto entries = due_entries(std::min(kEntriesAtOnce, max_items - deleted));
    if (entries.empty()) break;
    Countdown countdown(entries.size());
    for (const std::string& entry : entries) {
      writes_.expire(entry, [&](Result<bool> outcome) {
        if (!outcome) failed = true;
        if (outcome && *outcome) ++deleted;
        countdown.arrive();
      });
    }
    countdown.wait();
    if (!failed) position_ = entries.back() + '\0';
  }
  expired_items_ += deleted;
  if (deleted > 0) spdlog::debug("{} expired items deleted", deleted.load());
  return deleted;
}

// New entries are never before the step of their time, so a walk can start where the last ended and does not step over
// what it has taken; unless the clock was set back.
std::vector<std::string> ExpirySweeper::due_entries(std::size_t limit) {
  const std::int64_t now_s = clock_.now_s();
  if (now_s < position_s_) position_.clear();
  position_s_ = now_s;
  std::string bound = expiry_bound(now_s);
  if (position_ >= bound) return {};
  std::vector<std::string> entries;
  const auto iterator = kv_.iterate(Family::kExpiry, position_, std::move(bound));
  for (iterator->seek_to_first(); iterator->valid() && entries.size() < limit; iterator->next()) {
    entries.emplace_back(iterator->key());
  }
  return entries;
}

}  // namespace mrgc::engine
