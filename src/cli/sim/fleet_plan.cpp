#include "cli/sim/fleet_plan.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "cli/sim/dice.h"
#include "cli/sim/incidents.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli::sim {
namespace {

constexpr std::string_view kZones = "abc";

// A machine as it could stand in a real fleet: a subnet for each zone, addresses in the order of the launches.
fleet::Registration describe_machine(std::size_t place, std::size_t region, std::string_view run) {
  const std::size_t zone = place / fleet::schema().regions.size() % kZones.size();
  fleet::Registration facts;
  facts.instance_id = fmt::format("i-{}{:05x}", run, place);
  facts.region = fleet::schema().regions[region];
  facts.ip_address = fmt::format("10.{}.{}.{}", 66 + region, 10 + 2 * zone, 10 + place % 240);
  facts.subnet_id = fmt::format("subnet-{}{}", facts.region, kZones[zone]);
  facts.availability_zone = fmt::format("{}{}", facts.region, kZones[zone]);
  facts.subnet_cidr = fmt::format("10.{}.{}.0/23", 66 + region, 10 + 2 * zone);
  facts.boot_id = fmt::format("boot-{}", run);
  facts.metadata.emplace(kSimulationMark, run);
  return facts;
}

InstanceTimes roll_times(base::Random& random) {
  return {.load_s = roll_between(random, 20, 45),
          .attestation_ms = roll_between(random, 80, 240),
          .cleanup_s = roll_between(random, 20, kLongestCleanupS)};
}

}  // namespace

std::vector<LanePlan> plan_fleet(std::size_t instances, std::string_view run, Workload workload, base::Random& random) {
  const std::size_t region_count = fleet::schema().regions.size();
  std::vector<LanePlan> plans(region_count);
  for (std::size_t i = 0; i < instances; ++i) {
    LanePlan& plan = plans[i % region_count];
    SimInstance instance;
    instance.facts = describe_machine(i, i % region_count, run);
    instance.pool = i / region_count % kModelPools.size();
    instance.facts.model_pool = kModelPools[instance.pool].name;
    plan.instances.push_back(std::move(instance));
    plan.times.push_back(roll_times(random));
  }
  for (Incident incident : roll_incidents(instances, workload.begin_ms, workload.end_ms, random)) {
    LanePlan& plan = plans[incident.instance % region_count];
    incident.instance /= region_count;
    plan.incidents.push_back(incident);
  }
  for (std::size_t region = 0; region < region_count; ++region) {
    plans[region].requests = std::move(workload.by_region[region]);
  }
  return plans;
}

}  // namespace mrgc::cli::sim
