#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "expression/placeholders.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// The key attributes of the table or index that is queried.
struct KeyNames {
  std::string_view partition;
  item::Type partition_type = item::Type::kString;
  std::optional<std::string_view> sort;
  item::Type sort_type = item::Type::kString;
};

/// What a query selects by key (Developer Guide, "Key condition expressions"): the partition, and a condition on the
/// sort key.
struct KeyCondition {
  enum class Op : std::uint8_t { kNone, kEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kBetween, kBeginsWith };

  item::ValueView partition;            ///< of the partition key's type
  Op op = Op::kNone;                    ///< what is asked of the sort key; `kNone`: anything
  std::optional<item::ValueView> low;   ///< of the sort key's type; set unless `op` is `kNone`
  std::optional<item::ValueView> high;  ///< of the sort key's type, at least `low`; set when `op` is `kBetween`
  item::Item values;                    ///< keeps alive what the members above view
};

/// Parses a `KeyConditionExpression`: an equality on the partition key and, joined by `AND` in either order, at most
/// one condition on the sort key. Errors: `kValidation` with DynamoDB's message.
Result<KeyCondition> parse_key_condition(std::string_view text, Placeholders& placeholders, const KeyNames& keys);

}  // namespace mrgc::expression
