#include "protocol/request_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "expression/condition.h"
#include "expression/key_condition.h"
#include "expression/placeholders.h"
#include "expression/projection.h"
#include "expression/update.h"
#include "protocol/attribute_value.h"
#include "protocol/table_reference.h"
#include "protocol/wire_flag.h"
#include "protocol/wire_number.h"

namespace mrgc::protocol {
namespace {

std::vector<std::string_view> sent(const RequestReader& request, std::span<const std::string_view> names) {
  std::vector<std::string_view> found;
  for (const std::string_view name : names) {
    if (request.has(name)) found.push_back(name);
  }
  return found;
}

}  // namespace

std::unexpected<Error> invalid_parameters(std::string_view what) {
  return base::invalid(fmt::format("One or more parameter values were invalid: {}", what));
}

void ReplyOptions::add_table(std::string_view reference) {
  const std::string_view table = table_name(reference);
  if (table.size() < reference.size()) arns.emplace(table, reference);
}

std::string_view ReplyOptions::shown(std::string_view table) const {
  const auto arn = arns.find(table);
  return arn == arns.end() ? table : std::string_view(arn->second);
}

std::string RequestReader::text(std::string_view name) const {
  const auto value = find(name);
  return value ? std::string(value->text()) : std::string();
}

std::string RequestReader::table() const {
  const auto value = find("TableName");
  return value ? std::string(table_name(value->text())) : std::string();
}

bool RequestReader::flag(std::string_view name, bool when_not_sent) const {
  const auto value = find(name);
  return value ? wire_flag(*value).value_or(when_not_sent) : when_not_sent;
}

std::optional<std::int64_t> RequestReader::number(std::string_view name) const {
  const auto value = find(name);
  if (!value) return std::nullopt;
  return wire_int64(value->text());
}

Result<item::Item> RequestReader::item(std::string_view name, ValueWords words) const {
  const auto value = find(name);
  if (!value) return item::Item();
  return decode_item(*value, words);
}

ReplyOptions RequestReader::reply_options() const {
  ReplyOptions options;
  if (const auto detail = find("ReturnConsumedCapacity")) {
    if (detail->text() == "TOTAL") options.capacity = CapacityDetail::kTotal;
    if (detail->text() == "INDEXES") options.capacity = CapacityDetail::kIndexes;
  }
  return options;
}

ReplyOptions RequestReader::reply_options_of_table() const {
  ReplyOptions options = reply_options();
  options.add_table(text("TableName"));
  return options;
}

store::ReturnValues RequestReader::return_values() const {
  const auto value = find("ReturnValues");
  if (!value) return store::ReturnValues::kNone;
  const std::string_view name = value->text();
  if (name == "ALL_OLD") return store::ReturnValues::kAllOld;
  if (name == "ALL_NEW") return store::ReturnValues::kAllNew;
  if (name == "UPDATED_OLD") return store::ReturnValues::kUpdatedOld;
  if (name == "UPDATED_NEW") return store::ReturnValues::kUpdatedNew;
  return store::ReturnValues::kNone;
}

bool RequestReader::return_old_on_failure() const {
  const auto value = find("ReturnValuesOnConditionCheckFailure");
  return value && value->text() == "ALL_OLD";
}

bool RequestReader::return_collections() const {
  const auto value = find("ReturnItemCollectionMetrics");
  return value && value->text() == "SIZE";
}

Result<void> mixed_kinds(std::span<const std::string_view> older, std::span<const std::string_view> expressions) {
  return base::invalid(
      fmt::format("Can not use both expression and non-expression parameters in the same request: Non-expression "
                  "parameters: {{{}}} Expression parameters: {{{}}}",
                  fmt::join(older, ", "), fmt::join(expressions, ", ")));
}

Result<void> check_parameter_kinds(const RequestReader& request, const ParameterKinds& kinds) {
  const auto expressions = sent(request, kinds.expressions);
  const auto older = sent(request, kinds.older);
  if (!expressions.empty() && !older.empty()) return mixed_kinds(older, expressions);
  if (expressions.empty() && request.has("ExpressionAttributeNames")) {
    return base::invalid("ExpressionAttributeNames can only be specified when using expressions");
  }
  const bool any_with_values =
      std::ranges::any_of(expressions, [](std::string_view name) { return name != "ProjectionExpression"; });
  // Reads of single items have no such parameter, so they ignore it as they do any other unknown one.
  if (kinds.without_values_message && !any_with_values && request.has("ExpressionAttributeValues")) {
    return base::invalid(fmt::format("ExpressionAttributeValues can only be specified when using expressions{}",
                                     *kinds.without_values_message));
  }
  return {};
}

namespace {

// Whether an expression of the request parses.
Result<void> check_expression(std::string_view name, std::string_view text, expression::Placeholders& placeholders) {
  const auto outcome = [](const auto& parsed) -> Result<void> {
    if (!parsed) return std::unexpected(parsed.error());
    return {};
  };
  if (name == "UpdateExpression") return outcome(expression::Update::parse(text, placeholders));
  if (name == "KeyConditionExpression") return outcome(expression::KeyExpression::parse(text, placeholders));
  if (name == "ProjectionExpression") return outcome(expression::Projection::parse(text, placeholders));
  const auto role = name == "FilterExpression" ? expression::Role::kFilter : expression::Role::kCondition;
  return outcome(expression::Condition::parse(text, placeholders, role));
}

// Checks that none of the expressions is empty: to the store, an empty one was not sent. It would parse them in this
// order, so what is wrong with those before an empty one is told first.
Result<void> check_not_empty(const RequestReader& request, std::span<const std::string_view> expressions,
                             const store::Names& names, const item::Item& values) {
  const auto is_empty = [&](std::string_view name) {
    const auto value = request.find(name);
    return value && value->text().empty();
  };
  if (std::ranges::none_of(expressions, is_empty)) return {};
  expression::Placeholders placeholders(names, values);
  for (const std::string_view name : {"UpdateExpression", "ConditionExpression", "KeyConditionExpression",
                                      "FilterExpression", "ProjectionExpression"}) {
    if (std::ranges::find(expressions, name) == expressions.end()) continue;
    if (is_empty(name)) return base::invalid(fmt::format("Invalid {}: The expression can not be empty;", name));
    const auto value = request.find(name);
    if (!value) continue;
    if (auto checked = check_expression(name, value->text(), placeholders); !checked) return checked;
  }
  return {};
}

Result<void> read_all_names(const RequestReader& request, store::Names& names) {
  const auto sent_names = request.find("ExpressionAttributeNames");
  if (!sent_names) return {};
  if (sent_names->size() == 0) return base::invalid("ExpressionAttributeNames must not be empty");
  for (const auto& [placeholder, name] : sent_names->members()) {
    if (name.is_null()) {
      return base::invalid(
          fmt::format("ExpressionAttributeNames contains invalid value: Null value for key {}", placeholder));
    }
    names.insert_or_assign(std::string(placeholder), std::string(name.text()));
  }
  return expression::Placeholders(names, {}).check_syntax();
}

}  // namespace

Result<void> read_names(const RequestReader& request, std::span<const std::string_view> expressions,
                        store::Names& names) {
  if (auto read = read_all_names(request, names); !read) return read;
  return check_not_empty(request, expressions, names, {});
}

Result<void> read_placeholders(const RequestReader& request, std::span<const std::string_view> expressions,
                               store::Names& names, item::Item& values, ValueWords words) {
  if (auto read = read_all_names(request, names); !read) return read;
  const auto sent_values = request.find("ExpressionAttributeValues");
  if (!sent_values) return check_not_empty(request, expressions, names, {});
  if (sent_values->size() == 0) return base::invalid("ExpressionAttributeValues must not be empty");
  for (const auto& [placeholder, sent_value] : sent_values->members()) {
    auto checked = expression::Placeholders::check_value_placeholder(placeholder);
    if (!checked) return checked;
  }
  item::ItemBuilder builder;
  for (const auto& [placeholder, sent_value] : sent_values->members()) {
    auto value = decode_value(sent_value, words);
    if (!value && words == ValueWords::kNewer) return base::forward_error(value);
    if (!value) {
      return base::invalid(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}",
                                       value.error().message, placeholder));
    }
    builder.set(placeholder, *value);
  }
  values = builder.build();
  return check_not_empty(request, expressions, names, values);
}

}  // namespace mrgc::protocol
