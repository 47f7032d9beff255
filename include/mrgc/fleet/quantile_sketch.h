#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mrgc/base/error.h"

namespace mrgc::fleet {

/// A summary of many values from which any quantile can be told within 1 % of the value, and that merges: the sketch
/// of the whole is exactly the merge of the parts' sketches, in whatever order and grouping they are merged.
///
/// Values are counted in buckets whose bounds grow by a constant factor. At most `kMaxBuckets` are kept; when there
/// would be more, the lowest are joined, so only quantiles near the bottom of values that span more than four orders of
/// magnitude lose accuracy. Not thread-safe.
class QuantileSketch {
 public:
  static constexpr double kRelativeError = 0.01;
  static constexpr std::size_t kMaxBuckets = 512;
  static constexpr double kMaxValue = 1e12;  ///< larger values count as this
  static constexpr double kMinValue = 1e-6;  ///< smaller ones count as 0

  /// Counts `value`, which must not be negative. Errors: `kInvalidArgument` for a negative or non-finite value.
  Result<void> add(double value);

  /// Counts all that `other` counted.
  void merge(const QuantileSketch& other);

  /// How many values were counted.
  std::uint64_t count() const { return count_; }

  /// The value at `q` of the way through the ordered values, 0 (the lowest) to 1 (the highest), within
  /// `kRelativeError`; nothing when none was counted.
  std::optional<double> quantile(double q) const;

  /// A compact form: typically 100 to 600 bytes, at most 16 KB. Equal sketches have equal bytes.
  std::string to_bytes() const;

  /// Reads what `to_bytes` wrote. Errors: `kValidation` for any other bytes.
  static Result<QuantileSketch> from_bytes(std::string_view bytes);

  friend bool operator==(const QuantileSketch&, const QuantileSketch&) = default;

 private:
  struct Bucket {
    std::int32_t index = 0;
    std::uint64_t count = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  void collapse();

  std::uint64_t count_ = 0;
  std::uint64_t zero_count_ = 0;
  std::vector<Bucket> buckets_;  // ascending by index, each with a count of at least 1
};

}  // namespace mrgc::fleet
