#include "protocol/table_requests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "protocol/tag_requests.h"

namespace mrgc::protocol {
namespace {

constexpr std::int64_t kMaxThroughput = 1'000'000'000'000;

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

// Of a table, or of the index of this name.
Result<std::optional<store::Throughput>> read_throughput(const RequestReader& reader, std::string_view index = {}) {
  if (!reader.has("ProvisionedThroughput")) return std::optional<store::Throughput>();
  const RequestReader part = reader.part("ProvisionedThroughput");
  const store::Throughput throughput{.read_units = part.number("ReadCapacityUnits").value(),
                                     .write_units = part.number("WriteCapacityUnits").value()};
  for (const auto& [units, name] :
       {std::pair(throughput.read_units, "Read"), std::pair(throughput.write_units, "Write")}) {
    if (units <= kMaxThroughput) continue;
    return base::invalid(fmt::format("Given value {} for {}CapacityUnits is out of bounds{}{}", units, name,
                                     index.empty() ? "" : " for index ", index));
  }
  return std::optional(throughput);
}

// What an on-demand table may take at most; -1 for no limit.
Result<std::optional<store::Throughput>> read_on_demand_limits(const RequestReader& reader) {
  if (!reader.has("OnDemandThroughput")) return std::optional<store::Throughput>();
  const RequestReader part = reader.part("OnDemandThroughput");
  store::Throughput limits;
  for (const auto& [name, units] :
       {std::pair("MaxReadRequestUnits", &limits.read_units), std::pair("MaxWriteRequestUnits", &limits.write_units)}) {
    const std::int64_t sent = part.number(name).value_or(-1);
    if (sent < -1 || sent == 0) {
      return invalid_parameters(fmt::format("{} must be at least 1, or -1 for no limit, and is {}", name, sent));
    }
    *units = sent == -1 ? 0 : sent;
  }
  return std::optional(limits);
}

// AWS has another name for it that it does not document, and gives both in descriptions.
std::optional<store::BillingMode> read_billing_mode(const RequestReader& reader) {
  const std::string_view member = reader.has("BillingMode") ? "BillingMode" : "TableThroughputMode";
  if (!reader.has(member)) return std::nullopt;
  return reader.text(member) == "PROVISIONED" ? store::BillingMode::kProvisioned : store::BillingMode::kPayPerRequest;
}

std::optional<store::TableClass> read_table_class(const RequestReader& reader) {
  if (!reader.has("TableClass")) return std::nullopt;
  return reader.text("TableClass") == "STANDARD" ? store::TableClass::kStandard : store::TableClass::kInfrequentAccess;
}

// What the stream is to be; nothing within for none. `with_view` says what is wrong with a view of none.
Result<std::optional<store::StreamView>> read_stream(const RequestReader& reader, std::string_view with_view) {
  const RequestReader part = reader.part("StreamSpecification");
  const std::string view = part.text("StreamViewType");
  if (!part.flag("StreamEnabled")) {
    if (!view.empty()) return invalid_parameters(with_view);
    return std::optional<store::StreamView>();
  }
  if (view == "KEYS_ONLY") return std::optional(store::StreamView::kKeysOnly);
  if (view == "NEW_IMAGE") return std::optional(store::StreamView::kNewImage);
  if (view == "OLD_IMAGE") return std::optional(store::StreamView::kOldImage);
  if (view == "NEW_AND_OLD_IMAGES") return std::optional(store::StreamView::kNewAndOldImages);
  return invalid_parameters("StreamViewType must be specified when StreamEnabled is true");
}

// What is not in reach here is refused: better than a table that is not what was asked for.
Result<void> check_supported(const RequestReader& reader) {
  for (const std::string_view member :
       {"ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency", "GlobalTableSettingsReplicationMode",
        "ResourcePolicy", "VectorIndexes", "WarmThroughput"}) {
    if (!reader.has(member)) continue;
    return invalid_parameters(fmt::format("{} is not supported by this store; leave it out", member));
  }
  if (!reader.has("SSESpecification") || !reader.part("SSESpecification").flag("Enabled")) return {};
  return invalid_parameters(
      "SSESpecification: encryption with a customer's key is not supported by this store; leave it out");
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
      return invalid_parameters(fmt::format("ProvisionedThroughput is not specified for index: {}", index->name));
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
  auto limits = read_on_demand_limits(reader);
  if (!limits) return base::forward_error(limits);
  if (*limits && !on_demand) {
    return invalid_parameters("OnDemandThroughput can be specified only when BillingMode is PAY_PER_REQUEST");
  }
  settings.on_demand_limits = *limits;
  if (reader.has("StreamSpecification")) {
    auto stream =
        read_stream(reader, "Table is being created with a stream disabled, UpdateViewType should not be specified");
    if (!stream) return base::forward_error(stream);
    settings.stream = *stream;
  }
  auto tags = read_tags(reader);
  if (!tags) return base::forward_error(tags);
  settings.tags = std::move(*tags);
  settings.deletion_protection = reader.flag("DeletionProtectionEnabled");
  settings.table_class = read_table_class(reader);
  return check_supported(reader);
}

Result<store::UpdateTableRequest::IndexChange> read_index_change(const RequestReader& reader,
                                                                 Definitions& definitions) {
  using Request = store::UpdateTableRequest;
  if (reader.has("Create") + reader.has("Delete") + reader.has("Update") > 1) {
    return invalid_parameters(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
  }
  if (reader.has("Create")) {
    auto index = read_global_index(reader.part("Create"), definitions);
    if (!index) return base::forward_error(index);
    return Request::CreateIndex{std::move(*index)};
  }
  if (reader.has("Delete")) return Request::DeleteIndex{reader.part("Delete").text("IndexName")};
  if (reader.has("Update")) {
    const RequestReader part = reader.part("Update");
    auto throughput = read_throughput(part, part.text("IndexName"));
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

}  // namespace

Result<store::CreateTableRequest> decode_create_table(JsonValue object) {
  const RequestReader reader(object);
  store::CreateTableRequest request;
  request.spec.name = reader.table();
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
  store::UpdateTableRequest request{.table = reader.table()};
  request.billing_mode = read_billing_mode(reader);
  if (request.billing_mode == store::BillingMode::kProvisioned && !reader.has("ProvisionedThroughput")) {
    return invalid_parameters("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  }
  auto throughput = read_throughput(reader);
  if (!throughput) return base::forward_error(throughput);
  request.throughput = *throughput;
  auto limits = read_on_demand_limits(reader);
  if (!limits) return base::forward_error(limits);
  request.on_demand_limits = *limits;
  if (auto read = read_index_changes(reader, request); !read) return base::forward_error(read);
  if (reader.has("StreamSpecification")) {
    auto stream = read_stream(reader, "StreamViewType must not be specified when StreamEnabled is false");
    if (!stream) return base::forward_error(stream);
    request.stream = *stream;
  }
  if (reader.has("DeletionProtectionEnabled")) request.deletion_protection = reader.flag("DeletionProtectionEnabled");
  request.table_class = read_table_class(reader);
  if (auto checked = check_supported(reader); !checked) return base::forward_error(checked);
  if (!request.billing_mode && !request.throughput && request.indexes.empty() && !request.stream &&
      !request.on_demand_limits && !request.deletion_protection && !request.table_class &&
      !reader.has("SSESpecification")) {
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
      .table = reader.table(), .attribute = part.text("AttributeName"), .enabled = part.flag("Enabled")};
}

}  // namespace mrgc::protocol
