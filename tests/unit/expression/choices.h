#pragma once

#include <cstddef>
#include <string_view>

namespace mrgc::expression::model {

/// Decisions drawn from bytes: random ones in property tests, the fuzzer's in fuzz tests. When the bytes have run out
/// every decision is 0, so a generator ends if its decision 0 is the smallest thing that it can make.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}

  /// A number from 0 to `bound` - 1; `bound` is 1 to 256.
  std::size_t below(std::size_t bound) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % bound;
  }

  bool flip() { return below(2) == 1; }

  template <typename Range>
  const auto& pick(const Range& range) {
    return *(std::begin(range) + static_cast<std::ptrdiff_t>(below(std::size(range))));
  }

 private:
  std::string_view bytes_;
};

}  // namespace mrgc::expression::model
