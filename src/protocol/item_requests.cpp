#include "protocol/item_requests.h"

#include <array>
#include <span>

#include "protocol/attribute_value.h"
#include "protocol/older_parameters.h"
#include "protocol/reply.h"
#include "store/validation.h"

namespace mrgc::protocol {
namespace {

// Reads the condition of a write, in the new or the old way, with the placeholders of all its expressions.
template <typename Request>
Result<void> read_condition(const RequestReader& reader, std::span<const std::string_view> expressions,
                            OlderParameters& older, Request& request) {
  auto expected = older.expected(reader);
  if (!expected) return base::forward_error(expected);
  request.older_parameters = !expected->empty();
  request.condition_expression = expected->empty() ? reader.text("ConditionExpression") : std::move(*expected);
  if (auto read = read_placeholders(reader, expressions, request.names, request.values); !read) return read;
  return older.add_placeholders(request.names, request.values);
}

Result<void> check_old_or_none(const RequestReader& reader) {
  const store::ReturnValues values = reader.return_values();
  if (values == store::ReturnValues::kNone || values == store::ReturnValues::kAllOld) return {};
  return base::invalid("ReturnValues can only be ALL_OLD or NONE");
}

constexpr std::array<std::string_view, 1> kProjection = {"ProjectionExpression"};
constexpr std::array<std::string_view, 1> kOlderProjection = {"AttributesToGet"};
constexpr ParameterKinds kReadKinds{kProjection, kOlderProjection};

constexpr std::array<std::string_view, 1> kCondition = {"ConditionExpression"};
constexpr std::array<std::string_view, 2> kOlderCondition = {"Expected", "ConditionalOperator"};
constexpr ParameterKinds kWriteKinds{kCondition, kOlderCondition, ""};

constexpr std::array<std::string_view, 2> kUpdate = {"UpdateExpression", "ConditionExpression"};
constexpr std::array<std::string_view, 3> kOlderUpdate = {"AttributeUpdates", "Expected", "ConditionalOperator"};
constexpr ParameterKinds kUpdateKinds{kUpdate, kOlderUpdate, ""};

// What is wrong with a write is told in AWS's newer form.
template <typename Decoded>
Result<Decoded> in_envelope(Result<Decoded> decoded) {
  if (!decoded) return std::unexpected(store::in_envelope(std::move(decoded.error())));
  return decoded;
}

// A put and a delete differ in what they are about: `member` of the request, `attributes` of the store's.
template <typename Request>
Result<Decoded<Request>> decode_put_or_delete(JsonValue object, std::string_view member,
                                              item::Item Request::* attributes) {
  const RequestReader reader(object);
  if (auto checked = check_parameter_kinds(reader, kWriteKinds); !checked) return base::forward_error(checked);
  Request request{.table = reader.table()};
  auto item = reader.item(member);
  if (!item) return base::forward_error(item);
  request.*attributes = std::move(*item);
  if (auto checked = check_old_or_none(reader); !checked) return base::forward_error(checked);
  OlderParameters older;
  if (auto read = read_condition(reader, kCondition, older, request); !read) return base::forward_error(read);
  request.return_values = reader.return_values();
  request.return_old_on_failure = reader.return_old_on_failure();
  request.return_collections = reader.return_collections();
  return Decoded<Request>{.request = std::move(request), .reply = reader.reply_options_of_table()};
}

Result<Decoded<store::UpdateItemRequest>> decode_update(JsonValue object) {
  const RequestReader reader(object);
  if (auto checked = check_parameter_kinds(reader, kUpdateKinds); !checked) return base::forward_error(checked);
  store::UpdateItemRequest request{.table = reader.table()};
  auto key = reader.item("Key");
  if (!key) return base::forward_error(key);
  request.key = std::move(*key);
  OlderParameters older;
  auto updates = older.updates(reader);
  if (!updates) return base::forward_error(updates);
  ReplyOptions reply = reader.reply_options_of_table();
  reply.older = !updates->empty();
  request.update_expression = updates->empty() ? reader.text("UpdateExpression") : std::move(*updates);
  if (auto read = read_condition(reader, kUpdate, older, request); !read) return base::forward_error(read);
  request.older_parameters = request.older_parameters || reply.older;
  request.return_values = reader.return_values();
  request.return_old_on_failure = reader.return_old_on_failure();
  request.return_collections = reader.return_collections();
  return Decoded{.request = std::move(request), .reply = reply};
}

}  // namespace

Result<Decoded<store::GetItemRequest>> decode_get_item(JsonValue object) {
  const RequestReader reader(object);
  if (auto checked = check_parameter_kinds(reader, kReadKinds); !checked) {
    return base::forward_error(checked);
  }
  store::GetItemRequest request{.table = reader.table(), .consistent_read = reader.flag("ConsistentRead")};
  auto key = reader.item("Key");
  if (!key) return base::forward_error(key);
  request.key = std::move(*key);
  OlderParameters older;
  auto projection = older.projection(reader);
  if (!projection) return base::forward_error(projection);
  request.projection_expression = projection->empty() ? reader.text("ProjectionExpression") : std::move(*projection);
  if (auto read = read_names(reader, kProjection, request.names); !read) return base::forward_error(read);
  item::Item no_values;
  if (auto added = older.add_placeholders(request.names, no_values); !added) return base::forward_error(added);
  return Decoded{.request = std::move(request), .reply = reader.reply_options_of_table()};
}

Result<Decoded<store::PutItemRequest>> decode_put_item(JsonValue object) {
  return in_envelope(decode_put_or_delete(object, "Item", &store::PutItemRequest::item));
}

Result<Decoded<store::UpdateItemRequest>> decode_update_item(JsonValue object) {
  return in_envelope(decode_update(object));
}

Result<Decoded<store::DeleteItemRequest>> decode_delete_item(JsonValue object) {
  return in_envelope(decode_put_or_delete(object, "Key", &store::DeleteItemRequest::key));
}

std::string encode_reply(const store::GetItemResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  if (result.item) append_item(reply.member("Item"), *result.item);
  add_capacity(reply, options, result.capacity);
  reply.close();
  return body;
}

std::string encode_reply(const store::WriteItemResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  if (result.attributes) append_item(reply.member("Attributes"), *result.attributes);
  add_capacity(reply, options, result.capacity);
  if (!result.collections.empty()) append_collection(reply.member("ItemCollectionMetrics"), result.collections.front());
  reply.close();
  return body;
}

}  // namespace mrgc::protocol
