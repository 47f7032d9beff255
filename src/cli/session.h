#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string_view>

#include "cli/context.h"
#include "cli/failure.h"
#include "mrgc/engine/embedded_store.h"
#include "mrgc/fleet/instance_registry.h"
#include "mrgc/fleet/metrics_collector.h"
#include "mrgc/fleet/regions.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::cli {

/// Whether a command may make the store that it is to work on.
enum class IfMissing : std::uint8_t { kFail, kCreate };

/// The folder of a store address, `embedded:FOLDER`. Failures: `kUsage` for any other address.
std::expected<std::filesystem::path, Failure> store_folder(std::string_view address);

/// Opens the store that the options name. `engine_options` gives what the options do not say.
/// Failures: `kUsage` for its address, `kStore` when it cannot be opened.
std::expected<std::unique_ptr<engine::EmbeddedStore>, Failure> open_store(const Context& context, IfMissing if_missing,
                                                                          engine::EngineOptions engine_options = {});

/// An open store, and the fleet's components over it as seen from the region that the options name.
class Session {
 public:
  /// Failures: as `open_store`, and `kUsage` for a bad prefix.
  static std::expected<std::unique_ptr<Session>, Failure> open(const Context& context,
                                                               IfMissing if_missing = IfMissing::kFail,
                                                               const fleet::RegistryOptions& registry_options = {});

  const fleet::Regions& regions() const { return regions_; }
  fleet::StateManager& state() { return state_; }
  fleet::InstanceRegistry& registry() { return registry_; }
  fleet::MetricsCollector& metrics() { return metrics_; }

 private:
  Session(std::unique_ptr<engine::EmbeddedStore> store, fleet::Regions regions, const Context& context,
          const fleet::RegistryOptions& registry_options);

  std::unique_ptr<engine::EmbeddedStore> store_;
  fleet::Regions regions_;
  fleet::StateManager state_;
  fleet::InstanceRegistry registry_;
  fleet::MetricsCollector metrics_;
};

}  // namespace mrgc::cli
