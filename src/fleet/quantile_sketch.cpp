#include "mrgc/fleet/quantile_sketch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace mrgc::fleet {
namespace {

constexpr double kGamma = (1 + QuantileSketch::kRelativeError) / (1 - QuantileSketch::kRelativeError);
constexpr char kFormat = 1;
constexpr std::size_t kMaxVarintBytes = 10;
// Of what is read back: nothing real comes near it, and sums of thousands of such counts still cannot overflow.
constexpr std::uint64_t kMaxCount = 1ULL << 48;

// Bucket i holds the values in (gamma^(i-1), gamma^i].
std::int32_t bucket_index(double value) {
  static const double kLogGamma = std::log(kGamma);
  return static_cast<std::int32_t>(std::ceil(std::log(value) / kLogGamma));
}

// The value whose distance from both bounds of the bucket is the same fraction of the bound.
double bucket_value(std::int32_t index) { return 2 * std::pow(kGamma, index) / (kGamma + 1); }

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

// Takes a varint off the front of `in`. Nothing when it is cut short, too large, or longer than necessary.
std::optional<std::uint64_t> read_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min(in.size(), kMaxVarintBytes); ++i) {
    const auto byte = static_cast<std::uint8_t>(in[i]);
    const std::uint64_t bits = byte & 0x7F;
    if (i == kMaxVarintBytes - 1 && bits > 1) return std::nullopt;
    value |= bits << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 0) return std::nullopt;
    in.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

std::uint64_t zigzag(std::int64_t value) { return static_cast<std::uint64_t>(value >= 0 ? 2 * value : -2 * value - 1); }

}  // namespace

Result<void> QuantileSketch::add(double value) {
  if (!std::isfinite(value) || value < 0) {
    return base::fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a number of at least 0", value));
  }
  ++count_;
  if (value < kMinValue) {
    ++zero_count_;
    return {};
  }
  const std::int32_t index = bucket_index(std::min(value, kMaxValue));
  const auto at = std::ranges::lower_bound(buckets_, index, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == index) {
    ++at->count;
  } else {
    buckets_.insert(at, {.index = index, .count = 1});
    collapse();
  }
  return {};
}

void QuantileSketch::merge(const QuantileSketch& other) {
  std::vector<Bucket> merged;
  merged.reserve(buckets_.size() + other.buckets_.size());
  auto mine = buckets_.begin();
  auto theirs = other.buckets_.begin();
  while (mine != buckets_.end() || theirs != other.buckets_.end()) {
    if (theirs == other.buckets_.end() || (mine != buckets_.end() && mine->index < theirs->index)) {
      merged.push_back(*mine++);
    } else if (mine == buckets_.end() || theirs->index < mine->index) {
      merged.push_back(*theirs++);
    } else {
      merged.push_back({.index = mine->index, .count = mine->count + theirs->count});
      ++mine;
      ++theirs;
    }
  }
  buckets_ = std::move(merged);
  count_ += other.count_;
  zero_count_ += other.zero_count_;
  collapse();
}

// Which buckets remain depends only on the highest indexes that were ever there, not on the order in which they came:
// that is what makes merging associative.
void QuantileSketch::collapse() {
  if (buckets_.size() <= kMaxBuckets) return;
  const auto lowest_kept = buckets_.end() - kMaxBuckets;
  for (auto joined = buckets_.begin(); joined != lowest_kept; ++joined) lowest_kept->count += joined->count;
  buckets_.erase(buckets_.begin(), lowest_kept);
}

std::optional<double> QuantileSketch::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = static_cast<std::uint64_t>(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_ - 1));
  std::uint64_t seen = zero_count_;
  if (rank < seen) return 0.0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (rank < seen) return bucket_value(bucket.index);
  }
  return buckets_.empty() ? 0.0 : bucket_value(buckets_.back().index);
}

// One byte of format; varints: zeros, number of buckets, the first index (zigzag), then for every bucket the distance
// from the one before (not for the first) and the count.
std::string QuantileSketch::to_bytes() const {
  std::string out(1, kFormat);
  append_varint(out, zero_count_);
  append_varint(out, buckets_.size());
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    append_varint(out, i == 0 ? zigzag(buckets_[0].index)
                              : static_cast<std::uint64_t>(buckets_[i].index - buckets_[i - 1].index));
    append_varint(out, buckets_[i].count);
  }
  return out;
}

Result<QuantileSketch> QuantileSketch::from_bytes(std::string_view bytes) {
  static const std::int32_t kLowest = bucket_index(kMinValue);
  static const std::int32_t kHighest = bucket_index(kMaxValue);
  const auto malformed = [] { return base::invalid("these bytes are not a quantile sketch"); };

  if (bytes.empty() || bytes.front() != kFormat) return malformed();
  bytes.remove_prefix(1);
  QuantileSketch sketch;
  const std::optional<std::uint64_t> zeros = read_varint(bytes);
  const std::optional<std::uint64_t> size = read_varint(bytes);
  if (!zeros || !size || *zeros > kMaxCount || *size > kMaxBuckets) return malformed();
  sketch.zero_count_ = sketch.count_ = *zeros;
  std::int64_t index = 0;
  for (std::uint64_t i = 0; i < *size; ++i) {
    const std::optional<std::uint64_t> step = read_varint(bytes);
    const std::optional<std::uint64_t> count = read_varint(bytes);
    // Bounded before it is used: indexes span a few thousand.
    if (!step || !count || *step > 0x10000 || (i > 0 && *step == 0) || *count == 0) return malformed();
    index = i == 0 ? static_cast<std::int64_t>(*step >> 1) ^ -static_cast<std::int64_t>(*step & 1)
                   : index + static_cast<std::int64_t>(*step);
    if (index < kLowest || index > kHighest) return malformed();
    if (*count > kMaxCount - sketch.count_) return malformed();
    sketch.count_ += *count;
    sketch.buckets_.push_back({.index = static_cast<std::int32_t>(index), .count = *count});
  }
  if (!bytes.empty()) return malformed();
  return sketch;
}

}  // namespace mrgc::fleet
