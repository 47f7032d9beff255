#include <gtest/gtest.h>

#include "engine_test.h"

// Single items: conditions, and what writes return.
namespace mrgc::engine::testing {
namespace {

using store::ReturnValues;

class ItemsTest : public EngineTest {
 protected:
  void SetUp() override { create(sample_table("sample")); }

  const Item key_ = make({{"pk", "p"}, {"sk", 1}});
  const Item old_ = make({{"pk", "p"}, {"sk", 1}, {"a", 1}, {"b", Value::Map{{"x", 1}, {"y", 2}}}, {"c", "keep"}});

  Result<store::WriteItemResult> update(ReturnValues values) {
    return db().update_item({.table = "sample",
                             .key = key_,
                             .update_expression = "SET a = :a, b.x = :x REMOVE b.y ADD d :a",
                             .values = make({{":a", 10}, {":x", 20}}),
                             .return_values = values});
  }
};

TEST_F(ItemsTest, UpdatesReturnWhatIsAskedFor) {
  const Item updated =
      make({{"pk", "p"}, {"sk", 1}, {"a", 10}, {"b", Value::Map{{"x", 20}}}, {"c", "keep"}, {"d", 10}});
  const std::pair<ReturnValues, std::optional<Item>> cases[] = {
      {ReturnValues::kNone, std::nullopt},
      {ReturnValues::kAllOld, old_},
      {ReturnValues::kAllNew, updated},
      {ReturnValues::kUpdatedOld, make({{"a", 1}, {"b", Value::Map{{"x", 1}, {"y", 2}}}})},
      {ReturnValues::kUpdatedNew, make({{"a", 10}, {"b", Value::Map{{"x", 20}}}, {"d", 10}})},
  };
  for (const auto& [values, expected] : cases) {
    ASSERT_TRUE(db().put_item({.table = "sample", .item = old_}));
    EXPECT_EQ(update(values).value().attributes, expected) << static_cast<int>(values);
    EXPECT_EQ(get("sample", key_.to_map()), updated);
  }
}

TEST_F(ItemsTest, UpdatesOfWhatIsNotThereReturnTheNew) {
  const auto make_new = [&](ReturnValues values) {
    EXPECT_TRUE(db().delete_item({.table = "sample", .key = key_}));
    return db()
        .update_item({.table = "sample",
                      .key = key_,
                      .update_expression = "SET a = :a",
                      .values = make({{":a", 10}}),
                      .return_values = values})
        .value()
        .attributes;
  };
  EXPECT_EQ(make_new(ReturnValues::kNone), std::nullopt);
  EXPECT_EQ(make_new(ReturnValues::kAllOld), std::nullopt);
  EXPECT_EQ(make_new(ReturnValues::kUpdatedOld), std::nullopt);
  EXPECT_EQ(make_new(ReturnValues::kAllNew), make({{"pk", "p"}, {"sk", 1}, {"a", 10}}));
  EXPECT_EQ(make_new(ReturnValues::kUpdatedNew), make({{"a", 10}}));
}

TEST_F(ItemsTest, AnUpdateWithoutExpressionMakesTheItem) {
  const auto done = db().update_item({.table = "sample", .key = key_, .return_values = ReturnValues::kAllNew});
  EXPECT_EQ(done.value().attributes, key_);
  EXPECT_EQ(get("sample", key_.to_map()), key_);
}

TEST_F(ItemsTest, PutsAndDeletesReturnTheOld) {
  store::PutItemRequest put{.table = "sample", .item = old_, .return_values = ReturnValues::kAllOld};
  EXPECT_EQ(db().put_item(put).value().attributes, std::nullopt);
  put.item = key_;
  EXPECT_EQ(db().put_item(put).value().attributes, old_);
  store::DeleteItemRequest remove{.table = "sample", .key = key_};
  EXPECT_EQ(db().delete_item(remove).value().attributes, std::nullopt);
  remove.return_values = ReturnValues::kAllOld;
  EXPECT_EQ(db().delete_item(remove).value().attributes, std::nullopt);
  put.item = old_;
  ASSERT_TRUE(db().put_item(put));
  EXPECT_EQ(db().delete_item(remove).value().attributes, old_);
}

TEST_F(ItemsTest, AFailedConditionChangesNothingAndCanShowTheItem) {
  ASSERT_TRUE(db().put_item({.table = "sample", .item = old_}));
  for (const bool show : {false, true}) {
    const Error errors[] = {
        error_of(db().put_item({.table = "sample",
                                .item = key_,
                                .condition_expression = "attribute_not_exists(pk)",
                                .return_old_on_failure = show})),
        error_of(db().update_item({.table = "sample",
                                   .key = key_,
                                   .update_expression = "SET a = :a",
                                   .condition_expression = "a = :a",
                                   .values = make({{":a", 10}}),
                                   .return_old_on_failure = show})),
        error_of(db().delete_item({.table = "sample",
                                   .key = key_,
                                   .condition_expression = "c <> :c",
                                   .values = make({{":c", "keep"}}),
                                   .return_old_on_failure = show})),
    };
    for (const Error& error : errors) {
      EXPECT_EQ(error.code, ErrorCode::kConditionalCheckFailed);
      EXPECT_EQ(error.message, "The conditional request failed");
      ASSERT_NE(error.detail_as<store::ConditionFailure>(), nullptr);
      EXPECT_EQ(error.detail_as<store::ConditionFailure>()->item, show ? std::optional(old_) : std::nullopt);
    }
  }
  EXPECT_EQ(get("sample", key_.to_map()), old_);
  const Error missing = error_of(db().delete_item({.table = "sample",
                                                   .key = make({{"pk", "none"}, {"sk", 1}}),
                                                   .condition_expression = "attribute_exists(pk)",
                                                   .return_old_on_failure = true}));
  EXPECT_EQ(missing.detail_as<store::ConditionFailure>()->item, std::nullopt);
}

TEST_F(ItemsTest, AnUpdateThatDoesNotSuitTheItemChangesNothing) {
  ASSERT_TRUE(db().put_item({.table = "sample", .item = old_}));
  const Error error = error_of(db().update_item(
      {.table = "sample", .key = key_, .update_expression = "SET a = c + :a, d = :a", .values = make({{":a", 10}})}));
  EXPECT_EQ(error.code, ErrorCode::kValidation);
  EXPECT_EQ(get("sample", key_.to_map()), old_);
}

TEST_F(ItemsTest, ReadsCanProject) {
  ASSERT_TRUE(db().put_item({.table = "sample", .item = old_}));
  const auto projected = [&](const std::string& projection) {
    return db().get_item({.table = "sample", .key = key_, .projection_expression = projection}).value().item;
  };
  EXPECT_EQ(projected("a, b.y"), make({{"a", 1}, {"b", Value::Map{{"y", 2}}}}));
  // The item is there, though nothing of it was asked for.
  EXPECT_EQ(projected("nothing"), Item());
}

TEST_F(ItemsTest, AllTypesComeBack) {
  const Item all = make({{"pk", "p"},
                         {"sk", Value(item::Number::parse("-1.5E-100").value())},
                         {"s", ""},
                         {"n", Value(item::Number::parse("123456789012345678901234567890.12345678").value())},
                         {"b", Value::Binary{std::string("\0\xFF", 2)}},
                         {"ss", Value::string_set({"b", "a"})},
                         {"ns", Value::number_set({item::Number::from_int64(2), item::Number::from_int64(-1)})},
                         {"bs", Value::binary_set({{"x"}, {""}})},
                         {"m", Value::Map{{"l", Value::List{1, "two", Value()}}}},
                         {"t", true},
                         {"f", false},
                         {"null", Value()}});
  ASSERT_TRUE(db().put_item({.table = "sample", .item = all}));
  reopen();
  EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", *all.find("sk")->to_value().as<item::Number>()}}), all);
}

// An item of the largest size there can be, in every index too.
TEST_F(ItemsTest, TheLargestItemFits) {
  Value::Map largest{{"pk", Value(std::string(2048, 'p'))},
                     {"sk", 1},
                     {"color", Value(std::string(2048, 'c'))},
                     {"score", 1},
                     {"fill", ""}};
  const std::size_t used = make(largest).size_bytes();
  largest["fill"] = Value(std::string(item::kMaxItemSizeBytes - used, 'x'));
  put("sample", largest);
  EXPECT_EQ(scan_all(db(), "sample"), std::vector{make(largest)});
  EXPECT_EQ(scan_all(db(), "sample", "by-color"), std::vector{make(largest)});
}

}  // namespace
}  // namespace mrgc::engine::testing
