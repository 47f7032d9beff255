#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"
#include "mrgc/store/requests.h"
#include "protocol/json.h"
#include "protocol/request_reader.h"

namespace mrgc::protocol {

/// The parameters that expressions replaced (API Reference, "Legacy conditional parameters"), as expressions: the store
/// knows only those. One object for each request; it adds placeholders of its own to those of the request, under names
/// that no request uses.
///
/// Errors of all: `kValidation` with DynamoDB's message.
class OlderParameters {
 public:
  /// `AttributesToGet` as a projection expression; empty when not sent.
  Result<std::string> projection(const RequestReader& request);

  /// `Expected` (with `ConditionalOperator`) as a condition expression; empty when not sent.
  Result<std::string> expected(const RequestReader& request);

  /// `QueryFilter` or `ScanFilter` (with `ConditionalOperator`) as a filter expression; empty when not sent.
  Result<std::string> filter(const RequestReader& request, std::string_view parameter);

  /// `KeyConditions` as a key condition expression.
  Result<std::string> key_conditions(const RequestReader& request);

  /// `AttributeUpdates` as an update expression; empty when there are none.
  Result<std::string> updates(const RequestReader& request);

  /// Adds the placeholders that the expressions use.
  Result<void> add_placeholders(store::Names& names, item::Item& values) const;

 private:
  std::string name(std::string_view attribute);
  std::string value(const item::Value& value);
  Result<std::string> comparison(std::string_view attribute, std::string_view comparison_operator,
                                 const std::vector<JsonValue>& operands);
  Result<std::string> expected_one(std::string_view attribute, const RequestReader& expected);

  std::map<std::string, std::string> placeholders_;  // by attribute
  item::ItemBuilder values_;
  std::size_t values_count_ = 0;
};

/// What went wrong with an update or filter that `OlderParameters` made, as AWS says it of `AttributeUpdates` and
/// `QueryFilter`.
Error in_older_words(Error error);

}  // namespace mrgc::protocol
