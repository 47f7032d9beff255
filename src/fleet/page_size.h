#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace mrgc::fleet {

/// How many rows to examine with each page of a read that wants so many. What filters, expiry and staleness leave out
/// is not known beforehand, so pages grow: were each one to ask for what is still wanted, a long run of rows that are
/// left out would cost a request a row.
class PageSize {
 public:
  /// `wanted`: at least 1. `filtered`: whether the store leaves rows out by itself.
  PageSize(std::size_t wanted, bool filtered)
      : most_(std::max(static_cast<std::int64_t>(wanted), kMaxGrown)),
        next_(std::min(static_cast<std::int64_t>(wanted) * (filtered ? kFactor : 1), most_)) {}

  /// The size of the next page.
  std::int64_t next() {
    const std::int64_t size = next_;
    next_ = std::min(size * kFactor, most_);
    return size;
  }

 private:
  static constexpr std::int64_t kFactor = 4;
  static constexpr std::int64_t kMaxGrown = 4096;

  std::int64_t most_;
  std::int64_t next_;
};

}  // namespace mrgc::fleet
