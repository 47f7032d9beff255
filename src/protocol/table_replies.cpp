#include <fmt/format.h>

#include <ctime>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/reply.h"
#include "protocol/table_requests.h"

// What answers tell of tables; requests are read in table_requests.cpp.
namespace mrgc::protocol {
namespace {

std::string_view text_of(store::BillingMode mode) {
  return mode == store::BillingMode::kProvisioned ? "PROVISIONED" : "PAY_PER_REQUEST";
}

std::string_view text_of(store::Projection projection) {
  switch (projection) {
    case store::Projection::kAll: return "ALL";
    case store::Projection::kKeysOnly: return "KEYS_ONLY";
    case store::Projection::kInclude: return "INCLUDE";
  }
  return "";
}

// By name, as on AWS.
void append_definitions(std::string& out, const store::TableSpec& spec) {
  std::map<std::string_view, item::Type> attributes;
  const auto add = [&](const store::KeySchema& keys) {
    attributes.emplace(keys.partition.name, keys.partition.type);
    if (keys.sort) attributes.emplace(keys.sort->name, keys.sort->type);
  };
  add(spec.keys);
  for (const store::IndexSpec& index : spec.indexes) add(index.keys);
  char separator = '[';
  for (const auto& [name, type] : attributes) {
    out.push_back(std::exchange(separator, ','));
    ObjectWriter object(out);
    object.text("AttributeName", name);
    object.text("AttributeType", item::to_string(type));
    object.close();
  }
  out.push_back(']');
}

void add_throughput(ObjectWriter& object, const std::optional<store::Throughput>& throughput) {
  ObjectWriter part(object.member("ProvisionedThroughput"));
  part.number("NumberOfDecreasesToday", 0);
  part.number("ReadCapacityUnits", throughput ? throughput->read_units : 0);
  part.number("WriteCapacityUnits", throughput ? throughput->write_units : 0);
  part.close();
}

void append_index(std::string& out, const store::TableDescription& table, std::size_t position,
                  const ServerIdentity& identity) {
  const store::IndexSpec& index = table.spec.indexes[position];
  const store::IndexDescription described =
      position < table.indexes.size() ? table.indexes[position] : store::IndexDescription();
  ObjectWriter object(out);
  object.text("IndexName", index.name);
  append_key_schema(object.member("KeySchema"), index.keys);
  ObjectWriter projection(object.member("Projection"));
  projection.text("ProjectionType", text_of(index.projection));
  if (index.projection == store::Projection::kInclude) {
    std::string& names = projection.member("NonKeyAttributes");
    char separator = '[';
    for (const std::string& name : index.included) {
      names.push_back(std::exchange(separator, ','));
      append_json_string(names, name);
    }
    names.push_back(']');
  }
  projection.close();
  if (!index.local) {
    const bool with_table = table.status == store::TableStatus::kCreating;
    object.text("IndexStatus", to_string(with_table ? table.status : described.status));
    if (!with_table && described.status == store::TableStatus::kCreating) object.flag("Backfilling", true);
    add_throughput(object, index.throughput);
  }
  object.number("IndexSizeBytes", static_cast<std::int64_t>(described.size_bytes));
  object.number("ItemCount", static_cast<std::int64_t>(described.item_count));
  object.text("IndexArn", fmt::format("{}/index/{}", identity.table_arn(table.spec.name), index.name));
  object.close();
}

void add_indexes(ObjectWriter& object, std::string_view member, const store::TableDescription& table, bool local,
                 const ServerIdentity& identity) {
  bool any = false;
  std::string text;
  for (std::size_t i = 0; i < table.spec.indexes.size(); ++i) {
    if (table.spec.indexes[i].local != local) continue;
    text.push_back(std::exchange(any, true) ? ',' : '[');
    append_index(text, table, i, identity);
  }
  if (any) object.member(member).append(text).push_back(']');
}

// 32 random hexadecimal digits as a UUID of version 4 (RFC 9562), which has its marks in the place of two of them.
std::string uuid_text(std::string_view digits) {
  if (digits.size() != 32) return std::string(digits);
  return fmt::format("{}-{}-4{}-a{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(13, 3),
                     digits.substr(17, 3), digits.substr(20));
}

void add_stream(ObjectWriter& object, const store::TableDescription& table, const ServerIdentity& identity) {
  if (table.spec.settings.stream) {
    ObjectWriter part(object.member("StreamSpecification"));
    part.flag("StreamEnabled", true);
    part.text("StreamViewType", stream_view_name(*table.spec.settings.stream));
    part.close();
  }
  if (table.stream_created_ms) {
    object.text("LatestStreamLabel", stream_label(*table.stream_created_ms));
    object.text("LatestStreamArn", identity.stream_arn(table.spec.name, *table.stream_created_ms));
  }
}

}  // namespace

std::string ServerIdentity::table_arn(std::string_view table) const {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", region, account, table);
}

std::string ServerIdentity::stream_arn(std::string_view table, std::int64_t created_ms) const {
  return fmt::format("{}/stream/{}", table_arn(table), stream_label(created_ms));
}

std::string_view stream_view_name(store::StreamView view) {
  switch (view) {
    case store::StreamView::kKeysOnly: return "KEYS_ONLY";
    case store::StreamView::kNewImage: return "NEW_IMAGE";
    case store::StreamView::kOldImage: return "OLD_IMAGE";
    case store::StreamView::kNewAndOldImages: return "NEW_AND_OLD_IMAGES";
  }
  return "";
}

void append_key_schema(std::string& out, const store::KeySchema& keys) {
  const auto append = [&](const store::KeyAttribute& key, std::string_view type) {
    ObjectWriter object(out);
    object.text("AttributeName", key.name);
    object.text("KeyType", type);
    object.close();
  };
  out.push_back('[');
  append(keys.partition, "HASH");
  if (keys.sort) {
    out.push_back(',');
    append(*keys.sort, "RANGE");
  }
  out.push_back(']');
}

std::string encode_table(const store::TableDescription& table, std::string_view member,
                         const ServerIdentity& identity) {
  const store::TableSettings& settings = table.spec.settings;
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter object(reply.member(member));
  const bool goes = table.status == store::TableStatus::kDeleting;  // then AWS tells less
  if (!goes) append_definitions(object.member("AttributeDefinitions"), table.spec);
  object.text("TableName", table.spec.name);
  if (!goes) append_key_schema(object.member("KeySchema"), table.spec.keys);
  object.text("TableStatus", to_string(table.status));
  if (!goes) object.time("CreationDateTime", table.created_ms);
  add_throughput(object, settings.throughput);
  if (settings.on_demand_limits) {
    const auto limit = [](std::int64_t units) { return units == 0 ? -1 : units; };
    ObjectWriter part(object.member("OnDemandThroughput"));
    part.number("MaxReadRequestUnits", limit(settings.on_demand_limits->read_units));
    part.number("MaxWriteRequestUnits", limit(settings.on_demand_limits->write_units));
    part.close();
  }
  object.number("TableSizeBytes", static_cast<std::int64_t>(table.size_bytes));
  object.number("ItemCount", static_cast<std::int64_t>(table.item_count));
  object.text("TableArn", identity.table_arn(table.spec.name));
  object.text("TableId", uuid_text(table.table_id));
  if (table.on_demand_since_ms) {
    // AWS has two names for it, of which it documents the first.
    for (const std::string_view mode : {"BillingMode", "TableThroughputMode"}) {
      ObjectWriter billing(object.member(fmt::format("{}Summary", mode)));
      billing.text(mode, text_of(settings.billing_mode));
      billing.time("LastUpdateToPayPerRequestDateTime", *table.on_demand_since_ms);
      billing.close();
    }
  }
  if (!goes) add_indexes(object, "LocalSecondaryIndexes", table, /*local=*/true, identity);
  if (!goes) add_indexes(object, "GlobalSecondaryIndexes", table, /*local=*/false, identity);
  add_stream(object, table, identity);
  if (settings.table_class) {
    ObjectWriter part(object.member("TableClassSummary"));
    part.text("TableClass",
              *settings.table_class == store::TableClass::kStandard ? "STANDARD" : "STANDARD_INFREQUENT_ACCESS");
    part.close();
  }
  object.flag("DeletionProtectionEnabled", settings.deletion_protection);
  object.close();
  reply.close();
  return body;
}

std::string encode_tables(const store::ListTablesResult& result) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("TableNames");
  out.push_back('[');
  bool first = true;
  for (const std::string& name : result.tables) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json_string(out, name);
  }
  out.push_back(']');
  if (!result.last_evaluated_table.empty()) reply.text("LastEvaluatedTableName", result.last_evaluated_table);
  reply.close();
  return body;
}

std::string encode_time_to_live(const store::TableDescription& table) {
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter object(reply.member("TimeToLiveDescription"));
  object.text("TimeToLiveStatus", table.time_to_live_attribute ? "ENABLED" : "DISABLED");
  if (table.time_to_live_attribute) object.text("AttributeName", *table.time_to_live_attribute);
  object.close();
  reply.close();
  return body;
}

std::string encode_updated_time_to_live(const store::UpdateTimeToLiveRequest& request) {
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter object(reply.member("TimeToLiveSpecification"));
  object.flag("Enabled", request.enabled);
  object.text("AttributeName", request.attribute);
  object.close();
  reply.close();
  return body;
}

std::string stream_label(std::int64_t created_ms) {
  const std::time_t seconds = created_ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, created_ms % 1000);
}

}  // namespace mrgc::protocol
