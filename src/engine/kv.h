#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mrgc/base/error.h"

/// The seam between the engine and what keeps bytes: ordered maps ("families") that change together in atomic,
/// durable batches. RocksDB is behind it (`rocksdb_kv.h`); a simulator can put a crashable store there.
namespace mrgc::engine {

enum class Family : std::uint8_t { kMeta, kItems, kIndexes, kLog, kExpiry, kStreams };
inline constexpr std::size_t kFamilies = 6;

/// Changes that are applied together or not at all, in the order in which they were added. One flat buffer, so that
/// a request's changes are built on its thread and appended to the committer's with one copy.
class KvBatch {
 public:
  enum class Kind : std::uint8_t { kPut, kRemove, kRemoveRange };
  struct Change {
    Kind kind;
    Family family;
    std::string_view key;
    std::string_view value;  ///< the value of a put, the exclusive end of a range
  };

  void put(Family family, std::string_view key, std::string_view value) { add(Kind::kPut, family, key, value); }
  void remove(Family family, std::string_view key) { add(Kind::kRemove, family, key, {}); }
  /// Removes keys in [begin, end).
  void remove_range(Family family, std::string_view begin, std::string_view end) {
    add(Kind::kRemoveRange, family, begin, end);
  }
  void append(const KvBatch& other) { buffer_ += other.buffer_; }
  void clear() { buffer_.clear(); }
  bool empty() const { return buffer_.empty(); }
  std::size_t size_bytes() const { return buffer_.size(); }

  /// Calls `visit(Change)` for each change in order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      Header header;
      std::memcpy(&header, rest.data(), sizeof header);
      rest.remove_prefix(sizeof header);
      visit(Change{.kind = header.kind,
                   .family = header.family,
                   .key = rest.substr(0, header.key_size),
                   .value = rest.substr(header.key_size, header.value_size)});
      rest.remove_prefix(std::size_t{header.key_size} + header.value_size);
    }
  }

 private:
  struct Header {
    std::uint32_t key_size;
    std::uint32_t value_size;
    Kind kind;
    Family family;
  };

  void add(Kind kind, Family family, std::string_view key, std::string_view value) {
    Header header{};
    header.key_size = static_cast<std::uint32_t>(key.size());
    header.value_size = static_cast<std::uint32_t>(value.size());
    header.kind = kind;
    header.family = family;
    char bytes[sizeof header];
    std::memcpy(bytes, &header, sizeof header);
    buffer_.append(bytes, sizeof header).append(key).append(value);
  }

  std::string buffer_;
};

/// Walks the entries of a family within bounds. Views stay valid until the iterator moves. Not thread-safe.
class KvIterator {
 public:
  virtual ~KvIterator() = default;
  virtual bool valid() const = 0;
  virtual void seek_to_first() = 0;
  virtual void seek_to_last() = 0;
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  /// Whether the walk ended because of an error rather than at a bound.
  virtual Result<void> status() const = 0;
};

/// A moment of the whole store; reads at it see nothing later. Must not outlive the store.
class KvSnapshot {
 public:
  virtual ~KvSnapshot() = default;
};

/// Reads of a store. Thread-safe.
class KvReader {
 public:
  virtual ~KvReader() = default;

  /// The value of `key`, or nothing.
  virtual Result<std::optional<std::string>> get(Family family, std::string_view key,
                                                 const KvSnapshot* snapshot = nullptr) const = 0;

  /// Entries with keys in [begin, end), as of now or of `snapshot`. The iterator keeps no reference to the bounds.
  virtual std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                              const KvSnapshot* snapshot = nullptr) const = 0;

  /// As `iterate`, for who walks over many entries and will not need them soon again: they do not take the place of
  /// others in memory.
  virtual std::unique_ptr<KvIterator> scan(Family family, std::string begin, std::string end,
                                           const KvSnapshot* snapshot = nullptr) const {
    return iterate(family, std::move(begin), std::move(end), snapshot);
  }

  virtual std::unique_ptr<KvSnapshot> snapshot() const = 0;
};

/// Thread-safe for reads; `write` is called by one thread at a time.
class KvStore : public KvReader {
 public:
  /// Reads what is in memory, for threads that must not wait for the disk: fails with `kWouldBlock` where that is not
  /// enough. Lives as long as the store.
  virtual const KvReader& in_memory() const { return *this; }

  /// About how many bytes the entries with keys in [begin, end) take, on the disk or in memory.
  virtual std::uint64_t approximate_bytes(Family family, std::string_view begin, std::string_view end) const = 0;

  /// Applies the batch, which may be empty; with `sync`, it and everything before it is on the disk on return, and it
  /// is not visible earlier. After an error nothing of the batch is visible, and the store takes no further writes.
  virtual Result<void> write(const KvBatch& batch, bool sync) = 0;
};

}  // namespace mrgc::engine
