#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/kv.h"

namespace mrgc::engine {

/// `kv` with an `ItemCache` of half of `capacity_bytes` each in front of its items and of the entries of its indexes:
/// who reads single items that were read or written lately, or entries that were read, need not look for them, also at
/// a snapshot. Readers see what they would see of `kv` alone. `seed`: see `ItemCache`.
std::unique_ptr<KvStore> with_item_cache(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed);

}  // namespace mrgc::engine
