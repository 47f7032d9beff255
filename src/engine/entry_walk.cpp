#include "engine/entry_walk.h"

#include <algorithm>
#include <vector>

namespace mrgc::engine {
namespace {

class StoreWalk final : public EntryWalk {
 public:
  StoreWalk(const KvStore& kv, WalkRange range)
      : forward_(range.forward), iterator_(kv.iterate(range.family, std::move(range.begin), std::move(range.end))) {}

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

class DirectoryWalk final : public EntryWalk {
 public:
  DirectoryWalk(const KvStore& kv, WalkRange range, std::shared_ptr<const IndexDirectory> directory,
                std::size_t expected)
      : kv_(kv),
        range_(std::move(range)),
        directory_(std::move(directory)),
        chunk_(std::clamp<std::size_t>(expected, 1, kMaxChunk)) {}

  Result<std::optional<std::string_view>> next() override {
    while (true) {
      if (position_ == keys_.size() && !refill()) return std::nullopt;
      auto value = kv_.get(range_.family, keys_[position_++]);
      if (!value) return base::forward_error(value);
      if (!*value) continue;  // removed since the directory named it
      value_ = std::move(**value);
      return std::string_view(value_);
    }
  }

 private:
  static constexpr std::size_t kMaxChunk = 256;

  bool refill() {
    if (!keys_.empty()) {
      std::string& last = keys_.back();
      if (range_.forward) {
        range_.begin = std::move(last);
        range_.begin.push_back('\0');
      } else {
        range_.end = std::move(last);
      }
    }
    keys_ = directory_->keys(range_.begin, range_.end, range_.forward, chunk_);
    position_ = 0;
    chunk_ = kMaxChunk;
    return !keys_.empty();
  }

  const KvStore& kv_;
  WalkRange range_;
  std::shared_ptr<const IndexDirectory> directory_;
  std::size_t chunk_;
  std::vector<std::string> keys_;
  std::size_t position_ = 0;
  std::string value_;
};

}  // namespace

std::unique_ptr<EntryWalk> walk(const KvStore& kv, WalkRange range, std::shared_ptr<const IndexDirectory> directory,
                                std::size_t expected) {
  if (directory == nullptr) return std::make_unique<StoreWalk>(kv, std::move(range));
  return std::make_unique<DirectoryWalk>(kv, std::move(range), std::move(directory), expected);
}

}  // namespace mrgc::engine
