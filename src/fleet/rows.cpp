#include "mrgc/fleet/rows.h"

#include <array>

#include "fleet/attributes.h"

namespace mrgc::fleet {
namespace {

// Sets what is there: DynamoDB has no absent values, and an empty text says nothing.
class RowBuilder {
 public:
  RowBuilder& set(std::string_view name, const item::Value& value) {
    builder_.set(name, value);
    return *this;
  }
  RowBuilder& set_text(std::string_view name, const std::string& text) {
    if (!text.empty()) builder_.set(name, text);
    return *this;
  }
  RowBuilder& set_optional(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) builder_.set(name, *value);
    return *this;
  }
  item::Item build() const { return builder_.build(); }

 private:
  item::ItemBuilder builder_;
};

template <typename T>
Result<T> finish(const AttributeReader& reader, std::string_view what, T row) {
  if (Result<void> complete = reader.finish(what); !complete) return base::forward_error(complete);
  return row;
}

template <typename T, std::size_t kCount>
std::optional<T> parse_word(std::string_view text, const std::array<T, kCount>& words) {
  for (const T word : words) {
    if (text == to_string(word)) return word;
  }
  return std::nullopt;
}

// The parts that have our form. A row of another writer's making keeps its `value`, but nothing can be added to it.
MetricParts read_parts(const std::optional<item::MapView>& dimensions) {
  MetricParts parts;
  if (!dimensions) return parts;
  for (const auto& [pool, writers] : *dimensions) {
    if (writers.type() != item::Type::kMap) continue;
    for (const auto& [writer, map] : writers.as_map()) {
      if (map.type() != item::Type::kMap) continue;
      if (Result<MetricPart> part = MetricPart::from_map(map.as_map())) {
        parts[std::string(pool)].emplace(writer, std::move(*part));
      }
    }
  }
  return parts;
}

}  // namespace

std::string_view to_string(ScalingAction action) {
  switch (action) {
    case ScalingAction::kNone: return "none";
    case ScalingAction::kScaleUp: return "scale-up";
    case ScalingAction::kScaleDown: return "scale-down";
  }
  return "";
}

std::optional<ScalingAction> parse_scaling_action(std::string_view text) {
  using enum ScalingAction;
  return parse_word(text, std::array{kNone, kScaleUp, kScaleDown});
}

std::string_view to_string(ValidationStatus status) {
  switch (status) {
    case ValidationStatus::kPending: return "pending";
    case ValidationStatus::kPassed: return "passed";
    case ValidationStatus::kFailed: return "failed";
  }
  return "";
}

std::optional<ValidationStatus> parse_validation_status(std::string_view text) {
  using enum ValidationStatus;
  return parse_word(text, std::array{kPending, kPassed, kFailed});
}

item::Item GpuInstance::to_item() const {
  RowBuilder row;
  row.set("instance_id", instance_id).set("region", region).set("model_pool", model_pool);
  row.set("state", to_string(state)).set("launch_time", launch_time).set("state_changed_at", state_changed_at);
  row.set_optional("queue_depth", queue_depth).set_optional("last_heartbeat", last_heartbeat);
  row.set_text("ip_address", ip_address).set_text("subnet_id", subnet_id).set_text("subnet_cidr", subnet_cidr);
  row.set_text("availability_zone", availability_zone).set_text("boot_id", boot_id);
  row.set_text("quarantine_reason", quarantine_reason).set_optional("drained_at", drained_at);
  row.set_optional("cleanup_passed_at", cleanup_passed_at).set_optional("ttl", ttl);
  row.set_optional("verdicts_count_from", verdicts_count_from);
  if (!metadata.empty()) row.set("metadata", metadata);
  return row.build();
}

Result<GpuInstance> GpuInstance::from_item(const item::Item& item) {
  AttributeReader reader(item.attributes());
  GpuInstance row;
  row.instance_id = reader.text("instance_id");
  row.region = reader.text("region");
  row.model_pool = reader.text("model_pool");
  row.state = reader.word("state", parse_instance_state);
  row.queue_depth = reader.optional_integer("queue_depth");
  row.last_heartbeat = reader.optional_integer("last_heartbeat");
  row.launch_time = reader.optional_integer("launch_time").value_or(0);
  row.ip_address = reader.optional_text("ip_address");
  row.subnet_id = reader.optional_text("subnet_id");
  row.availability_zone = reader.optional_text("availability_zone");
  if (const std::optional<item::MapView> metadata = reader.optional_map("metadata")) {
    for (const auto& [name, value] : *metadata) row.metadata.emplace(name, value.to_value());
  }
  row.ttl = reader.optional_integer("ttl");
  row.boot_id = reader.optional_text("boot_id");
  row.drained_at = reader.optional_integer("drained_at");
  row.cleanup_passed_at = reader.optional_integer("cleanup_passed_at");
  row.quarantine_reason = reader.optional_text("quarantine_reason");
  row.state_changed_at = reader.optional_integer("state_changed_at").value_or(0);
  row.verdicts_count_from = reader.optional_integer("verdicts_count_from");
  row.subnet_cidr = reader.optional_text("subnet_cidr");
  return finish(reader, "GPU instance", std::move(row));
}

item::Item RoutingState::to_item() const {
  RowBuilder row;
  row.set("instance_id", instance_id).set("region", region).set("routing_score", to_number(routing_score));
  row.set("queue_depth", queue_depth).set("avg_latency_ms", to_number(avg_latency_ms));
  row.set("health_status", to_string(health_status)).set("last_updated", last_updated);
  row.set_text("subnet_cidr", subnet_cidr).set_text("model_pool", model_pool).set_optional("ttl", ttl);
  return row.build();
}

Result<RoutingState> RoutingState::from_item(const item::Item& item) {
  AttributeReader reader(item.attributes());
  RoutingState row;
  row.instance_id = reader.text("instance_id");
  row.region = reader.text("region");
  row.routing_score = reader.number("routing_score");
  row.queue_depth = reader.optional_integer("queue_depth").value_or(0);
  row.avg_latency_ms = reader.optional_number("avg_latency_ms").value_or(0);
  row.health_status = reader.word("health_status", parse_health_status);
  row.last_updated = reader.integer("last_updated");
  row.subnet_cidr = reader.optional_text("subnet_cidr");
  row.ttl = reader.optional_integer("ttl");
  row.model_pool = reader.optional_text("model_pool");
  return finish(reader, "routing state", std::move(row));
}

item::Item AutoscalingState::to_item() const {
  RowBuilder row;
  row.set("model_pool", model_pool).set("timestamp", timestamp).set("region", region);
  row.set("current_capacity", current_capacity).set("desired_capacity", desired_capacity);
  row.set("min_capacity", min_capacity).set("max_capacity", max_capacity);
  row.set("current_rps", to_number(current_rps)).set("target_rps", to_number(target_rps));
  row.set("scaling_action", to_string(scaling_action)).set_text("reason", reason).set_optional("ttl", ttl);
  return row.build();
}

Result<AutoscalingState> AutoscalingState::from_item(const item::Item& item) {
  AttributeReader reader(item.attributes());
  AutoscalingState row;
  row.model_pool = reader.text("model_pool");
  row.timestamp = reader.integer("timestamp");
  row.region = reader.text("region");
  row.current_capacity = reader.optional_integer("current_capacity").value_or(0);
  row.desired_capacity = reader.integer("desired_capacity");
  row.min_capacity = reader.optional_integer("min_capacity").value_or(0);
  row.max_capacity = reader.optional_integer("max_capacity").value_or(0);
  row.current_rps = reader.optional_number("current_rps").value_or(0);
  row.target_rps = reader.optional_number("target_rps").value_or(0);
  row.scaling_action = reader.word("scaling_action", parse_scaling_action);
  row.reason = reader.optional_text("reason");
  row.ttl = reader.optional_integer("ttl");
  return finish(reader, "autoscaling state", std::move(row));
}

item::Item CleanupValidation::to_item() const {
  RowBuilder row;
  row.set("instance_id", instance_id).set("validation_timestamp", validation_timestamp);
  row.set("validation_status", to_string(validation_status)).set("gpu_memory_wiped", gpu_memory_wiped);
  row.set("system_memory_wiped", system_memory_wiped).set("enclave_stopped", enclave_stopped);
  row.set_text("integrity_check", integrity_check).set_text("failure_reason", failure_reason);
  row.set_text("quarantine_reason", quarantine_reason).set_text("validator_id", validator_id);
  row.set_optional("ttl", ttl);
  return row.build();
}

Result<CleanupValidation> CleanupValidation::from_item(const item::Item& item) {
  AttributeReader reader(item.attributes());
  CleanupValidation row;
  row.instance_id = reader.text("instance_id");
  row.validation_timestamp = reader.integer("validation_timestamp");
  row.validation_status = reader.word("validation_status", parse_validation_status);
  row.gpu_memory_wiped = reader.optional_flag("gpu_memory_wiped");
  row.system_memory_wiped = reader.optional_flag("system_memory_wiped");
  row.enclave_stopped = reader.optional_flag("enclave_stopped");
  row.integrity_check = reader.optional_text("integrity_check");
  row.failure_reason = reader.optional_text("failure_reason");
  row.quarantine_reason = reader.optional_text("quarantine_reason");
  row.validator_id = reader.optional_text("validator_id");
  row.ttl = reader.optional_integer("ttl");
  return finish(reader, "cleanup validation", std::move(row));
}

item::Item Metric::to_item() const {
  // The map of parts is there even when empty: updates of what is in it need it.
  item::Value::Map dimensions;
  for (const auto& [pool, writers] : parts) {
    item::Value::Map by_writer;
    for (const auto& [writer, part] : writers) by_writer.emplace(writer, part.to_map());
    dimensions.emplace(pool, std::move(by_writer));
  }
  RowBuilder row;
  row.set("metric_name", metric_name).set("timestamp", timestamp).set("region", region);
  row.set("value", to_number(value)).set("unit", unit).set("dimensions", std::move(dimensions));
  row.set("revision", revision).set_optional("ttl", ttl);
  return row.build();
}

Result<Metric> Metric::from_item(const item::Item& item) {
  AttributeReader reader(item.attributes());
  Metric row;
  row.metric_name = reader.text("metric_name");
  row.timestamp = reader.integer("timestamp");
  row.region = reader.text("region");
  row.value = reader.number("value");
  row.unit = reader.optional_text("unit");
  row.parts = read_parts(reader.optional_map("dimensions"));
  row.revision = reader.optional_integer("revision").value_or(0);
  row.ttl = reader.optional_integer("ttl");
  return finish(reader, "metric", std::move(row));
}

}  // namespace mrgc::fleet
