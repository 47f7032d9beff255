#include "engine/entry_walk.h"

#include <algorithm>
#include <vector>

namespace mrgc::engine {
namespace {

class StoreWalk final : public EntryWalk {
 public:
  StoreWalk(const KvReader& kv, WalkRange range, const KvSnapshot* moment)
      : forward_(range.forward),
        iterator_(kv.iterate(range.family, std::move(range.begin), std::move(range.end), moment)) {}

  Result<std::optional<std::string_view>> next() override {
    if (!started_) {
      started_ = true;
      if (forward_) {
        iterator_->seek_to_first();
      } else {
        iterator_->seek_to_last();
      }
    } else if (forward_) {
      iterator_->next();
    } else {
      iterator_->prev();
    }
    if (iterator_->valid()) return iterator_->value();
    if (auto status = iterator_->status(); !status) return base::forward_error(status);
    return std::nullopt;
  }

 private:
  bool forward_;
  bool started_ = false;
  std::unique_ptr<KvIterator> iterator_;
};

// Reads the entries that a directory names, chunk by chunk; each chunk as of the moment for which its keys are
// complete. So within a chunk no entry is missed or met twice, however it moves; an entry that moves between two chunks
// may be, as one that moves between two pages.
class DirectoryWalk final : public EntryWalk {
 public:
  DirectoryWalk(const KvReader& kv, WalkRange range, std::shared_ptr<const IndexDirectory> directory,
                std::size_t expected)
      : kv_(kv),
        range_(std::move(range)),
        directory_(std::move(directory)),
        next_size_(std::clamp<std::size_t>(expected, 1, kMaxChunk)) {}

  Result<std::optional<std::string_view>> next() override {
    while (true) {
      if (rest_) return rest_->next();
      if (position_ == chunk_.keys.size()) {
        if (!refill()) return std::nullopt;
        continue;
      }
      auto value = kv_.get(range_.family, chunk_.keys[position_++], chunk_.snapshot.get());
      if (!value) return base::forward_error(value);
      if (!*value) continue;  // not committed yet, or not any more
      value_ = std::move(**value);
      return std::string_view(value_);
    }
  }

 private:
  static constexpr std::size_t kMaxChunk = 256;

  // Whether there may be more.
  bool refill() {
    if (ended_) return false;
    if (!chunk_.keys.empty()) {
      std::string& last = chunk_.keys.back();
      if (range_.forward) {
        range_.begin = std::move(last);
        range_.begin.push_back('\0');
      } else {
        range_.end = std::move(last);
      }
    }
    position_ = 0;
    auto chunk = directory_->read(kv_, range_.begin, range_.end, range_.forward, next_size_);
    if (!chunk) {
      rest_.emplace(kv_, range_, nullptr);  // the directory was dropped meanwhile: on without it
      return true;
    }
    chunk_ = std::move(*chunk);
    ended_ = chunk_.keys.size() < next_size_;  // at that moment: a later look could find one that has moved there
    next_size_ = kMaxChunk;
    return !chunk_.keys.empty();
  }

  const KvReader& kv_;
  WalkRange range_;
  std::shared_ptr<const IndexDirectory> directory_;
  std::size_t next_size_;
  IndexDirectory::Chunk chunk_;
  std::size_t position_ = 0;
  bool ended_ = false;
  std::string value_;
  std::optional<StoreWalk> rest_;
};

}  // namespace

std::unique_ptr<EntryWalk> walk(const KvReader& kv, WalkRange range, const KvSnapshot* moment) {
  return std::make_unique<StoreWalk>(kv, std::move(range), moment);
}

std::unique_ptr<EntryWalk> walk(const KvReader& kv, WalkRange range, std::shared_ptr<const IndexDirectory> directory,
                                std::size_t expected) {
  return std::make_unique<DirectoryWalk>(kv, std::move(range), std::move(directory), expected);
}

}  // namespace mrgc::engine
