#include "protocol/reply.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <utility>

#include "protocol/attribute_value.h"

namespace mrgc::protocol {
namespace {

// Errors of the layer that takes requests are of another package than those of the service.
std::string_view package_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kValidation: return "com.amazon.coral.validate";
    case ErrorCode::kSerialization:
    case ErrorCode::kUnknownOperation:
    case ErrorCode::kMissingToken:
    case ErrorCode::kIncompleteSignature:
    case ErrorCode::kInvalidSignature:
    case ErrorCode::kAccessDenied: return "com.amazon.coral.service";
    default: return "com.amazonaws.dynamodb.v20120810";
  }
}

// The code on the wire: what has no name on DynamoDB is a server error to its clients, who then try again.
std::pair<ErrorCode, int> on_the_wire(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
    case ErrorCode::kUnavailable:
    case ErrorCode::kStorage: return {ErrorCode::kInternal, 500};
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kIllegalTransition:
    case ErrorCode::kRefused: return {ErrorCode::kValidation, 400};
    default: return {code, 400};
  }
}

void append_units(std::string& out, double units) { fmt::format_to(std::back_inserter(out), "{:.1f}", units); }

// The parts of a capacity that say how many units something took.
void add_units(ObjectWriter& object, double units, CapacityUse use) {
  object.units("CapacityUnits", units);
  if (use == CapacityUse::kTransactionalRead) object.units("ReadCapacityUnits", units);
  if (use == CapacityUse::kTransactionalWrite) object.units("WriteCapacityUnits", units);
}

void append_units_object(std::string& out, double units, CapacityUse use) {
  ObjectWriter object(out);
  add_units(object, units, use);
  object.close();
}

using IndexUnits = std::vector<std::pair<std::string, double>>;

void add_index_units(ObjectWriter& object, std::string_view member, const IndexUnits& indexes, CapacityUse use) {
  if (indexes.empty()) return;
  std::string& out = object.member(member);
  ObjectWriter parts(out);
  for (const auto& [index, units] : indexes) append_units_object(parts.member(index), units, use);
  parts.close();
}

void append_capacity(std::string& out, const ReplyOptions& options, const store::ConsumedCapacity& capacity,
                     CapacityUse use) {
  ObjectWriter object(out);
  object.text("TableName", options.shown(capacity.table));
  add_units(object, capacity.total(), use);
  if (options.capacity == CapacityDetail::kIndexes) {
    append_units_object(object.member("Table"), capacity.table_units, use);
    add_index_units(object, "LocalSecondaryIndexes", capacity.local_indexes, use);
    add_index_units(object, "GlobalSecondaryIndexes", capacity.indexes, use);
  }
  object.close();
}

void append_reasons(std::string& out, const store::CancellationReasons& reasons) {
  char separator = '[';
  for (const auto& reason : reasons.reasons) {
    out.push_back(std::exchange(separator, ','));
    ObjectWriter object(out);
    object.text("Code", reason.code);
    if (reason.item) append_item(object.member("Item"), *reason.item);
    if (!reason.message.empty()) object.text("Message", reason.message);
    object.close();
  }
  out.push_back(']');
}

}  // namespace

std::string& ObjectWriter::member(std::string_view name) {
  if (!std::exchange(first_, false)) out_.push_back(',');
  append_json_string(out_, name);
  out_.push_back(':');
  return out_;
}

void ObjectWriter::text(std::string_view name, std::string_view value) { append_json_string(member(name), value); }

void ObjectWriter::number(std::string_view name, std::int64_t value) {
  fmt::format_to(std::back_inserter(member(name)), "{}", value);
}

void ObjectWriter::time(std::string_view name, std::int64_t unix_ms) {
  fmt::format_to(std::back_inserter(member(name)), "{}.{:03}", unix_ms / 1000, unix_ms % 1000);
}

void ObjectWriter::units(std::string_view name, double value) { append_units(member(name), value); }

void add_capacity(ObjectWriter& reply, const ReplyOptions& options, const store::ConsumedCapacity& capacity,
                  CapacityUse use) {
  if (options.capacity == CapacityDetail::kNone) return;
  append_capacity(reply.member("ConsumedCapacity"), options, capacity, use);
}

void add_capacities(ObjectWriter& reply, const ReplyOptions& options,
                    std::span<const store::ConsumedCapacity> capacities, CapacityUse use) {
  if (options.capacity == CapacityDetail::kNone) return;
  std::string& out = reply.member("ConsumedCapacity");
  out.push_back('[');
  bool first = true;
  for (const store::ConsumedCapacity& capacity : capacities) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_capacity(out, options, capacity, use);
  }
  out.push_back(']');
}

void append_collection(std::string& out, const store::ItemCollection& collection) {
  // AWS gives bounds in whole gigabytes too.
  const std::uint64_t low_gb = collection.size_bytes >> 30;
  ObjectWriter object(out);
  append_item(object.member("ItemCollectionKey"), collection.key);
  fmt::format_to(std::back_inserter(object.member("SizeEstimateRangeGB")), "[{}.0,{}.0]", low_gb, low_gb + 1);
  object.close();
}

void add_collections(ObjectWriter& reply, const ReplyOptions& options,
                     std::span<const store::ItemCollection> collections) {
  if (collections.empty()) return;
  std::map<std::string_view, std::string> by_table;
  for (const store::ItemCollection& collection : collections) {
    std::string& list = by_table[collection.table];
    list.push_back(list.empty() ? '[' : ',');
    append_collection(list, collection);
  }
  ObjectWriter tables(reply.member("ItemCollectionMetrics"));
  for (const auto& [table, list] : by_table) tables.member(options.shown(table)).append(list).push_back(']');
  tables.close();
}

ErrorReply encode_error(const Error& error) {
  const auto [code, status] = on_the_wire(error.code);
  ErrorReply reply{.status = status, .body = {}};
  ObjectWriter object(reply.body);
  object.text("__type", fmt::format("{}#{}", package_of(code), to_string(code)));
  if (const auto* reasons = error.detail_as<store::CancellationReasons>()) {
    object.text("Message", error.message);
    append_reasons(object.member("CancellationReasons"), *reasons);
  } else {
    const auto* failure = error.detail_as<store::ConditionFailure>();
    const bool with_item = failure != nullptr && failure->item;
    const bool capital = code == ErrorCode::kSerialization || code == ErrorCode::kAccessDenied ||
                         code == ErrorCode::kIdempotentMismatch || with_item;
    if (!error.message.empty()) object.text(capital ? "Message" : "message", error.message);
    if (with_item) append_item(object.member("Item"), *failure->item);
  }
  object.close();
  return reply;
}

}  // namespace mrgc::protocol
