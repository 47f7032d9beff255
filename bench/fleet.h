#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <random>
#include <semaphore>
#include <string>
#include <string_view>

#include "mrgc/base/clock.h"
#include "mrgc/engine/embedded_store.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/regions.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::bench {

/// Where all instances are: so all of them are in one partition of each index by region.
inline constexpr std::string_view kRegion = "us-east-1";

/// The id of the instance of that number.
std::string instance_id(std::size_t number);

/// What an instance may measure of itself: random queue depths and latencies, and so scores that hardly ever tie.
fleet::RoutingFacts random_facts(std::mt19937_64& random);
/// Facts with a score below all of those.
fleet::RoutingFacts fallen_facts(std::mt19937_64& random);

/// A store with a fleet in it, and the components over it. In it, it is always the same moment: no row goes stale and
/// none expires, however long a run takes.
class Fleet {
 public:
  /// Opens or creates the store in `folder`.
  Fleet(const std::filesystem::path& folder, engine::Durability durability);

  /// Makes the tables, and `size` available instances, each of about 300 bytes and with its routing row.
  void load(std::size_t size);

  /// Reads every instance once, so that what is measured afterwards is not the disk.
  void warm_up(std::size_t size);

  store::Store& store() { return *store_; }
  engine::EmbeddedStore& engine() { return *store_; }
  fleet::InstanceRegistry& registry() { return registry_; }
  fleet::StateManager& state() { return state_; }
  const std::string& table(fleet::Table which) const { return regions_.table_name(which); }

  /// Writes an instance's routing row as `StateManager::update_routing_state` does, without waiting for the outcome.
  void update_routing(std::string_view instance_id, const fleet::RoutingFacts& facts);
  /// Waits until every such write is answered.
  void await_updates();

 private:
  static constexpr std::ptrdiff_t kMaxInFlight = 4096;

  const base::ManualClock clock_;
  std::unique_ptr<engine::EmbeddedStore> store_;
  fleet::Regions regions_;
  fleet::StateManager state_;
  fleet::InstanceRegistry registry_;
  std::counting_semaphore<kMaxInFlight> room_{kMaxInFlight};
};

}  // namespace mrgc::bench
