#include "mrgc/base/random.h"

namespace mrgc::base {

std::string Random::hex_id(std::size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes * 2);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    if (i % 8 == 0) bits = next_u64();
    text.push_back(kDigits[(bits >> 4) & 0xF]);
    text.push_back(kDigits[bits & 0xF]);
    bits >>= 8;
  }
  return text;
}

std::uint64_t SystemRandom::next_u64() {
  const std::lock_guard lock(mutex_);
  return (static_cast<std::uint64_t>(device_()) << 32) | device_();
}

std::uint64_t SeededRandom::next_u64() {
  const std::lock_guard lock(mutex_);
  return engine_();
}

}  // namespace mrgc::base
