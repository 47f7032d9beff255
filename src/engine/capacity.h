#pragma once

#include <cstddef>

/// Capacity units as DynamoDB charges them (Developer Guide, "Capacity unit consumption").
namespace mrgc::engine {

inline constexpr std::size_t kReadUnitBytes = 4096;
inline constexpr std::size_t kWriteUnitBytes = 1024;

enum class ReadKind { kEventual, kConsistent, kTransactional };

/// Units for reading `bytes` in one go: a unit for each started 4 KB, at least one (an item that is not there also
/// costs), half of it when eventually consistent, twice in a transaction.
inline double read_units(std::size_t bytes, ReadKind kind) {
  const std::size_t blocks = bytes == 0 ? 1 : (bytes + kReadUnitBytes - 1) / kReadUnitBytes;
  const double units = static_cast<double>(blocks);
  switch (kind) {
    case ReadKind::kEventual: return units * 0.5;
    case ReadKind::kConsistent: return units;
    case ReadKind::kTransactional: return units * 2;
  }
  return units;
}

/// Units for writing an item or index entry of `bytes`: one for each started 1 KB, at least one.
inline double write_units(std::size_t bytes) {
  return bytes == 0 ? 1.0 : static_cast<double>((bytes + kWriteUnitBytes - 1) / kWriteUnitBytes);
}

}  // namespace mrgc::engine
