#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "mrgc/base/clock.h"
#include "mrgc/base/random.h"
#include "mrgc/engine/embedded_store.h"
#include "mrgc/fleet/regions.h"
#include "mrgc/fleet/state_manager.h"
#include "support/intercepted_store.h"

namespace mrgc::fleet {

/// 2026-01-01, a whole minute.
inline constexpr std::int64_t kStartSeconds = 1'767'225'600;

/// An embedded store in a folder of its own, which goes with it.
class TemporaryStore {
 public:
  explicit TemporaryStore(const base::Clock& clock) {
    static int made = 0;
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("mrgc_fleet_" + std::to_string(::getpid()) + "_" + (test ? test->name() : "") + std::to_string(made++));
    std::filesystem::remove_all(folder_);
    engine::EngineOptions options;
    options.durability = engine::Durability::kAsync;
    options.clock = &clock;
    options.sweep_interval = std::chrono::milliseconds(0);
    auto opened = engine::open_embedded(folder_, options);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }
  ~TemporaryStore() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;

  store::Store& store() { return *store_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<engine::EmbeddedStore> store_;
};

/// The fleet on one store, seen from us-east-1, at a time that the test moves.
struct FleetWorld {
  FleetWorld() {
    if (auto created = state.create_tables(); !created) throw std::runtime_error(created.error().message);
  }

  /// The same store, seen from another region.
  Regions seen_from(const std::string& region) { return Regions::on_one_store(region, "mrgc", store).value(); }

  void advance_s(std::int64_t by_s) { clock.advance_ms(by_s * 1000); }

  base::ManualClock clock{kStartSeconds * 1000};
  base::SeededRandom random{7};
  TemporaryStore folder{clock};
  store::InterceptedStore store{folder.store()};
  Regions regions = seen_from("us-east-1");
  StateManager state{regions, clock};
};

inline Registration registration(std::string id, std::string region = "us-east-1", std::string pool = "model-a",
                                 std::string boot_id = "boot-1") {
  Registration made;
  made.instance_id = std::move(id);
  made.region = std::move(region);
  made.model_pool = std::move(pool);
  made.ip_address = "10.66.10.50";
  made.subnet_id = "subnet-12345";
  made.availability_zone = "us-east-1a";
  made.subnet_cidr = "10.66.10.0/23";
  made.boot_id = std::move(boot_id);
  made.metadata.emplace("ami_id", "ami-12345");
  return made;
}

/// For calls that may succeed or not in what a test does.
template <typename T>
void ignore(const T& /*outcome*/) {}

/// Whether `result` is that error; prints what it is otherwise.
template <typename T>
testing::AssertionResult fails_with(ErrorCode code, const Result<T>& result) {
  if (result) return testing::AssertionFailure() << "it succeeded";
  if (result.error().code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_string(result.error().code) << ": " << result.error().message;
}

template <typename T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << to_string(result.error().code) << ": " << result.error().message;
}

}  // namespace mrgc::fleet
