#pragma once

#include "engine/catalog.h"
#include "engine/write_path.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// BatchWriteItem: each put and delete for itself, answered together.
void batch_write_item(const Catalog& catalog, WritePath& writes, store::BatchWriteItemRequest request,
                      store::Completion<store::BatchWriteItemResult> done);

/// TransactWriteItems: all actions or none.
void transact_write_items(const Catalog& catalog, WritePath& writes, store::TransactWriteItemsRequest request,
                          store::Completion<store::TransactWriteItemsResult> done);

}  // namespace mrgc::engine
