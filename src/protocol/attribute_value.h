#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"
#include "protocol/json.h"

/// DynamoDB's `AttributeValue` (`{"S": "text"}`, `{"N": "1.5"}`, `{"L": [...]}`) and the encoded form of the store.
namespace mrgc::protocol {

/// Whether the JSON types in an `AttributeValue` are right, its nested ones included; unknown members are ignored.
/// Errors: `kSerialization`.
Result<void> check_attribute_value_types(JsonValue value);

/// How errors of numbers and of sets with duplicates are worded. AWS has two layers that check values: `BatchWriteItem`
/// and `Scan` still go through the older one.
enum class ValueWords : std::uint8_t { kNewer, kOlder };

/// The item of a map from names to `AttributeValue`s, whose JSON types are right.
/// Errors: `kValidation`, with DynamoDB's message, for a value without or with several types, a number that is none,
/// an empty set, a set with duplicates or null, `{"NULL": false}`, and too many nested levels.
Result<item::Item> decode_item(JsonValue map, ValueWords words = ValueWords::kNewer);

/// As `decode_item`, for one value.
Result<item::Value> decode_value(JsonValue value, ValueWords words = ValueWords::kNewer);

/// Appends an item as the JSON of a map from names to `AttributeValue`s.
void append_item(std::string& out, const item::Item& item);

/// Appends a value as the JSON of an `AttributeValue`.
void append_value(std::string& out, const item::ValueView& value);

}  // namespace mrgc::protocol
