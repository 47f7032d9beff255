#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "integration/engine_model/model.h"
#include "integration/engine_model/writes.h"
#include "mrgc/base/clock.h"
#include "mrgc/base/executor.h"
#include "support/engines.h"
#include "support/temporary_folder.h"

namespace mrgc::model {

/// The store did something else than the model.
class Difference : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A random sequence of operations on a store and on the model, from one seed. Throws `Difference`.
class Run {
 public:
  explicit Run(std::uint64_t seed);

  /// One random operation; a query or scan with all its pages.
  void step();

  /// Requests sent so far, and those that were done rather than refused.
  std::uint64_t requests() const { return requests_; }
  std::uint64_t succeeded() const { return succeeded_; }

  /// The last operations, for the message of a failure.
  std::string history() const;

 private:
  void write();
  void get();
  void query();
  void scan();
  void batch_write();
  void batch_get();
  void transact_write();
  void transact_get();
  void sweep();
  void switch_time_to_live();
  void recreate_table();
  void reopen();

  void open();
  store::BlockingStore db() const { return store::BlockingStore(*engine_); }
  std::string any_table();
  std::set<std::pair<std::string, Key>> any_keys(std::size_t most);
  void check_page(const store::PageResult& page, const std::vector<Attributes>& examined, const Condition& filter,
                  const std::vector<std::string>& projected);
  void check_whole_tables();
  void check_failure(const Write& write, Write::Outcome outcome, const std::optional<Attributes>& before,
                     const Error& error) const;

  void note(std::string operation);
  void count(bool succeeded);
  void expect(bool holds, const std::string& what) const;
  void expect_same(const std::optional<item::Item>& actual, const std::optional<Attributes>& expected,
                   const std::string& what) const;

  testing::Dice dice_;
  testing::TemporaryFolder folder_;
  base::ManualClock clock_{1'700'000'000'000};
  base::ThreadExecutor disk_threads_{2, "model-disk"};
  std::unique_ptr<engine::Engine> engine_;
  std::map<std::string, Table> tables_;
  std::uint64_t requests_ = 0;
  std::uint64_t succeeded_ = 0;
  std::deque<std::string> history_;
};

}  // namespace mrgc::model
