#include "protocol/page_requests.h"

#include <fmt/format.h>

#include <array>
#include <span>
#include <utility>

#include "protocol/attribute_value.h"
#include "protocol/older_parameters.h"
#include "protocol/reply.h"
#include "store/validation.h"

namespace mrgc::protocol {
namespace {

constexpr std::array<std::string_view, 3> kQueryExpressions = {"ProjectionExpression", "FilterExpression",
                                                               "KeyConditionExpression"};
constexpr std::array<std::string_view, 4> kOlderQuery = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
                                                         "KeyConditions"};
constexpr std::array<std::string_view, 2> kScanExpressions = {"ProjectionExpression", "FilterExpression"};
constexpr std::array<std::string_view, 3> kOlderScan = {"AttributesToGet", "ScanFilter", "ConditionalOperator"};

store::Select read_select(const RequestReader& reader) {
  const std::string name = reader.text("Select");
  if (name == "ALL_ATTRIBUTES") return store::Select::kAllAttributes;
  if (name == "ALL_PROJECTED_ATTRIBUTES") return store::Select::kAllProjectedAttributes;
  if (name == "COUNT") return store::Select::kCount;
  if (name == "SPECIFIC_ATTRIBUTES") return store::Select::kSpecificAttributes;
  return store::Select::kDefault;
}

// DynamoDB puts this before some of the messages about a wrong start key.
Result<item::Item> read_start_key(const RequestReader& reader) {
  auto key = reader.item("ExclusiveStartKey");
  if (key) return key;
  const std::string& cause = key.error().message;
  for (const char* bare :
       {"contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude"}) {
    if (cause.find(bare) != std::string::npos) return key;
  }
  return base::invalid(fmt::format("The provided starting key is invalid: {}", cause));
}

// What queries and scans have in common.
template <typename Request>
Result<void> read_page(const RequestReader& reader, OlderParameters& older, std::string_view filter_parameter,
                       Request& request) {
  request.table = reader.table();
  request.index = reader.text("IndexName");
  request.limit = reader.number("Limit");
  request.consistent_read = reader.flag("ConsistentRead");
  request.select = read_select(reader);
  auto filter = older.filter(reader, filter_parameter);
  if (!filter) return base::forward_error(filter);
  request.older_parameters = !filter->empty();
  request.filter_expression = filter->empty() ? reader.text("FilterExpression") : std::move(*filter);
  auto projection = older.projection(reader);
  if (!projection) return base::forward_error(projection);
  if (!projection->empty()) {
    // With expressions the store checks that, and speaks of those.
    constexpr bool kScans = std::is_same_v<Request, store::ScanRequest>;
    auto checked = store::check_select_leaves_choice(request.select, "AttributesToGet", kScans);
    if (!checked) return checked;
  }
  request.projection_expression = projection->empty() ? reader.text("ProjectionExpression") : std::move(*projection);
  auto start = read_start_key(reader);
  if (!start) return base::forward_error(start);
  request.exclusive_start_key = std::move(*start);
  if (reader.has("ExclusiveStartKey") && request.exclusive_start_key.empty()) {
    // To the store, none is "from the start". It must refuse this one as any that is no key, when its turn comes.
    request.exclusive_start_key = item::Item::from_map({{"", item::Value(item::Value::Null{})}});
  }
  return {};
}

template <typename Request>
Result<void> finish(const RequestReader& reader, std::span<const std::string_view> expressions,
                    const OlderParameters& older, ValueWords words, Request& request) {
  if (auto read = read_placeholders(reader, expressions, request.names, request.values, words); !read) return read;
  return older.add_placeholders(request.names, request.values);
}

template <typename Request>
Decoded<Request> decoded(const RequestReader& reader, Request request) {
  ReplyOptions reply = reader.reply_options_of_table();
  reply.count_only = request.select == store::Select::kCount;
  reply.older = reader.has("QueryFilter");
  return {.request = std::move(request), .reply = reply};
}

}  // namespace

Result<Decoded<store::QueryRequest>> decode_query(JsonValue object) {
  const RequestReader reader(object);
  const bool old_keys = reader.has("KeyConditions");
  ParameterKinds kinds{kQueryExpressions, kOlderQuery, ": FilterExpression and KeyConditionExpression are null"};
  // Old key conditions go with new expressions for everything else.
  if (old_keys && !reader.has("KeyConditionExpression")) kinds.older = std::span(kOlderQuery).first(3);
  if (auto checked = check_parameter_kinds(reader, kinds); !checked) return base::forward_error(checked);
  store::QueryRequest request;
  OlderParameters older;
  if (auto read = read_page(reader, older, "QueryFilter", request); !read) return base::forward_error(read);
  if (!old_keys && !reader.has("KeyConditionExpression")) {
    return base::invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  auto keys = older.key_conditions(reader);
  if (!keys) return base::forward_error(keys);
  request.key_condition_expression = keys->empty() ? reader.text("KeyConditionExpression") : std::move(*keys);
  request.scan_forward = reader.flag("ScanIndexForward", /*when_not_sent=*/true);
  if (auto read = finish(reader, kQueryExpressions, older, ValueWords::kNewer, request); !read)
    return base::forward_error(read);
  return decoded(reader, std::move(request));
}

Result<Decoded<store::ScanRequest>> decode_scan(JsonValue object) {
  const RequestReader reader(object);
  const ParameterKinds kinds{kScanExpressions, kOlderScan, ": FilterExpression is null"};
  if (auto checked = check_parameter_kinds(reader, kinds); !checked) return base::forward_error(checked);
  store::ScanRequest request;
  OlderParameters older;
  if (auto read = read_page(reader, older, "ScanFilter", request); !read) return base::forward_error(read);
  request.segment = reader.number("Segment");
  request.total_segments = reader.number("TotalSegments");
  if (auto read = finish(reader, kScanExpressions, older, ValueWords::kOlder, request); !read)
    return base::forward_error(read);
  return decoded(reader, std::move(request));
}

std::string encode_reply(const store::PageResult& result, const ReplyOptions& options) {
  std::string body;
  ObjectWriter reply(body);
  if (!options.count_only) {
    std::string& out = reply.member("Items");
    out.push_back('[');
    bool first = true;
    for (const item::Item& item : result.items) {
      if (!std::exchange(first, false)) out.push_back(',');
      append_item(out, item);
    }
    out.push_back(']');
  }
  reply.number("Count", result.count);
  reply.number("ScannedCount", result.scanned_count);
  if (!result.last_evaluated_key.empty()) append_item(reply.member("LastEvaluatedKey"), result.last_evaluated_key);
  add_capacity(reply, options, result.capacity);
  reply.close();
  return body;
}

}  // namespace mrgc::protocol
