#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/fleet/regions.h"
#include "mrgc/fleet/rows.h"

namespace mrgc::fleet {

/// What the fleet's tables were asked for, and what the store charged for it.
struct StateStats {
  std::uint64_t reads = 0;   ///< read operations, each page of a listing one
  std::uint64_t writes = 0;  ///< write operations, refused conditional writes included
  double read_units = 0;     ///< consumed read capacity units
  double write_units = 0;    ///< consumed write capacity units; a refused write's are not known
};

/// Which part of a listing is wanted.
struct ListOptions {
  static constexpr std::size_t kMaxLimit = 1'000'000;

  std::size_t limit = kMaxLimit;  ///< at most so many rows, 1 to `kMaxLimit`; pages of the store are joined
  item::Item start_after = {};    ///< `Listing::next` of the listing before; empty: from the start
};

/// Rows in the order of the key that was asked for, without those past their time to live.
template <typename Row>
struct Listing {
  std::vector<Row> rows;
  std::size_t malformed = 0;  ///< rows that were left out because `Row::from_item` refused them
  item::Item next;            ///< for `ListOptions::start_after`; empty: this was all
};

/// All rows of a listing, however many. `list` gives a part of it by `ListOptions`, as a call of one of the methods
/// below does; it is called until there is no `next`. Errors: those of `list`.
template <typename List>
auto list_all(const List& list, ListOptions options = {}) {
  auto all = list(options);
  while (all && !all->next.empty()) {
    options.start_after = std::move(all->next);
    auto more = list(options);
    if (!more) return more;
    std::ranges::move(more->rows, std::back_inserter(all->rows));
    all->malformed += more->malformed;
    all->next = std::move(more->next);
  }
  return all;
}

/// What a new instance says of itself (specification: `register_instance`, `register_new_instance`).
struct Registration {
  std::string instance_id = {};
  std::string region = {};  ///< where it runs: its home
  std::string model_pool = {};
  std::string ip_address = {};
  std::string subnet_id = {};
  std::string availability_zone = {};
  std::string subnet_cidr = {};
  /// Differs for every boot. Empty when boots have no ids; then nothing tells a terminated boot that still runs from a
  /// new one, and both may register.
  std::string boot_id = {};
  item::Value::Map metadata = {};
};

enum class Registered : std::uint8_t {
  kCreated,    ///< it is new, or a new boot of a terminated one, and is launching now
  kRefreshed,  ///< this very boot was registered already: its facts and heartbeat were renewed, its state kept
};

/// A change of an instance's state.
struct StateChange {
  InstanceState to = InstanceState::kAvailable;
  std::optional<std::int64_t> queue_depth = {};  ///< 0 to 10; nothing: as it was
  std::string quarantine_reason = {};            ///< with `kQuarantined` only
};

/// What is measured of an instance that takes requests, with the score that follows from it.
struct RoutingFacts {
  double routing_score = 0;
  std::int64_t queue_depth = 0;
  double avg_latency_ms = 0;
  HealthStatus health_status = HealthStatus::kHealthy;
};

/// Which instances `find_best_instances` looks for.
struct BestQuery {
  static constexpr std::size_t kMaxLimit = 1000;

  std::string region = {};
  std::size_t limit = 10;            ///< 1 to `kMaxLimit`
  std::string model_pool = {};       ///< empty: any
  std::int64_t stale_after_s = 120;  ///< rows that were not updated for longer are left out
};

struct BestInstances {
  std::vector<RoutingState> instances;  ///< by score, highest first; equal scores by instance id
  std::size_t expired = 0;              ///< rows passed over on the way because they are past their time to live,
  std::size_t stale = 0;                ///< or silent for too long,
  std::size_t malformed = 0;            ///< or unreadable
};

/// What one writer has seen of a metric in a minute, for `merge_metric_parts`.
struct MetricWrite {
  MetricId metric = MetricId::kRps;
  std::string region = {};
  std::int64_t minute = 0;  ///< a multiple of 60
  std::string writer = {};
  std::map<std::string, MetricPart, std::less<>> parts =
      {};             ///< by pool: all that the writer has seen there in the minute
  bool first = true;  ///< a hint that saves a refused write: whether the writer's first for this row
};

/// Creates, reads, updates, deletes and queries the rows of the five tables (specification: State Manager).
///
/// Reads go to the own region's replica and may be a replication lag old, except where a method says otherwise; rows
/// past their time to live are as if gone. A write of a row goes to the row's home: it is tried in the own region on
/// the condition that the row is at home here, and done once more in its home when the refusal shows another. A row
/// that is so new elsewhere that it has not arrived here is `kNotFound`.
///
/// Errors of every method, besides the ones it names: `kInvalidArgument` for a value out of its range, a malformed id
/// or pool (1 to 128 of `A-Z a-z 0-9 . _ : -`) or an unknown region; `kUnavailable`, naming the region, when the region
/// that must answer cannot be reached or is read-only, and then nothing is changed; what `store::Store` fails with.
/// Retrying any method is safe. Thread-safe. The regions, their stores and the clock must outlive it.
class StateManager {
 public:
  StateManager(const Regions& regions, const base::Clock& clock);
  ~StateManager();
  StateManager(const StateManager&) = delete;
  StateManager& operator=(const StateManager&) = delete;

  const Regions& regions() const;

  /// What was done through this object so far.
  StateStats stats() const;

  /// Creates the tables that are missing in any of the regions' stores and enables their TTL.
  /// Errors: `kResourceInUse` when a table of the same name has another key, lacks an index, has one of another form,
  /// or has another TTL attribute (the message says which), or, retryable, while a table is still being created.
  Result<void> create_tables();

  // --- gpu-instances --------------------------------------------------------------------------------------------

  /// Registers an instance as launching (specification: "GPU Instance: Register on Launch", without its `ttl`: only
  /// terminated instances have one).
  /// Over the row of a terminated instance only another boot may register; without a boot id, only where that row has
  /// none either. Cleanup verdicts of the id's earlier life that are known here do not count any more, even where the
  /// second that they were given lies ahead.
  /// Errors: `kRefused` when the id is alive with another boot id, pool or region, in quarantine, or this very boot was
  /// terminated; the message says what to do.
  Result<Registered> register_instance(const Registration& registration);

  /// Errors: `kNotFound`.
  Result<GpuInstance> get_instance(std::string_view instance_id);

  /// As `get_instance`, but from the replica of `region`, strongly consistent.
  Result<GpuInstance> get_instance_at(std::string_view region, std::string_view instance_id);

  /// Notes that the instance is alive and how many requests it has, 0 to 10. Touches no index. With a `boot_id`, only
  /// that boot may say so.
  /// Errors: `kNotFound` when it never registered, `kRefused` when it is terminated or another boot has its id.
  Result<void> heartbeat(std::string_view instance_id, std::int64_t queue_depth, std::string_view boot_id = {});

  /// Changes the state along the legal transitions (`lifecycle.h`) in one conditional write, and returns the instance
  /// as it then is. To change to the state that it has already changes nothing and succeeds. Termination sets the time
  /// to live, 7 days; every other change removes it. A drain forgets earlier cleanup proofs.
  /// Errors: `kNotFound`; `kIllegalTransition`, naming the state and the legal ones; `kRefused` for the return from
  /// draining without a cleanup validation that passed after the drain.
  Result<GpuInstance> update_instance_state(std::string_view instance_id, const StateChange& change);

  /// Notes on a draining instance that its cleanup validation has just passed: the proof that lets it return.
  /// Errors: `kNotFound`, `kRefused` when it is not draining, or the drain began in this very second.
  Result<void> record_cleanup_proof(std::string_view instance_id);

  /// Removes a terminated instance before its time to live does.
  /// Errors: `kNotFound`, `kRefused` when it is not terminated.
  Result<void> delete_instance(std::string_view instance_id);

  /// Instances by region, by pool and by state (indexes `region-index`, `model-pool-index`, `state-index`), in no
  /// particular order. The indexes lack what heartbeats write: `queue_depth` and `last_heartbeat` are absent, and the
  /// remaining attributes are as `GpuInstance` has them by default; `fetch_instances` gets them.
  Result<Listing<GpuInstance>> list_instances_by_region(std::string_view region, const ListOptions& options = {});
  Result<Listing<GpuInstance>> list_instances_by_pool(std::string_view model_pool, const ListOptions& options = {});
  Result<Listing<GpuInstance>> list_instances_by_state(InstanceState state, const ListOptions& options = {});

  /// The available instances of a region, of a pool, or of both; of all where both are empty. Otherwise as above.
  Result<Listing<GpuInstance>> list_available_instances(std::string_view region, std::string_view model_pool,
                                                        const ListOptions& options = {});

  /// All instances with all attributes, in no particular order: a scan of the table.
  Result<Listing<GpuInstance>> scan_instances(const ListOptions& options = {});

  /// The instances with all attributes, in the order of `instance_ids`; those that are gone are left out.
  Result<Listing<GpuInstance>> fetch_instances(const std::vector<std::string>& instance_ids);

  // --- routing-state --------------------------------------------------------------------------------------------

  /// Inserts a row at its home, with `last_updated` and `ttl` set from the clock. A row that is there already stays,
  /// unless it was last updated before `replace_before_s`. Returns whether the row was written.
  Result<bool> create_routing_state(const RoutingState& row, std::int64_t replace_before_s);

  /// Errors: `kNotFound`.
  Result<RoutingState> get_routing_state(std::string_view instance_id);

  /// Writes what is measured now; `ttl` becomes an hour from now. Never creates a row.
  /// Errors: `kNotFound` when the instance has no routing row, as when it is not available.
  Result<void> update_routing_state(std::string_view instance_id, const RoutingFacts& facts);

  /// Removes the row at `home`; succeeds when there is none.
  Result<void> delete_routing_state(std::string_view instance_id, std::string_view home);

  /// A region's rows, highest score first (index `region-score-index`).
  Result<Listing<RoutingState>> list_routing_by_region(std::string_view region, const ListOptions& options = {});

  /// The best instances for the next request (specification: "Regional Router: Find Best GPU Instance"): of the
  /// region's rows that are neither expired nor stale, the `limit` with the highest scores. Ties are broken by instance
  /// id, also where the last place is contested; on AWS, whose indexes have no order among equal scores, only among
  /// the rows that were read. Usually one query; a second one when the last place is contested.
  Result<BestInstances> find_best_instances(const BestQuery& query);

  // --- autoscaling-state ----------------------------------------------------------------------------------------

  /// Writes a decision, in place of an earlier one of the same pool, minute and region. Whatever second `row.timestamp`
  /// names, the row gets the one of its minute and region; seconds 0 to 59 mean the region's durable limits. Returns
  /// the row as stored, with its `timestamp` and `ttl`.
  Result<AutoscalingState> put_autoscaling_state(AutoscalingState row);

  /// Errors: `kNotFound`.
  Result<AutoscalingState> get_autoscaling_state(std::string_view model_pool, std::int64_t timestamp);

  /// Removes the row, at its home; succeeds when there is none.
  Result<void> delete_autoscaling_state(std::string_view model_pool, std::int64_t timestamp);

  /// The pool's newest row later than `since_s`, at least 60 (specification: "Autoscaler: Check Current Capacity"), of
  /// `region` or, where that is empty, of any. Errors: `kNotFound`.
  Result<AutoscalingState> latest_autoscaling_state(std::string_view model_pool, std::int64_t since_s,
                                                    std::string_view region = {});

  /// A region's scaling history with `from_s` <= `timestamp` <= `to_s`, oldest first (index `region-timestamp-index`).
  Result<Listing<AutoscalingState>> list_autoscaling_by_region(std::string_view region, std::int64_t from_s,
                                                               std::int64_t to_s, const ListOptions& options = {});

  // --- cleanup-validation ---------------------------------------------------------------------------------------

  /// Inserts a row in the own region (specification: "Car Wash: Validate Cleanup"), at the next free second from now
  /// on that belongs to this region. Returns the row as stored, with its `validation_timestamp` and `ttl`.
  /// Errors: `kInvalidArgument` for a passed one that does not say that the GPU memory and the system memory were wiped
  /// and the enclave was stopped.
  Result<CleanupValidation> create_cleanup_validation(CleanupValidation row);

  /// Errors: `kNotFound`.
  Result<CleanupValidation> get_cleanup_validation(std::string_view instance_id, std::int64_t validation_timestamp);

  /// Replaces a pending row that this region inserted by its verdict.
  /// Errors: as `create_cleanup_validation`; `kNotFound`; `kRefused` when it has a verdict already or another region
  /// inserted it.
  Result<void> update_cleanup_validation(const CleanupValidation& row);

  /// Removes a pending row that this region inserted. A verdict stays for its 90 days.
  /// Errors: `kNotFound`; `kRefused` when it has a verdict or another region inserted it.
  Result<void> delete_cleanup_validation(std::string_view instance_id, std::int64_t validation_timestamp);

  /// An instance's validations from `since_s` on, newest first.
  Result<Listing<CleanupValidation>> list_cleanup_validations(std::string_view instance_id, std::int64_t since_s = 0,
                                                              const ListOptions& options = {});

  /// All validations with that status and `from_s` <= `validation_timestamp` <= `to_s`, oldest first (index
  /// `status-timestamp-index`).
  Result<Listing<CleanupValidation>> list_cleanup_validations_by_status(ValidationStatus status, std::int64_t from_s,
                                                                        std::int64_t to_s,
                                                                        const ListOptions& options = {});

  // --- metrics --------------------------------------------------------------------------------------------------

  /// Inserts a row at its home, whose `timestamp` and `unit` must be as `Metric` says.
  /// Errors: `kConditionalCheckFailed` when the row is there.
  Result<void> create_metric(const Metric& row);

  /// Errors: `kNotFound`.
  Result<Metric> get_metric(std::string_view metric_name, std::int64_t timestamp);

  /// Puts a writer's parts into the row of their metric, minute and region at its home, in place of the writer's
  /// earlier ones and beside other writers', creates the row where there is none, and brings `value` up to date.
  /// Repeating it changes nothing. Returns the row. `write.metric` gives name, unit and aggregation. `value` stays as
  /// it was where parts of others' making amount to more than a DynamoDB number can be. Samples are 0 to 1E+15, sums up
  /// to 1E+100. The parts of all writers and pools share the 400 KB that a row may have. Errors:
  /// `kTransactionConflict`, retryable, when other writers kept getting in between; `kValidation` when the row is full.
  Result<Metric> merge_metric_parts(const MetricWrite& write);

  /// Removes the row, at its home; succeeds when there is none.
  Result<void> delete_metric(std::string_view metric_name, std::int64_t timestamp);

  /// A metric's rows of all regions with `from_s` <= `timestamp` <= `to_s`, oldest first.
  Result<Listing<Metric>> list_metrics(std::string_view metric_name, std::int64_t from_s, std::int64_t to_s,
                                       const ListOptions& options = {});

  /// A region's rows of all metrics in that time, oldest first (index `region-timestamp-index`).
  Result<Listing<Metric>> list_metrics_by_region(std::string_view region, std::int64_t from_s, std::int64_t to_s,
                                                 const ListOptions& options = {});

 private:
  class Impl;

  Result<std::int64_t> first_second_without_verdict(std::string_view instance_id, std::int64_t now_s);

  std::unique_ptr<Impl> impl_;
};

}  // namespace mrgc::fleet
