#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mrgc/base/clock.h"
#include "support/engines.h"
#include "support/item_text.h"
#include "support/kv.h"
#include "support/temporary_folder.h"

namespace mrgc::engine::testing {

using item::Item;
using item::Value;
using mrgc::testing::find_contradiction;
using mrgc::testing::find_log_contradiction;
using mrgc::testing::sample_table;
using mrgc::testing::scan_all;

inline Item make(const Value::Map& attributes) { return Item::from_map(attributes); }

/// A store in a folder of its own, with a clock that the test sets. Whatever a test did, the store must agree with
/// itself in the end.
class EngineTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kStart_s = 1'700'000'000;

  EngineTest() {
    options_.clock = &clock_;
    open();
  }

  void TearDown() override {
    if (engine_) {
      EXPECT_EQ(find_contradiction(*engine_), "");
      if (log_is_whole_) {
        EXPECT_EQ(find_log_contradiction(*engine_), "");
      }
    }
  }

  void open() {
    auto opened = mrgc::testing::open_engine(folder_.path(), options_);
    ASSERT_TRUE(opened) << opened.error().message;
    engine_ = std::move(*opened);
  }
  void reopen() {
    engine_.reset();
    open();
  }

  /// Opens the store anew, with a `Kv` between the engine and RocksDB.
  template <typename Kv>
  Kv& reopen_over() {
    engine_.reset();
    auto kv = std::make_unique<Kv>(open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value());
    Kv& opened = *kv;
    engine_ = Engine::open(std::move(kv), options_).value();
    return opened;
  }

  /// Starts an operation, which is then decided, and maybe not yet durable.
  template <typename Request, typename T>
  std::future<Result<T>> start(void (store::Store::*operation)(Request, store::Completion<T>), Request request) {
    auto answer = std::make_shared<std::promise<Result<T>>>();
    (engine_.get()->*operation)(std::move(request),
                                [answer](Result<T> result) { answer->set_value(std::move(result)); });
    return answer->get_future();
  }

  store::BlockingStore db() { return store::BlockingStore(*engine_); }

  void create(const store::TableSpec& spec) {
    auto created = db().create_table({.spec = spec});
    ASSERT_TRUE(created) << created.error().message;
  }
  void put(const std::string& table, const Value::Map& item) {
    auto done = db().put_item({.table = table, .item = make(item)});
    ASSERT_TRUE(done) << done.error().message;
  }
  std::optional<Item> get(const std::string& table, const Value::Map& key) {
    return db().get_item({.table = table, .key = make(key)}).value().item;
  }

  mrgc::testing::TemporaryFolder folder_;
  base::ManualClock clock_{kStart_s * 1000};
  EngineOptions options_ = mrgc::testing::quiet_options();
  std::unique_ptr<Engine> engine_;
  bool log_is_whole_ = true;  ///< to be cleared by tests that trim the change log or delete tables
};

/// What kept the operation from succeeding; an error of no message when it did succeed.
template <typename T>
Error error_of(const Result<T>& result) {
  EXPECT_FALSE(result);
  return result ? Error{} : result.error();
}

}  // namespace mrgc::engine::testing
