#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mrgc/base/error.h"
#include "mrgc/fleet/lifecycle.h"
#include "mrgc/fleet/metric_parts.h"
#include "mrgc/fleet/routing_score.h"
#include "mrgc/item/item.h"

/// The rows of the five tables as structs (specification: DynamoDB Global Tables Module, Tables). All times are Unix
/// times in whole seconds. `to_item` leaves out what is empty or absent. `from_item` takes rows that others wrote: it
/// fails with `kValidation`, naming the attribute, when the row's key, `region` or any other attribute without which
/// the row means nothing is missing or of the wrong type or value; other attributes are then as if absent.

namespace mrgc::fleet {

/// Whether a row is past its time to live. DynamoDB deletes late, so every reader here leaves such rows out.
inline bool is_expired(const std::optional<std::int64_t>& ttl, std::int64_t now_s) { return ttl && *ttl <= now_s; }

/// A row of `gpu-instances`. Written only in its home, `region`.
struct GpuInstance {
  std::string instance_id;
  std::string region;
  std::string model_pool;
  InstanceState state = InstanceState::kLaunching;
  std::optional<std::int64_t> queue_depth;     ///< 0 to 10; absent in rows that come from an index
  std::optional<std::int64_t> last_heartbeat;  ///< absent in rows that come from an index
  std::int64_t launch_time = 0;
  std::string ip_address;
  std::string subnet_id;
  std::string availability_zone;
  item::Value::Map metadata;
  std::optional<std::int64_t> ttl;  ///< terminated instances only
  // Additions to the specification.
  std::string boot_id;
  std::optional<std::int64_t> drained_at;         ///< when its last drain began
  std::optional<std::int64_t> cleanup_passed_at;  ///< when that drain's cleanup validation passed
  std::string quarantine_reason;
  std::int64_t state_changed_at = 0;
  std::optional<std::int64_t> verdicts_count_from;  ///< cleanup verdicts from then on are about this life of the id
  std::string subnet_cidr;

  item::Item to_item() const;
  static Result<GpuInstance> from_item(const item::Item& item);
  friend bool operator==(const GpuInstance&, const GpuInstance&) = default;
};

/// A row of `routing-state`. Written only in its home, `region`; exists only while the instance takes requests.
struct RoutingState {
  std::string instance_id;
  std::string region;
  double routing_score = 0;  ///< 0 to 100, higher is better
  std::int64_t queue_depth = 0;
  double avg_latency_ms = 0;
  HealthStatus health_status = HealthStatus::kHealthy;
  std::int64_t last_updated = 0;
  std::string subnet_cidr;
  std::optional<std::int64_t> ttl;  ///< one hour after `last_updated`
  std::string model_pool;           ///< an addition to the specification

  item::Item to_item() const;
  static Result<RoutingState> from_item(const item::Item& item);
  friend bool operator==(const RoutingState&, const RoutingState&) = default;
};

enum class ScalingAction : std::uint8_t { kNone, kScaleUp, kScaleDown };

/// As the table has it: `none`, `scale-up`, `scale-down`.
std::string_view to_string(ScalingAction action);
std::optional<ScalingAction> parse_scaling_action(std::string_view text);

/// A row of `autoscaling-state`. Written only in its home, `region`.
struct AutoscalingState {
  std::string model_pool;
  /// The decision's minute plus the region's ordinal, so that regions that decide in the same minute do not overwrite
  /// each other. The minute of the epoch itself (0 to 59) holds each region's durable limits, without TTL.
  std::int64_t timestamp = 0;
  std::string region;
  std::int64_t current_capacity = 0;
  std::int64_t desired_capacity = 0;
  std::int64_t min_capacity = 0;
  std::int64_t max_capacity = 0;
  double current_rps = 0;
  double target_rps = 0;  ///< for each instance
  ScalingAction scaling_action = ScalingAction::kNone;
  std::string reason;
  std::optional<std::int64_t> ttl;  ///< 30 days after the decision

  item::Item to_item() const;
  static Result<AutoscalingState> from_item(const item::Item& item);
  friend bool operator==(const AutoscalingState&, const AutoscalingState&) = default;
};

enum class ValidationStatus : std::uint8_t { kPending, kPassed, kFailed };

/// As the table has it: `pending`, `passed`, `failed`.
std::string_view to_string(ValidationStatus status);
std::optional<ValidationStatus> parse_validation_status(std::string_view text);

/// A row of `cleanup-validation`. Insert-only, and therefore written in whatever region recorded it; only a pending row
/// may still change, in the region that inserted it.
struct CleanupValidation {
  std::string instance_id;
  /// The first second, from the moment of recording on, whose remainder by the number of regions is the recording
  /// region's ordinal: so verdicts of different regions never replace each other.
  std::int64_t validation_timestamp = 0;
  ValidationStatus validation_status = ValidationStatus::kPending;
  bool gpu_memory_wiped = false;
  bool system_memory_wiped = false;
  bool enclave_stopped = false;
  std::string integrity_check;
  std::string failure_reason;
  std::string quarantine_reason;
  std::string validator_id;
  std::optional<std::int64_t> ttl;  ///< 90 days after the validation

  item::Item to_item() const;
  static Result<CleanupValidation> from_item(const item::Item& item);
  friend bool operator==(const CleanupValidation&, const CleanupValidation&) = default;
};

/// A row of `metrics`: one metric, minute and region. Written only in its home, `region`.
struct Metric {
  std::string metric_name;
  /// The minute plus the region's ordinal, so that regions that report the same minute do not overwrite each other.
  std::int64_t timestamp = 0;
  std::string region;
  double value = 0;  ///< the region's value; what `parts` amount to
  std::string unit;
  MetricParts parts;                ///< `dimensions`; parts of a form that is not ours are left out
  std::int64_t revision = 0;        ///< counts the changes of `parts`; an addition to the specification
  std::optional<std::int64_t> ttl;  ///< 30 days after the minute

  std::int64_t minute() const { return timestamp - timestamp % 60; }

  item::Item to_item() const;
  static Result<Metric> from_item(const item::Item& item);
  friend bool operator==(const Metric&, const Metric&) = default;
};

}  // namespace mrgc::fleet
