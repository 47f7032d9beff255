#pragma once

#include "engine/table.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::engine {

/// The record of a table in the store's meta family.
item::Item encode_table(const Table& table);
/// Errors: `kStorage` when the record is not one.
Result<TablePtr> decode_table(const item::Item& record);

}  // namespace mrgc::engine
