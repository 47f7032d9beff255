#include "engine/caching_kv.h"

#include <unordered_map>
#include <utility>

#include "engine/item_cache.h"

namespace mrgc::engine {
namespace {

class CachingReader final : public KvReader {
 public:
  CachingReader(const KvReader& kv, ItemCache& cache) : kv_(kv), cache_(cache) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    if (family != Family::kItems || snapshot != nullptr) return kv_.get(family, key, snapshot);
    ItemCache::Look look;
    if (auto value = cache_.find(key, look)) return value;
    auto value = kv_.get(family, key, snapshot);
    if (value && *value) cache_.offer(key, **value, look);
    return value;
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return kv_.iterate(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvSnapshot> snapshot() const override { return kv_.snapshot(); }

 private:
  const KvReader& kv_;
  ItemCache& cache_;
};

class CachingKv final : public KvStore {
 public:
  CachingKv(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed)
      : kv_(std::move(kv)), cache_(capacity_bytes, seed) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    return reader_.get(family, key, snapshot);
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return kv_->iterate(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvSnapshot> snapshot() const override { return kv_->snapshot(); }
  const KvReader& in_memory() const override { return memory_reader_; }
  std::uint64_t approximate_bytes(Family family, std::string_view begin, std::string_view end) const override {
    return kv_->approximate_bytes(family, begin, end);
  }

  Result<void> write(const KvBatch& batch, bool sync) override {
    const bool changes_ranges = collect(batch);
    if (changes_ranges) cache_.begin_change_of_all();
    for (const auto& [key, value] : changed_) cache_.begin_change(key);
    auto written = kv_->write(batch, sync);
    // Of a failed write nobody knows what it left.
    for (const auto& [key, value] : changed_) cache_.end_change(key, written ? value : std::nullopt);
    if (changes_ranges) cache_.end_change_of_all();
    return written;
  }

 private:
  // Notes in `changed_` what each item is after the batch, which may change one several times: what it is in between
  // must not be seen. Returns whether whole ranges are removed; then nothing is noted, since that may be removed too.
  bool collect(const KvBatch& batch) {
    changed_.clear();
    bool changes_ranges = false;
    batch.for_each([&](const KvBatch::Change& change) {
      if (change.family != Family::kItems) return;
      if (change.kind == KvBatch::Kind::kRemoveRange) changes_ranges = true;
      changed_[change.key] = change.kind == KvBatch::Kind::kPut ? std::optional(change.value) : std::nullopt;
    });
    if (changes_ranges) changed_.clear();
    return changes_ranges;
  }

  const std::unique_ptr<KvStore> kv_;
  mutable ItemCache cache_;
  const CachingReader reader_{*kv_, cache_};
  const CachingReader memory_reader_{kv_->in_memory(), cache_};
  std::unordered_map<std::string_view, std::optional<std::string_view>> changed_;  // kept for its memory
};

}  // namespace

std::unique_ptr<KvStore> with_item_cache(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed) {
  return std::make_unique<CachingKv>(std::move(kv), capacity_bytes, seed);
}

}  // namespace mrgc::engine
