#pragma once

#include "engine_test.h"

namespace mrgc::engine::testing {

/// A store with the table "sample", in which nothing that is refused may leave a trace.
class ValidationTest : public EngineTest {
 protected:
  void SetUp() override { create(sample_table("sample")); }

  void TearDown() override {
    // Nothing that was refused has left a trace.
    EXPECT_TRUE(scan_all(db(), "sample").empty());
    EXPECT_EQ(engine_->change_log().next_sequence(), 1);
  }

  template <typename T>
  static std::string refusal(const Result<T>& result) {
    const Error error = error_of(result);
    EXPECT_EQ(error.code, ErrorCode::kValidation) << error.message;
    EXPECT_FALSE(error.retryable);
    return error.message;
  }
  std::string refused_put(const Value::Map& item) {
    return refusal(db().put_item({.table = "sample", .item = make(item)}));
  }
  std::string refused_get(const Value::Map& key) {
    return refusal(db().get_item({.table = "sample", .key = make(key)}));
  }
};

}  // namespace mrgc::engine::testing
