#include "protocol/table_requests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "protocol/reply.h"

namespace mrgc::protocol {
namespace {

constexpr std::int64_t kMaxThroughput = 1'000'000'000'000;
constexpr std::size_t kMaxTags = 50;

std::unexpected<Error> invalid_parameters(std::string_view what) {
  return base::invalid(fmt::format("One or more parameter values were invalid: {}", what));
}

/// `AttributeDefinitions`, in the order of the request.
class Definitions {
 public:
  static Result<Definitions> read(const RequestReader& reader) {
    Definitions definitions;
    const auto sent = reader.find("AttributeDefinitions");
    if (!sent) return definitions;
    for (const JsonValue element : sent->elements()) {
      const RequestReader definition(element);
      const std::string type = definition.text("AttributeType");
      const std::string name = definition.text("AttributeName");
      if (!definitions.types_
               .try_emplace(name, type == "S"   ? item::Type::kString
                                  : type == "N" ? item::Type::kNumber
                                                : item::Type::kBinary)
               .second) {
        return invalid_parameters(fmt::format("Duplicate AttributeName in AttributeDefinitions: {}", name));
      }
      definitions.order_.push_back(name);
    }
    return definitions;
  }

  std::optional<item::Type> find(const std::string& name) {
    const auto found = types_.find(name);
    if (found == types_.end()) return std::nullopt;
    used_.insert(name);
    return found->second;
  }
  std::size_t size() const { return order_.size(); }
  bool all_used() const { return used_.size() == types_.size(); }
  std::string names() const { return fmt::format("[{}]", fmt::join(order_, ", ")); }
  std::string used_names() const { return fmt::format("[{}]", fmt::join(used_, ", ")); }

 private:
  std::vector<std::string> order_;
  std::map<std::string, item::Type> types_;
  std::set<std::string> used_;
};

struct KeyElement {
  std::string name;
  std::string type;
};

std::vector<KeyElement> read_key_elements(const RequestReader& reader) {
  std::vector<KeyElement> elements;
  for (const JsonValue element : reader.find("KeySchema")->elements()) {
    const RequestReader key(element);
    elements.push_back({.name = key.text("AttributeName"), .type = key.text("KeyType")});
  }
  return elements;
}

Result<store::KeySchema> read_keys(const RequestReader& reader, Definitions& definitions, bool of_table) {
  const std::vector<KeyElement> elements = read_key_elements(reader);
  std::vector<std::string> names;
  for (const KeyElement& element : elements) names.push_back(element.name);
  if (of_table && elements.size() > definitions.size()) {
    return base::invalid("Invalid KeySchema: Some index key attribute have no definition");
  }
  for (const std::string& name : names) {
    if (definitions.find(name)) continue;
    return invalid_parameters(
        fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
                    "AttributeDefinitions: {}",
                    fmt::join(names, ", "), definitions.names()));
  }
  if (elements.size() == 2 && names[0] == names[1]) {
    return base::invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (elements[0].type != "HASH") {
    return base::invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (elements.size() == 2 && elements[1].type != "RANGE") {
    return base::invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
  store::KeySchema keys{.partition = {.name = names[0], .type = *definitions.find(names[0])}, .sort = {}};
  if (elements.size() == 2) keys.sort = {.name = names[1], .type = *definitions.find(names[1])};
  return keys;
}

Result<std::optional<store::Throughput>> read_throughput(const RequestReader& reader) {
  if (!reader.has("ProvisionedThroughput")) return std::optional<store::Throughput>();
  const RequestReader part = reader.part("ProvisionedThroughput");
  const store::Throughput throughput{.read_units = part.number("ReadCapacityUnits").value(),
                                     .write_units = part.number("WriteCapacityUnits").value()};
  if (throughput.read_units > kMaxThroughput) {
    return base::invalid(fmt::format("Given value {} for ReadCapacityUnits is out of bounds", throughput.read_units));
  }
  if (throughput.write_units > kMaxThroughput) {
    return base::invalid(fmt::format("Given value {} for WriteCapacityUnits is out of bounds", throughput.write_units));
  }
  return std::optional(throughput);
}

std::optional<store::BillingMode> read_billing_mode(const RequestReader& reader) {
  if (!reader.has("BillingMode")) return std::nullopt;
  return reader.text("BillingMode") == "PROVISIONED" ? store::BillingMode::kProvisioned
                                                     : store::BillingMode::kPayPerRequest;
}

std::optional<store::TableClass> read_table_class(const RequestReader& reader) {
  if (!reader.has("TableClass")) return std::nullopt;
  return reader.text("TableClass") == "STANDARD" ? store::TableClass::kStandard : store::TableClass::kInfrequentAccess;
}

// What the stream is to be; nothing within for none.
Result<std::optional<store::StreamView>> read_stream(const RequestReader& reader) {
  const RequestReader part = reader.part("StreamSpecification");
  const std::string view = part.text("StreamViewType");
  if (!part.flag("StreamEnabled")) {
    if (!view.empty()) {
      return invalid_parameters("StreamViewType must not be specified when StreamEnabled is false");
    }
    return std::optional<store::StreamView>();
  }
  if (view == "KEYS_ONLY") return std::optional(store::StreamView::kKeysOnly);
  if (view == "NEW_IMAGE") return std::optional(store::StreamView::kNewImage);
  if (view == "OLD_IMAGE") return std::optional(store::StreamView::kOldImage);
  if (view == "NEW_AND_OLD_IMAGES") return std::optional(store::StreamView::kNewAndOldImages);
  return invalid_parameters("StreamViewType must be specified when StreamEnabled is true");
}

// Keys managed elsewhere are not in reach here: better to say so than to leave data unencrypted in silence.
Result<void> check_no_encryption(const RequestReader& reader) {
  if (!reader.has("SSESpecification") || !reader.part("SSESpecification").flag("Enabled")) return {};
  return invalid_parameters(
      "SSESpecification: encryption with a customer's key is not supported by this store; leave it out");
}

Result<std::map<std::string, std::string, std::less<>>> read_tags(const RequestReader& reader) {
  std::map<std::string, std::string, std::less<>> tags;
  const auto sent = reader.find("Tags");
  if (!sent) return tags;
  for (const JsonValue element : sent->elements()) {
    const RequestReader tag(element);
    if (!tags.emplace(tag.text("Key"), tag.text("Value")).second) {
      return invalid_parameters(fmt::format("Duplicate tag key: {}", tag.text("Key")));
    }
  }
  if (tags.size() > kMaxTags) return invalid_parameters("Too many tags: a table can have at most 50");
  return tags;
}

Result<void> read_projection(const RequestReader& reader, store::IndexSpec& index) {
  const RequestReader part = reader.part("Projection");
  const std::string type = part.text("ProjectionType");
  const auto included = part.find("NonKeyAttributes");
  if (type.empty()) return invalid_parameters("Unknown ProjectionType: null");
  if (included && type != "INCLUDE") {
    return invalid_parameters(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", type));
  }
  if (type == "INCLUDE" && !included) {
    return invalid_parameters("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  index.projection = type == "ALL"         ? store::Projection::kAll
                     : type == "KEYS_ONLY" ? store::Projection::kKeysOnly
                                           : store::Projection::kInclude;
  if (included) {
    for (const JsonValue name : included->elements()) {
      if (std::ranges::find(index.included, name.text()) != index.included.end()) {
        return invalid_parameters(fmt::format("Duplicate value in attribute name: {}", name.text()));
      }
      index.included.emplace_back(name.text());
    }
  }
  return {};
}

Result<store::IndexSpec> read_index(const RequestReader& reader, Definitions& definitions) {
  store::IndexSpec index{.name = reader.text("IndexName")};
  auto keys = read_keys(reader, definitions, /*of_table=*/false);
  if (!keys) return base::forward_error(keys);
  index.keys = std::move(*keys);
  return index;
}

Result<store::IndexSpec> read_local_index(const RequestReader& reader, Definitions& definitions,
                                          const store::KeySchema& table) {
  auto index = read_index(reader, definitions);
  if (!index) return index;
  if (!index->keys.sort) {
    return invalid_parameters(fmt::format("Index KeySchema does not have a range key for index: {}", index->name));
  }
  if (index->keys.partition.name != table.partition.name) {
    return invalid_parameters(
        fmt::format("Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. index "
                    "hash key: {}, table hash key: {}",
                    index->name, index->keys.partition.name, table.partition.name));
  }
  index->local = true;
  if (auto read = read_projection(reader, *index); !read) return base::forward_error(read);
  return index;
}

Result<store::IndexSpec> read_global_index(const RequestReader& reader, Definitions& definitions) {
  auto index = read_index(reader, definitions);
  if (!index) return index;
  if (auto read = read_projection(reader, *index); !read) return base::forward_error(read);
  auto throughput = read_throughput(reader);
  if (!throughput) return base::forward_error(throughput);
  index->throughput = *throughput;
  return index;
}

Result<void> read_local_indexes(const RequestReader& reader, Definitions& definitions, store::TableSpec& spec) {
  const auto sent = reader.find("LocalSecondaryIndexes");
  if (!sent) return {};
  if (sent->size() == 0) return invalid_parameters("List of LocalSecondaryIndexes is empty");
  if (!spec.keys.sort) {
    return invalid_parameters(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  }
  for (const JsonValue element : sent->elements()) {
    auto index = read_local_index(RequestReader(element), definitions, spec.keys);
    if (!index) return base::forward_error(index);
    spec.indexes.push_back(std::move(*index));
  }
  return {};
}

Result<void> read_global_indexes(const RequestReader& reader, Definitions& definitions, store::TableSpec& spec) {
  const auto sent = reader.find("GlobalSecondaryIndexes");
  if (!sent) return {};
  if (sent->size() == 0) return invalid_parameters("List of GlobalSecondaryIndexes is empty");
  for (const JsonValue element : sent->elements()) {
    auto index = read_global_index(RequestReader(element), definitions);
    if (!index) return base::forward_error(index);
    if (spec.settings.billing_mode == store::BillingMode::kPayPerRequest && index->throughput) {
      return invalid_parameters(
          fmt::format("ProvisionedThroughput should not be specified for index: {} when BillingMode is PAY_PER_REQUEST",
                      index->name));
    }
    if (spec.settings.billing_mode == store::BillingMode::kProvisioned && !index->throughput) {
      return invalid_parameters(fmt::format("ProvisionedThroughput must be specified for index: {}", index->name));
    }
    spec.indexes.push_back(std::move(*index));
  }
  return {};
}

Result<void> read_settings(const RequestReader& reader, store::TableSettings& settings) {
  settings.billing_mode = read_billing_mode(reader).value_or(store::BillingMode::kProvisioned);
  const bool on_demand = settings.billing_mode == store::BillingMode::kPayPerRequest;
  if (on_demand && reader.has("ProvisionedThroughput")) {
    return invalid_parameters(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  if (!on_demand && !reader.has("ProvisionedThroughput")) {
    return invalid_parameters(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  auto throughput = read_throughput(reader);
  if (!throughput) return base::forward_error(throughput);
  settings.throughput = *throughput;
  if (reader.has("StreamSpecification")) {
    auto stream = read_stream(reader);
    if (!stream) return base::forward_error(stream);
    settings.stream = *stream;
  }
  auto tags = read_tags(reader);
  if (!tags) return base::forward_error(tags);
  settings.tags = std::move(*tags);
  settings.deletion_protection = reader.flag("DeletionProtectionEnabled");
  settings.table_class = read_table_class(reader);
  return check_no_encryption(reader);
}

Result<store::UpdateTableRequest::IndexChange> read_index_change(const RequestReader& reader,
                                                                 Definitions& definitions) {
  using Request = store::UpdateTableRequest;
  if (reader.has("Create")) {
    auto index = read_global_index(reader.part("Create"), definitions);
    if (!index) return base::forward_error(index);
    return Request::CreateIndex{std::move(*index)};
  }
  if (reader.has("Delete")) return Request::DeleteIndex{reader.part("Delete").text("IndexName")};
  if (reader.has("Update")) {
    const RequestReader part = reader.part("Update");
    auto throughput = read_throughput(part);
    if (!throughput) return base::forward_error(throughput);
    return Request::UpdateIndex{part.text("IndexName"), throughput->value()};
  }
  return invalid_parameters(
      "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
      "must not be null");
}

std::string_view index_name(const store::UpdateTableRequest::IndexChange& change) {
  if (const auto* create = std::get_if<store::UpdateTableRequest::CreateIndex>(&change)) return create->index.name;
  if (const auto* remove = std::get_if<store::UpdateTableRequest::DeleteIndex>(&change)) return remove->name;
  return std::get<store::UpdateTableRequest::UpdateIndex>(change).name;
}

Result<void> read_index_changes(const RequestReader& reader, store::UpdateTableRequest& request) {
  const auto sent = reader.find("GlobalSecondaryIndexUpdates");
  if (!sent) return {};
  auto definitions = Definitions::read(reader);
  if (!definitions) return base::forward_error(definitions);
  std::set<std::string, std::less<>> names;
  for (const JsonValue element : sent->elements()) {
    auto change = read_index_change(RequestReader(element), *definitions);
    if (!change) return base::forward_error(change);
    if (!names.emplace(index_name(*change)).second) {
      return invalid_parameters(
          fmt::format("Only one global secondary index update per index is allowed simultaneously. Index: {}",
                      index_name(*change)));
    }
    request.indexes.push_back(std::move(*change));
  }
  return {};
}

// --- Tags ---------------------------------------------------------------------------------------------------------

// The table of an ARN. Refused in the order in which DynamoDB does it.
Result<std::string> table_of(const RequestReader& reader, const ServerIdentity& identity, std::string_view operation) {
  const std::string arn = reader.text("ResourceArn");
  if (arn.empty()) return base::invalid("Invalid TableArn");
  if (std::ranges::count(arn, ':') < 5 || arn.find('/') == std::string::npos) {
    return base::fail(
        ErrorCode::kAccessDenied,
        fmt::format("User: arn:aws:iam::{}:root is not authorized to perform: dynamodb:{} on resource: {}",
                    identity.account, operation, arn));
  }
  const std::string tables = identity.table_arn("");
  if (!arn.starts_with("arn:aws:dynamodb:") || arn.find(":table/") == std::string::npos) {
    return base::invalid(fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}", arn));
  }
  if (!arn.starts_with(tables)) {
    return base::fail(ErrorCode::kResourceNotFound,
                      fmt::format("Requested resource not found: ResourcArn: {} not found", arn));
  }
  return arn.substr(tables.size());
}

// --- Descriptions -------------------------------------------------------------------------------------------------

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

void append_definitions(std::string& out, const store::TableSpec& spec) {
  std::vector<const store::KeyAttribute*> attributes;
  const auto add = [&](const store::KeySchema& keys) {
    for (const store::KeyAttribute* key : {&keys.partition, keys.sort ? &*keys.sort : nullptr}) {
      const bool known =
          key == nullptr || std::ranges::any_of(attributes, [&](const auto* a) { return a->name == key->name; });
      if (!known) attributes.push_back(key);
    }
  };
  add(spec.keys);
  for (const store::IndexSpec& index : spec.indexes) add(index.keys);
  char separator = '[';
  for (const store::KeyAttribute* attribute : attributes) {
    out.push_back(std::exchange(separator, ','));
    ObjectWriter object(out);
    object.text("AttributeName", attribute->name);
    object.text("AttributeType", item::to_string(attribute->type));
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
    object.text("IndexStatus", to_string(described.status));
    if (described.status == store::TableStatus::kCreating) object.flag("Backfilling", true);
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

std::string ServerIdentity::table_arn(std::string_view table) const {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", region, account, table);
}

std::string ServerIdentity::stream_arn(std::string_view table, std::int64_t created_ms) const {
  return fmt::format("{}/stream/{}", table_arn(table), stream_label(created_ms));
}

Result<store::CreateTableRequest> decode_create_table(JsonValue object) {
  const RequestReader reader(object);
  store::CreateTableRequest request;
  request.spec.name = reader.text("TableName");
  if (auto read = read_settings(reader, request.spec.settings); !read) return base::forward_error(read);
  auto definitions = Definitions::read(reader);
  if (!definitions) return base::forward_error(definitions);
  auto keys = read_keys(reader, *definitions, /*of_table=*/true);
  if (!keys) return base::forward_error(keys);
  request.spec.keys = std::move(*keys);
  if (auto read = read_local_indexes(reader, *definitions, request.spec); !read) return base::forward_error(read);
  if (auto read = read_global_indexes(reader, *definitions, request.spec); !read) return base::forward_error(read);
  if (!definitions->all_used()) {
    if (request.spec.indexes.empty()) {
      return invalid_parameters(
          "Number of attributes in KeySchema does not exactly match number of attributes defined in "
          "AttributeDefinitions");
    }
    return invalid_parameters(
        fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: {}, keys used: {}",
                    definitions->names(), definitions->used_names()));
  }
  return request;
}

Result<store::UpdateTableRequest> decode_update_table(JsonValue object) {
  const RequestReader reader(object);
  store::UpdateTableRequest request{.table = reader.text("TableName")};
  request.billing_mode = read_billing_mode(reader);
  if (request.billing_mode == store::BillingMode::kProvisioned && !reader.has("ProvisionedThroughput")) {
    return invalid_parameters("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  auto throughput = read_throughput(reader);
  if (!throughput) return base::forward_error(throughput);
  request.throughput = *throughput;
  if (auto read = read_index_changes(reader, request); !read) return base::forward_error(read);
  if (reader.has("StreamSpecification")) {
    auto stream = read_stream(reader);
    if (!stream) return base::forward_error(stream);
    request.stream = *stream;
  }
  if (reader.has("DeletionProtectionEnabled")) request.deletion_protection = reader.flag("DeletionProtectionEnabled");
  request.table_class = read_table_class(reader);
  if (auto checked = check_no_encryption(reader); !checked) return base::forward_error(checked);
  if (!request.billing_mode && !request.throughput && request.indexes.empty() && !request.stream &&
      !request.deletion_protection && !request.table_class && !reader.has("SSESpecification")) {
    return base::invalid(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required");
  }
  return request;
}

Result<store::ListTablesRequest> decode_list_tables(JsonValue object) {
  const RequestReader reader(object);
  return store::ListTablesRequest{.exclusive_start_table = reader.text("ExclusiveStartTableName"),
                                  .limit = reader.number("Limit")};
}

Result<store::UpdateTimeToLiveRequest> decode_update_time_to_live(JsonValue object) {
  const RequestReader reader(object);
  const RequestReader part = reader.part("TimeToLiveSpecification");
  return store::UpdateTimeToLiveRequest{
      .table = reader.text("TableName"), .attribute = part.text("AttributeName"), .enabled = part.flag("Enabled")};
}

Result<store::UpdateTagsRequest> decode_tag_resource(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  auto table = table_of(reader, identity, "TagResource");
  if (!table) return base::forward_error(table);
  auto tags = read_tags(reader);
  if (!tags) return base::forward_error(tags);
  if (tags->empty()) return base::invalid("Atleast one Tag needs to be provided as Input.");
  return store::UpdateTagsRequest{.table = std::move(*table), .set = std::move(*tags), .remove = {}};
}

Result<store::UpdateTagsRequest> decode_untag_resource(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  auto table = table_of(reader, identity, "UntagResource");
  if (!table) return base::forward_error(table);
  store::UpdateTagsRequest request{.table = std::move(*table), .set = {}, .remove = {}};
  for (const JsonValue key : reader.find("TagKeys")->elements()) request.remove.emplace_back(key.text());
  if (request.remove.empty()) return base::invalid("Atleast one Tag Key needs to be provided as Input.");
  return request;
}

Result<std::string> decode_list_tags(JsonValue object, const ServerIdentity& identity) {
  return table_of(RequestReader(object), identity, "ListTagsOfResource");
}

std::string encode_table(const store::TableDescription& table, std::string_view member,
                         const ServerIdentity& identity) {
  const store::TableSettings& settings = table.spec.settings;
  std::string body;
  ObjectWriter reply(body);
  ObjectWriter object(reply.member(member));
  append_definitions(object.member("AttributeDefinitions"), table.spec);
  object.text("TableName", table.spec.name);
  append_key_schema(object.member("KeySchema"), table.spec.keys);
  object.text("TableStatus", to_string(table.status));
  object.time("CreationDateTime", table.created_ms);
  add_throughput(object, settings.throughput);
  object.number("TableSizeBytes", static_cast<std::int64_t>(table.size_bytes));
  object.number("ItemCount", static_cast<std::int64_t>(table.item_count));
  object.text("TableArn", identity.table_arn(table.spec.name));
  object.text("TableId", table.table_id);
  if (settings.billing_mode == store::BillingMode::kPayPerRequest) {
    ObjectWriter billing(object.member("BillingModeSummary"));
    billing.text("BillingMode", text_of(settings.billing_mode));
    billing.time("LastUpdateToPayPerRequestDateTime", table.created_ms);
    billing.close();
  }
  add_indexes(object, "LocalSecondaryIndexes", table, /*local=*/true, identity);
  add_indexes(object, "GlobalSecondaryIndexes", table, /*local=*/false, identity);
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

std::string encode_tags(const store::TableDescription& table) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("Tags");
  out.push_back('[');
  bool first = true;
  for (const auto& [key, value] : table.spec.settings.tags) {
    if (!std::exchange(first, false)) out.push_back(',');
    ObjectWriter tag(out);
    tag.text("Key", key);
    tag.text("Value", value);
    tag.close();
  }
  out.push_back(']');
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
