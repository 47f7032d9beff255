#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/kv.h"

namespace mrgc::engine {

/// `kv` with an `ItemCache` of `capacity_bytes` in front of its items: reads of single items that were read or written
/// lately need not look for them. Readers see what they would see of `kv` alone. `seed`: see `ItemCache`.
std::unique_ptr<KvStore> with_item_cache(std::unique_ptr<KvStore> kv, std::size_t capacity_bytes, std::uint64_t seed);

}  // namespace mrgc::engine
