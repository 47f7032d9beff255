#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/kv.h"

namespace mrgc::testing {

/// A `KvStore` in memory that begins empty, for tests that need a fresh store thousands of times a second. It keeps
/// every version of every entry, so that a snapshot is a number; it is for few writes.
class MemoryKv final : public engine::KvStore {
 public:
  Result<std::optional<std::string>> get(engine::Family family, std::string_view key,
                                         const engine::KvSnapshot* snapshot = nullptr) const override {
    const std::shared_lock lock(mutex_);
    const Entries& entries = of(family);
    const auto found = entries.find(key);
    if (found == entries.end()) return std::optional<std::string>();
    const Value value = value_at(found->second, moment(snapshot));
    return value ? std::optional(*value) : std::nullopt;
  }

  std::unique_ptr<engine::KvIterator> iterate(engine::Family family, std::string begin, std::string end,
                                              const engine::KvSnapshot* snapshot = nullptr) const override {
    const std::shared_lock lock(mutex_);
    return std::make_unique<Iterator>(*this, of(family), std::move(begin), std::move(end), moment(snapshot));
  }

  std::unique_ptr<engine::KvSnapshot> snapshot() const override {
    const std::shared_lock lock(mutex_);
    return std::make_unique<Snapshot>(written_);
  }

  std::uint64_t approximate_bytes(engine::Family family, std::string_view begin, std::string_view end) const override {
    std::uint64_t bytes = 0;
    const auto entries = iterate(family, std::string(begin), std::string(end));
    for (entries->seek_to_first(); entries->valid(); entries->next()) {
      bytes += entries->key().size() + entries->value().size();
    }
    return bytes;
  }

  Result<void> write(const engine::KvBatch& batch, bool) override {
    const std::unique_lock lock(mutex_);
    ++written_;
    batch.for_each([this](const engine::KvBatch::Change& change) { apply(change); });
    return {};
  }

 private:
  using Value = std::shared_ptr<const std::string>;  // null: removed
  struct Version {
    std::uint64_t since = 0;  // the number of the batch that wrote it
    Value value;
  };
  using Versions = std::vector<Version>;
  using Entries = std::map<std::string, Versions, std::less<>>;  // none ever leaves

  struct Snapshot final : engine::KvSnapshot {
    explicit Snapshot(std::uint64_t at) : moment(at) {}
    const std::uint64_t moment;
  };

  // Stands on an entry that was there at its moment, or on none.
  class Iterator final : public engine::KvIterator {
   public:
    Iterator(const MemoryKv& kv, const Entries& entries, std::string begin, std::string end, std::uint64_t moment)
        : kv_(kv), entries_(entries), begin_(std::move(begin)), end_(std::move(end)), moment_(moment) {}

    bool valid() const override { return value_ != nullptr; }
    void seek_to_first() override {
      const std::shared_lock lock(kv_.mutex_);
      at_ = entries_.lower_bound(begin_);
      settle_forward();
    }
    void seek_to_last() override {
      const std::shared_lock lock(kv_.mutex_);
      at_ = end_.empty() ? entries_.end() : entries_.lower_bound(end_);
      settle_backward();
    }
    void next() override {
      const std::shared_lock lock(kv_.mutex_);
      ++at_;
      settle_forward();
    }
    void prev() override {
      const std::shared_lock lock(kv_.mutex_);
      settle_backward();
    }
    std::string_view key() const override { return at_->first; }
    std::string_view value() const override { return *value_; }
    Result<void> status() const override { return {}; }

   private:
    void settle_forward() {
      for (; at_ != entries_.end() && (end_.empty() || at_->first < end_); ++at_) {
        value_ = value_at(at_->second, moment_);
        if (value_) return;
      }
      value_ = nullptr;
    }
    // To the last entry before `at_`.
    void settle_backward() {
      while (at_ != entries_.begin()) {
        --at_;
        if (at_->first < begin_) break;
        value_ = value_at(at_->second, moment_);
        if (value_) return;
      }
      value_ = nullptr;
    }

    const MemoryKv& kv_;
    const Entries& entries_;
    const std::string begin_;
    const std::string end_;
    const std::uint64_t moment_;
    Entries::const_iterator at_;
    Value value_;
  };

  static Value value_at(const Versions& versions, std::uint64_t moment) {
    const auto later = std::ranges::upper_bound(versions, moment, {}, &Version::since);
    return later == versions.begin() ? nullptr : std::prev(later)->value;
  }

  std::uint64_t moment(const engine::KvSnapshot* snapshot) const {
    return snapshot == nullptr ? written_ : static_cast<const Snapshot*>(snapshot)->moment;
  }
  const Entries& of(engine::Family family) const { return families_[static_cast<std::size_t>(family)]; }

  void apply(const engine::KvBatch::Change& change) {
    Entries& entries = families_[static_cast<std::size_t>(change.family)];
    switch (change.kind) {
      case engine::KvBatch::Kind::kPut:
        return add(entries.try_emplace(std::string(change.key)).first->second,
                   std::make_shared<const std::string>(change.value));
      case engine::KvBatch::Kind::kRemove: {
        if (const auto found = entries.find(change.key); found != entries.end()) add(found->second, nullptr);
        return;
      }
      case engine::KvBatch::Kind::kRemoveRange: {
        for (auto at = entries.lower_bound(change.key); at != entries.end() && at->first < change.value; ++at) {
          add(at->second, nullptr);
        }
      }
    }
  }

  // Later changes of a batch take the place of its earlier ones.
  void add(Versions& versions, Value value) const {
    if (!versions.empty() && versions.back().since == written_) versions.pop_back();
    versions.push_back({.since = written_, .value = std::move(value)});
  }

  mutable std::shared_mutex mutex_;
  std::array<Entries, engine::kFamilies> families_;
  std::uint64_t written_ = 0;  // batches
};

}  // namespace mrgc::testing
