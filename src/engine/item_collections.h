#pragma once

#include <vector>

#include "engine/kv.h"
#include "engine/table.h"
#include "engine/write_intent.h"
#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// Adds the collection unless it is there already.
void add_collection(std::vector<store::ItemCollection>& collections, store::ItemCollection collection);

/// Adds the collection that the intent writes to, with its size, when its table has local indexes.
void add_collection(std::vector<store::ItemCollection>& collections, const KvStore& kv, const WriteIntent& intent);

}  // namespace mrgc::engine
