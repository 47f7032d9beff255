#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "mrgc/store/requests.h"
#include "protocol/attribute_value.h"
#include "protocol/json.h"

namespace mrgc::protocol {

/// `ReturnConsumedCapacity`.
enum class CapacityDetail : std::uint8_t { kNone, kTotal, kIndexes };

/// What of a request only its answer needs.
struct ReplyOptions {
  CapacityDetail capacity = CapacityDetail::kNone;
  bool count_only = false;  ///< of a query or scan: no items
  bool older = false;       ///< the update came as `AttributeUpdates`, or the filter as `QueryFilter`
  /// The ARNs that the request named tables by, by their names.
  std::map<std::string, std::string, std::less<>> arns{};

  /// Notes how a request names a table: by its name or its ARN.
  void add_table(std::string_view reference);
  /// The table of this name as the request names it.
  std::string_view shown(std::string_view table) const;
};

/// The error that a request's parameters are invalid, with DynamoDB's words in front of `what`.
std::unexpected<Error> invalid_parameters(std::string_view what);

/// A request in the store's terms, and how to answer it.
template <typename Request>
struct Decoded {
  Request request;
  ReplyOptions reply;
};

/// Reads the members of a request, or of a part of one, whose shape has been checked.
class RequestReader {
 public:
  explicit RequestReader(JsonValue object) : object_(object) {}

  JsonValue object() const { return object_; }
  bool has(std::string_view name) const { return object_.find(name).has_value(); }
  std::optional<JsonValue> find(std::string_view name) const { return object_.find(name); }
  /// The part of this name, which is there.
  RequestReader part(std::string_view name) const { return RequestReader(object_.find(name).value()); }

  /// The name of the table that `TableName` names, by ARN perhaps.
  std::string table() const;
  /// Empty when not sent.
  std::string text(std::string_view name) const;
  bool flag(std::string_view name, bool when_not_sent = false) const;
  std::optional<std::int64_t> number(std::string_view name) const;

  /// An item or key; empty when not sent. Errors: as `decode_item`.
  Result<item::Item> item(std::string_view name, ValueWords words = ValueWords::kNewer) const;

  /// Without the tables that the request names.
  ReplyOptions reply_options() const;
  /// Of a request on one table, which its `TableName` names.
  ReplyOptions reply_options_of_table() const;
  store::ReturnValues return_values() const;
  bool return_old_on_failure() const;
  bool return_collections() const;

 private:
  JsonValue object_;
};

/// The parameters that say the same in an older way, or in a newer one.
struct ParameterKinds {
  std::span<const std::string_view> expressions;
  std::span<const std::string_view> older;
  /// How the message about values without an expression ends; nothing: the operation has no values, and ignores them.
  std::optional<std::string_view> without_values_message{};
};

/// The error that both of `older` and of `expressions` were sent.
Result<void> mixed_kinds(std::span<const std::string_view> older, std::span<const std::string_view> expressions);

/// Checks that expressions and older parameters are not mixed, and that names and values come with an expression.
/// Errors: `kValidation` with DynamoDB's message.
Result<void> check_parameter_kinds(const RequestReader& request, const ParameterKinds& kinds);

/// Reads `ExpressionAttributeNames` and `ExpressionAttributeValues` into `names` and `values`; then checks that those
/// of `expressions` that were sent are not empty. Errors: `kValidation` with DynamoDB's message.
Result<void> read_placeholders(const RequestReader& request, std::span<const std::string_view> expressions,
                               store::Names& names, item::Item& values, ValueWords words = ValueWords::kNewer);
Result<void> read_names(const RequestReader& request, std::span<const std::string_view> expressions,
                        store::Names& names);

}  // namespace mrgc::protocol
