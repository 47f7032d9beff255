#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "engine/kv.h"

/// Stores for tests that put something between the engine and RocksDB.
namespace mrgc::testing {

/// Does what the store below does; tests override what is to be otherwise.
class ForwardingKv : public engine::KvStore {
 public:
  explicit ForwardingKv(std::unique_ptr<engine::KvStore> below) : below_(std::move(below)) {}

  Result<std::optional<std::string>> get(engine::Family family, std::string_view key,
                                         const engine::KvSnapshot* at) const override {
    return below_->get(family, key, at);
  }
  std::unique_ptr<engine::KvIterator> iterate(engine::Family family, std::string begin, std::string end,
                                              const engine::KvSnapshot* at) const override {
    return below_->iterate(family, std::move(begin), std::move(end), at);
  }
  std::unique_ptr<engine::KvSnapshot> snapshot() const override { return below_->snapshot(); }
  const engine::KvReader& in_memory() const override { return below_->in_memory(); }
  std::uint64_t approximate_bytes(engine::Family family, std::string_view begin, std::string_view end) const override {
    return below_->approximate_bytes(family, begin, end);
  }
  Result<void> write(const engine::KvBatch& batch, bool sync) override { return below_->write(batch, sync); }

 private:
  std::unique_ptr<engine::KvStore> below_;
};

/// Holds up whoever passes it for as long as a test wants. Thread-safe.
class Gate {
 public:
  void close() { set(false); }
  void open() { set(true); }
  void pass() const {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_ || permits_ > 0; });
    if (!open_) --permits_;
    waiting_ = false;
  }
  /// Lets one pass that waits, or comes next.
  void let_one_pass() {
    const std::lock_guard lock(mutex_);
    ++permits_;
    changed_.notify_all();
  }
  void wait_for_someone() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }

 private:
  void set(bool open) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool open_ = true;              // guarded by mutex_
  mutable int permits_ = 0;       // guarded by mutex_
  mutable bool waiting_ = false;  // guarded by mutex_
};

/// Holds up writes for as long as a test wants, before they are done.
class GatedKv : public ForwardingKv {
 public:
  using ForwardingKv::ForwardingKv;

  void close() { gate_.close(); }
  void open() { gate_.open(); }
  /// From now on writes fail, also those that are held up.
  void fail() {
    failing_ = true;
    open();
  }
  void let_one_pass() { gate_.let_one_pass(); }
  void wait_for_writer() const { gate_.wait_for_someone(); }

  Result<void> write(const engine::KvBatch& batch, bool sync) override {
    gate_.pass();
    if (failing_) return base::fail(ErrorCode::kStorage, "the test's disk fails");
    return ForwardingKv::write(batch, sync);
  }

 private:
  Gate gate_;
  std::atomic<bool> failing_ = false;
};

/// Holds up writes when they are done, and whoever asked for them does not know yet.
class GatedBehindKv final : public ForwardingKv {
 public:
  using ForwardingKv::ForwardingKv;

  Result<void> write(const engine::KvBatch& batch, bool sync) override {
    auto written = ForwardingKv::write(batch, sync);
    gate.pass();
    return written;
  }

  Gate gate;
};

/// Does something else, once, between the moment that a walk over a family is of and its first entry.
class InterruptedKv : public ForwardingKv {
 public:
  using ForwardingKv::ForwardingKv;

  void interrupt(engine::Family family, std::function<void()> with) {
    family_ = family;
    with_ = std::move(with);
  }
  std::unique_ptr<engine::KvIterator> iterate(engine::Family family, std::string begin, std::string end,
                                              const engine::KvSnapshot* at) const override {
    auto iterator = ForwardingKv::iterate(family, std::move(begin), std::move(end), at);
    if (family == family_ && with_) std::exchange(with_, nullptr)();
    return iterator;
  }

 private:
  engine::Family family_ = engine::Family::kItems;
  mutable std::function<void()> with_;
};

/// The walk over entries that cannot be read.
class FailingIterator final : public engine::KvIterator {
 public:
  explicit FailingIterator(Error error) : error_(std::move(error)) {}

  bool valid() const override { return false; }
  void seek_to_first() override {}
  void seek_to_last() override {}
  void next() override {}
  void prev() override {}
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Result<void> status() const override { return std::unexpected(error_); }

 private:
  Error error_;
};

/// Has forgotten one of `one_in` reads when it is asked for what is in memory: those need the disk.
class ForgetfulKv : public ForwardingKv {
 public:
  ForgetfulKv(std::unique_ptr<engine::KvStore> below, std::uint64_t one_in)
      : ForwardingKv(std::move(below)), memory_(*this, one_in) {}

  const engine::KvReader& in_memory() const override { return memory_; }

 private:
  class Memory final : public engine::KvReader {
   public:
    Memory(const ForgetfulKv& whole, std::uint64_t one_in) : whole_(whole), one_in_(one_in) {}

    Result<std::optional<std::string>> get(engine::Family family, std::string_view key,
                                           const engine::KvSnapshot* at) const override {
      if (forgotten()) return std::unexpected(error());
      return whole_.ForwardingKv::get(family, key, at);
    }
    std::unique_ptr<engine::KvIterator> iterate(engine::Family family, std::string begin, std::string end,
                                                const engine::KvSnapshot* at) const override {
      if (forgotten()) return std::make_unique<FailingIterator>(error());
      return whole_.ForwardingKv::iterate(family, std::move(begin), std::move(end), at);
    }
    std::unique_ptr<engine::KvSnapshot> snapshot() const override { return whole_.snapshot(); }

   private:
    static Error error() { return {.code = ErrorCode::kWouldBlock, .message = "forgotten"}; }
    bool forgotten() const { return reads_.fetch_add(1, std::memory_order_relaxed) % one_in_ == 0; }

    const ForgetfulKv& whole_;
    const std::uint64_t one_in_;
    mutable std::atomic<std::uint64_t> reads_{0};
  };

  Memory memory_;
};

}  // namespace mrgc::testing
