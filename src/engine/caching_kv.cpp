#include "engine/caching_kv.h"

#include <atomic>
#include <limits>
#include <unordered_map>
#include <utility>

#include "engine/item_cache.h"

namespace mrgc::engine {
namespace {

constexpr std::uint64_t kNow = std::numeric_limits<std::uint64_t>::max();

/// The caches, and the number of the last write that has ended.
struct Caches {
  Caches(std::size_t capacity_bytes, std::uint64_t seed)
      : items(capacity_bytes / 2, ItemCache::Takes::kWritten, seed),
        entries(capacity_bytes / 2, ItemCache::Takes::kRead, seed) {}

  ItemCache* of(Family family) {
    return family == Family::kItems ? &items : family == Family::kIndexes ? &entries : nullptr;
  }

  ItemCache items;    // each is read before it is changed
  ItemCache entries;  // most are never read: what is asked for is the best of many
  std::atomic<std::uint64_t> ended{0};
};

class CachingSnapshot final : public KvSnapshot {
 public:
  CachingSnapshot(std::uint64_t ended_write, std::unique_ptr<KvSnapshot> kv_snapshot)
      : at(ended_write), inner(std::move(kv_snapshot)) {}

  const std::uint64_t at;  ///< this write had ended when `inner` was taken, so it is in it; later ones may be
  const std::unique_ptr<KvSnapshot> inner;
};

class CachingReader final : public KvReader {
 public:
  CachingReader(const KvReader& kv, Caches& caches) : kv_(kv), caches_(caches) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    ItemCache* cache = caches_.of(family);
    if (cache == nullptr) return kv_.get(family, key, inner(snapshot));
    const std::uint64_t at = snapshot != nullptr ? own(*snapshot).at : kNow;
    ItemCache::Look look;
    if (auto value = cache->find(key, at, look)) return value;
    auto value = kv_.get(family, key, inner(snapshot));
    if (value && *value) cache->offer(key, **value, at, look);
    return value;
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return kv_.iterate(family, std::move(begin), std::move(end), inner(snapshot));
  }
  std::unique_ptr<KvIterator> scan(Family family, std::string begin, std::string end,
                                   const KvSnapshot* snapshot) const override {
    return kv_.scan(family, std::move(begin), std::move(end), inner(snapshot));
  }
  std::unique_ptr<KvSnapshot> snapshot() const override {
    const std::uint64_t at = caches_.ended.load();  // first
    return std::make_unique<CachingSnapshot>(at, kv_.snapshot());
  }

 private:
  static const CachingSnapshot& own(const KvSnapshot& snapshot) {
    return static_cast<const CachingSnapshot&>(snapshot);
  }
  static const KvSnapshot* inner(const KvSnapshot* snapshot) {
    return snapshot != nullptr ? own(*snapshot).inner.get() : nullptr;
  }

  const KvReader& kv_;
  Caches& caches_;
};

class CachingKv final : public KvStore {
 public:
  CachingKv(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed)
      : kv_(std::move(kv)), caches_(capacity_bytes, seed) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    return reader_.get(family, key, snapshot);
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return reader_.iterate(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvIterator> scan(Family family, std::string begin, std::string end,
                                   const KvSnapshot* snapshot) const override {
    return reader_.scan(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvSnapshot> snapshot() const override { return reader_.snapshot(); }
  const KvReader& in_memory() const override { return memory_reader_; }
  std::uint64_t approximate_bytes(Family family, std::string_view begin, std::string_view end) const override {
    return kv_->approximate_bytes(family, begin, end);
  }

  Result<void> write(const KvBatch& batch, bool sync) override {
    collect(batch, items_);
    collect(batch, entries_);
    const std::uint64_t number = caches_.ended.load() + 1;
    begin(items_);
    begin(entries_);
    auto written = kv_->write(batch, sync);
    end(items_, number, written.has_value());
    end(entries_, number, written.has_value());
    caches_.ended.store(number);
    return written;
  }

 private:
  /// What a batch changes in a family.
  struct Changes {
    const Family family;
    ItemCache& cache;
    bool ranges = false;  // whole ones are removed: then anything may be
    std::unordered_map<std::string_view, std::optional<std::string_view>> keys{};  // kept for its memory
  };

  // Notes what each key has after the batch, which may change one several times: what it has in between must not be
  // seen.
  static void collect(const KvBatch& batch, Changes& changes) {
    changes.keys.clear();
    changes.ranges = false;
    batch.for_each([&](const KvBatch::Change& change) {
      if (change.family != changes.family) return;
      if (change.kind == KvBatch::Kind::kRemoveRange) changes.ranges = true;
      changes.keys[change.key] = change.kind == KvBatch::Kind::kPut ? std::optional(change.value) : std::nullopt;
    });
    if (changes.ranges) changes.keys.clear();
  }

  static void begin(Changes& changes) {
    if (changes.ranges) changes.cache.begin_change_of_all();
    for (const auto& [key, value] : changes.keys) changes.cache.begin_change(key);
  }

  // Of a failed write nobody knows what it left.
  static void end(Changes& changes, std::uint64_t number, bool written) {
    for (const auto& [key, value] : changes.keys) {
      changes.cache.end_change(key, written ? value : std::nullopt, number);
    }
    if (changes.ranges) changes.cache.end_change_of_all(number);
  }

  const std::unique_ptr<KvStore> kv_;
  mutable Caches caches_;
  const CachingReader reader_{*kv_, caches_};
  const CachingReader memory_reader_{kv_->in_memory(), caches_};
  // The writer's own.
  Changes items_{.family = Family::kItems, .cache = caches_.items};
  Changes entries_{.family = Family::kIndexes, .cache = caches_.entries};
};

}  // namespace

std::unique_ptr<KvStore> with_item_cache(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed) {
  return std::make_unique<CachingKv>(std::move(kv), capacity_bytes, seed);
}

}  // namespace mrgc::engine
