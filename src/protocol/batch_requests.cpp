#include "protocol/batch_requests.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <utility>

#include "protocol/attribute_value.h"
#include "protocol/older_parameters.h"
#include "protocol/reply.h"
#include "protocol/table_reference.h"

namespace mrgc::protocol {
namespace {

constexpr std::array<std::string_view, 1> kProjection = {"ProjectionExpression"};
constexpr std::array<std::string_view, 1> kOlderProjection = {"AttributesToGet"};
constexpr std::array<std::string_view, 4> kActions = {"Put", "Delete", "Update", "ConditionCheck"};
constexpr std::array<std::string_view, 1> kCondition = {"ConditionExpression"};
constexpr std::array<std::string_view, 2> kUpdate = {"UpdateExpression", "ConditionExpression"};

using Keys = store::BatchGetItemRequest::Keys;
using Write = store::BatchWriteItemRequest::Write;

Result<Keys> decode_keys(JsonValue object) {
  const RequestReader reader(object);
  Keys keys{.keys = {}, .consistent_read = reader.flag("ConsistentRead"), .projection_expression = {}, .names = {}};
  OlderParameters older;
  auto projection = older.projection(reader);
  if (!projection) return base::forward_error(projection);
  keys.projection_expression = projection->empty() ? reader.text("ProjectionExpression") : std::move(*projection);
  if (auto read = read_names(reader, kProjection, keys.names); !read) return base::forward_error(read);
  item::Item no_values;
  if (auto added = older.add_placeholders(keys.names, no_values); !added) return base::forward_error(added);
  for (const JsonValue key : reader.find("Keys")->elements()) {
    auto decoded = decode_item(key);
    if (!decoded) return base::forward_error(decoded);
    keys.keys.push_back(std::move(*decoded));
  }
  return keys;
}

// A batch may name a table by its name and by its ARN, too. Then all that it wants of the table is done.
Result<void> add(Keys& keys, Keys more) {
  if (keys.consistent_read != more.consistent_read || keys.projection_expression != more.projection_expression ||
      keys.names != more.names) {
    return invalid_parameters("What is read of a table that is named by its name and by its ARN must not differ");
  }
  const std::size_t there = keys.keys.size();
  for (item::Item& key : more.keys) {
    const auto end = keys.keys.begin() + static_cast<std::ptrdiff_t>(there);
    if (std::find(keys.keys.begin(), end, key) == end) keys.keys.push_back(std::move(key));
  }
  return {};
}
Result<void> add(std::vector<Write>& writes, std::vector<Write> more) {
  std::ranges::move(more, std::back_inserter(writes));
  return {};
}

// What a batch asks of each table, by name, of what it asks by reference.
template <typename Wanted>
Result<std::map<std::string, Wanted>> by_table(std::map<std::string_view, Wanted> by_reference, ReplyOptions& reply) {
  std::map<std::string, Wanted> tables;
  for (auto& [reference, wanted] : by_reference) {
    reply.add_table(reference);
    const auto [there, is_new] = tables.try_emplace(std::string(table_name(reference)), std::move(wanted));
    if (is_new) continue;
    if (auto added = add(there->second, std::move(wanted)); !added) return base::forward_error(added);
  }
  return tables;
}

// The tables of a batch must name what they want in the same way.
Result<void> check_kinds_of_all(const RequestReader& batch) {
  bool newer = false;
  bool older = false;
  for (const auto& [table, part] : batch.find("RequestItems")->members()) {
    const RequestReader reader(part);
    if (auto checked = check_parameter_kinds(reader, {kProjection, kOlderProjection}); !checked) return checked;
    newer = newer || reader.has(kProjection[0]);
    older = older || reader.has(kOlderProjection[0]);
  }
  return newer && older ? mixed_kinds(kOlderProjection, kProjection) : Result<void>();
}

Result<Write> decode_write(JsonValue object) {
  const RequestReader reader(object);
  const bool put = reader.has("PutRequest");
  if (put == reader.has("DeleteRequest")) {
    return base::invalid(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
  }
  auto item = put ? reader.part("PutRequest").item("Item", ValueWords::kOlder)
                  : reader.part("DeleteRequest").item("Key", ValueWords::kOlder);
  if (!item) return base::forward_error(item);
  if (put) return store::BatchWriteItemRequest::Put{std::move(*item)};
  return store::BatchWriteItemRequest::Delete{std::move(*item)};
}

// In transactions, AWS does not mind names and values that no expression stands beside.
bool has_any(const RequestReader& reader, std::span<const std::string_view> expressions) {
  return std::ranges::any_of(expressions, [&](std::string_view name) { return reader.has(name); });
}

// What the actions of a transaction have in common. `expressions` are those that it may have.
template <typename Action>
Result<void> read_action(const RequestReader& reader, std::span<const std::string_view> expressions, Action& action) {
  action.table = reader.table();
  action.condition_expression = reader.text("ConditionExpression");
  action.return_old_on_failure = reader.return_old_on_failure();
  if (auto read = read_placeholders(reader, expressions, action.names, action.values, ValueWords::kOlder); !read)
    return read;
  if (has_any(reader, expressions)) return {};
  action.names.clear();
  action.values = {};
  return {};
}

Result<store::TransactWriteItemsRequest::Action> decode_action(JsonValue object) {
  using Outcome = Result<store::TransactWriteItemsRequest::Action>;
  const RequestReader reader(object);
  if (std::ranges::count_if(kActions, [&](std::string_view kind) { return reader.has(kind); }) > 1) {
    return base::invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  const auto complete = [&](const RequestReader& part, std::string_view key_member, auto action, auto& key,
                            std::span<const std::string_view> expressions) -> Outcome {
    auto item = part.item(key_member, ValueWords::kOlder);
    if (!item) return base::forward_error(item);
    key(action) = std::move(*item);
    if (auto read = read_action(part, expressions, action); !read) return base::forward_error(read);
    return action;
  };
  const auto key_of = [](auto& action) -> item::Item& { return action.key; };
  const auto item_of = [](auto& action) -> item::Item& { return action.item; };
  if (reader.has("Put")) {
    return complete(reader.part("Put"), "Item", store::PutItemRequest(), item_of, kCondition);
  }
  if (reader.has("Delete")) {
    return complete(reader.part("Delete"), "Key", store::DeleteItemRequest(), key_of, kCondition);
  }
  if (reader.has("ConditionCheck")) {
    return complete(reader.part("ConditionCheck"), "Key", store::ConditionCheck(), key_of, kCondition);
  }
  if (reader.has("Update")) {
    store::UpdateItemRequest update;
    update.update_expression = reader.part("Update").text("UpdateExpression");
    return complete(reader.part("Update"), "Key", std::move(update), key_of, kUpdate);
  }
  return base::invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
}

void append_items(std::string& out, const std::vector<item::Item>& items) {
  out.push_back('[');
  bool first = true;
  for (const item::Item& item : items) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_item(out, item);
  }
  out.push_back(']');
}

void append_unprocessed(std::string& out, const Keys& keys) {
  ObjectWriter object(out);
  append_items(object.member("Keys"), keys.keys);
  if (keys.consistent_read) object.flag("ConsistentRead", true);
  if (!keys.projection_expression.empty()) object.text("ProjectionExpression", keys.projection_expression);
  if (!keys.names.empty()) {
    ObjectWriter names(object.member("ExpressionAttributeNames"));
    for (const auto& [placeholder, name] : keys.names) names.text(placeholder, name);
    names.close();
  }
  object.close();
}

void append_unprocessed(std::string& out, const std::vector<Write>& writes) {
  out.push_back('[');
  bool first = true;
  for (const Write& write : writes) {
    if (!std::exchange(first, false)) out.push_back(',');
    const auto* put = std::get_if<store::BatchWriteItemRequest::Put>(&write);
    ObjectWriter object(out);
    ObjectWriter request(object.member(put != nullptr ? "PutRequest" : "DeleteRequest"));
    if (put != nullptr) {
      append_item(request.member("Item"), put->item);
    } else {
      append_item(request.member("Key"), std::get<store::BatchWriteItemRequest::Delete>(write).key);
    }
    request.close();
    object.close();
  }
  out.push_back(']');
}

template <typename Tables>
void add_unprocessed(ObjectWriter& reply, std::string_view member, const ReplyOptions& options, const Tables& tables) {
  ObjectWriter object(reply.member(member));
  for (const auto& [table, rest] : tables) append_unprocessed(object.member(options.shown(table)), rest);
  object.close();
}

}  // namespace

Result<Decoded<store::BatchGetItemRequest>> decode_batch_get_item(JsonValue object) {
  const RequestReader reader(object);
  store::BatchGetItemRequest request;
  ReplyOptions reply = reader.reply_options();
  if (auto checked = check_kinds_of_all(reader); !checked) return base::forward_error(checked);
  std::map<std::string_view, Keys> wanted;
  for (const auto& [table, part] : reader.find("RequestItems")->members()) {
    auto keys = decode_keys(part);
    if (!keys) return base::forward_error(keys);
    wanted.insert_or_assign(table, std::move(*keys));
  }
  auto tables = by_table(std::move(wanted), reply);
  if (!tables) return base::forward_error(tables);
  request.tables = std::move(*tables);
  return Decoded{.request = std::move(request), .reply = std::move(reply)};
}

Result<Decoded<store::BatchWriteItemRequest>> decode_batch_write_item(JsonValue object) {
  const RequestReader reader(object);
  store::BatchWriteItemRequest request;
  ReplyOptions reply = reader.reply_options();
  std::map<std::string_view, std::vector<Write>> wanted;
  for (const auto& [table, part] : reader.find("RequestItems")->members()) {
    std::vector<Write> writes;
    for (const JsonValue element : part.elements()) {
      auto write = decode_write(element);
      if (!write) return base::forward_error(write);
      writes.push_back(std::move(*write));
    }
    wanted.insert_or_assign(table, std::move(writes));
  }
  auto tables = by_table(std::move(wanted), reply);
  if (!tables) return base::forward_error(tables);
  request.tables = std::move(*tables);
  request.return_collections = reader.return_collections();
  return Decoded{.request = std::move(request), .reply = std::move(reply)};
}

Result<Decoded<store::TransactGetItemsRequest>> decode_transact_get_items(JsonValue object) {
  const RequestReader reader(object);
  store::TransactGetItemsRequest request;
  ReplyOptions reply = reader.reply_options();
  for (const JsonValue element : reader.find("TransactItems")->elements()) {
    const RequestReader part = RequestReader(element).part("Get");
    store::TransactGetItemsRequest::Get get{
        .table = part.table(), .key = {}, .projection_expression = part.text("ProjectionExpression"), .names = {}};
    auto key = part.item("Key", ValueWords::kOlder);
    if (!key) return base::forward_error(key);
    get.key = std::move(*key);
    if (auto read = read_names(part, kProjection, get.names); !read) return base::forward_error(read);
    if (!has_any(part, kProjection)) get.names.clear();
    reply.add_table(part.text("TableName"));
    request.gets.push_back(std::move(get));
  }
  return Decoded{.request = std::move(request), .reply = std::move(reply)};
}

Result<Decoded<store::TransactWriteItemsRequest>> decode_transact_write_items(JsonValue object) {
  const RequestReader reader(object);
  store::TransactWriteItemsRequest request;
  ReplyOptions reply = reader.reply_options();
  for (const JsonValue element : reader.find("TransactItems")->elements()) {
    auto action = decode_action(element);
    if (!action) return base::forward_error(action);
    for (const std::string_view kind : kActions) {
      if (const auto part = element.find(kind)) reply.add_table(RequestReader(*part).text("TableName"));
    }
    request.actions.push_back(std::move(*action));
  }
  request.client_token = reader.text("ClientRequestToken");
  request.return_collections = reader.return_collections();
  return Decoded{.request = std::move(request), .reply = std::move(reply)};
}

std::string encode_reply(const store::BatchGetItemResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter responses(reply.member("Responses"));
  for (const auto& [table, items] : result.items) append_items(responses.member(options.shown(table)), items);
  responses.close();
  add_unprocessed(reply, "UnprocessedKeys", options, result.unprocessed);
  add_capacities(reply, options, result.capacity, CapacityUse::kRead);
  reply.close();
  return body;
}

std::string encode_reply(const store::BatchWriteItemResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  add_unprocessed(reply, "UnprocessedItems", options, result.unprocessed);
  add_capacities(reply, options, result.capacity, CapacityUse::kWrite);
  add_collections(reply, options, result.collections);
  reply.close();
  return body;
}

std::string encode_reply(const store::TransactGetItemsResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("Responses");
  out.push_back('[');
  bool first = true;
  for (const auto& item : result.items) {
    if (!std::exchange(first, false)) out.push_back(',');
    ObjectWriter response(out);
    // As if there were none when the projection leaves nothing of it.
    if (item && !item->empty()) append_item(response.member("Item"), *item);
    response.close();
  }
  out.push_back(']');
  add_capacities(reply, options, result.capacity, CapacityUse::kTransactionalRead);
  reply.close();
  return body;
}

std::string encode_reply(const store::TransactWriteItemsResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  add_capacities(reply, options, result.capacity,
                 result.repeated ? CapacityUse::kTransactionalRead : CapacityUse::kTransactionalWrite);
  add_collections(reply, options, result.collections);
  reply.close();
  return body;
}

}  // namespace mrgc::protocol
