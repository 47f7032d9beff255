#pragma once

#include <vector>

#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// Adds `more` to its table's entry in `sums`, or appends it: operations on several items report one entry for each
/// table (API Reference, TransactWriteItems).
void add_capacity(std::vector<store::ConsumedCapacity>& sums, const store::ConsumedCapacity& more);

}  // namespace mrgc::engine
