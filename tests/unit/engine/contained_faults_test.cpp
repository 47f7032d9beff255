#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>

#include "engine_test.h"
#include "support/kv.h"

namespace mrgc::engine::testing {
namespace {

// Breaks in reads of items, as code does that rests on what is not so.
class BrokenKv final : public mrgc::testing::ForwardingKv {
 public:
  using ForwardingKv::ForwardingKv;

  Result<std::optional<std::string>> get(Family family, std::string_view key, const KvSnapshot* at) const override {
    if (broken && family == Family::kItems) throw std::bad_optional_access();
    return ForwardingKv::get(family, key, at);
  }

  std::atomic<bool> broken{false};
};

class ContainedFaultsTest : public EngineTest {
 protected:
  ContainedFaultsTest() {
    engine_.reset();
    auto kv = std::make_unique<BrokenKv>(open_rocksdb(folder_.path(), {.cache_bytes = 1 << 20}).value());
    disk_ = kv.get();
    options_.item_cache_bytes = 0;
    engine_ = Engine::open(std::move(kv), options_).value();
    create(sample_table("sample"));
  }

  BrokenKv* disk_ = nullptr;
};

TEST_F(ContainedFaultsTest, AReadThatBreaksFailsAlone) {
  put("sample", {{"pk", "p"}, {"sk", 1}});
  const store::GetItemRequest request{.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}})};
  disk_->broken = true;
  const Error fault = error_of(db().get_item(request));
  EXPECT_EQ(fault.code, ErrorCode::kInternal);
  EXPECT_EQ(fault.message, "a read failed inside: bad optional access");
  disk_->broken = false;
  EXPECT_TRUE(db().get_item(request).value().item);
}

}  // namespace
}  // namespace mrgc::engine::testing
