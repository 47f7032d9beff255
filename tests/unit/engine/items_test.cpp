#include <fmt/format.h>
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

// "If no item with the specified key is found, nothing happens" (API Reference, UpdateItem, `AttributeUpdates`,
// `DELETE`).
TEST_F(ItemsTest, AnUpdateThatOnlyRemovesMakesNoItem) {
  for (const char* update : {"REMOVE a", "REMOVE a.b, c[0]", "DELETE a :s", "DELETE a :s REMOVE b"}) {
    const bool uses_value = std::string_view(update).contains(":s");
    const auto result = db().update_item({.table = "sample",
                                          .key = make({{"pk", "p"}, {"sk", 9}}),
                                          .update_expression = update,
                                          .values = uses_value ? make({{":s", Value::string_set({"x"})}}) : Item(),
                                          .return_values = store::ReturnValues::kAllNew});
    ASSERT_TRUE(result) << update;
    EXPECT_EQ(result->attributes, std::nullopt) << update;
    EXPECT_EQ(result->capacity.table_units, 1) << update;
    EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", 9}}), std::nullopt) << update;
  }
  // With something to set, a path that leads nowhere is a fault again.
  EXPECT_EQ(error_of(db().update_item({.table = "sample",
                                       .key = make({{"pk", "p"}, {"sk", 9}}),
                                       .update_expression = "REMOVE a.b SET c = :s",
                                       .values = make({{":s", 1}})}))
                .message,
            "The document path provided in the update expression is invalid for update");
}

// AWS says which index key it is as far as the request alone tells, and before it looks where paths lead.
TEST_F(ItemsTest, AnUpdateGivesNoWrongIndexKey) {
  const auto refused = [&](const char* update, const Value& value) {
    const store::UpdateItemRequest request{.table = "sample",
                                           .key = make({{"pk", "p"}, {"sk", 1}}),
                                           .update_expression = update,
                                           .values = make({{":v", value}})};
    const Error canceled = error_of(db().transact_write_items({.actions = {request}}));
    EXPECT_EQ(canceled.detail_as<store::CancellationReasons>()->reasons.at(0).code, "ValidationError") << update;
    return error_of(db().update_item(request)).message;
  };
  const auto mismatch = [](const char* key, const char* expected, const char* actual) {
    return fmt::format(
        "One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: "
        "by-color",
        key, expected, actual);
  };
  EXPECT_EQ(refused("SET color = :v", Value(7)), mismatch("color", "S", "N"));
  EXPECT_EQ(refused("SET color.a = note ADD score :v", Value::string_set({"a"})), mismatch("score", "N", "SS"));
  EXPECT_EQ(refused("SET note = color[1], color = note + :v", Value(7)), mismatch("color", "S", "N"));
  EXPECT_EQ(refused("SET color = list_append(note, :v)", Value(Value::List{})), mismatch("color", "S", "L"));
}

TEST_F(ItemsTest, AnUpdateComputesNoWrongIndexKey) {
  put("sample", {{"pk", "p"}, {"sk", 1}, {"word", "high"}, {"tall", Value(std::string(2049, 'c'))}});
  const auto refused = [&](const char* update) {
    return error_of(db().update_item(
                        {.table = "sample", .key = make({{"pk", "p"}, {"sk", 1}}), .update_expression = update}))
        .message;
  };
  EXPECT_EQ(refused("SET score = word"),
            "The update expression attempted to update the secondary index key to unsupported type");
  EXPECT_EQ(refused("SET color = tall"),
            "The update expression attempted to update the secondary index key beyond allowed size limits");
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

// AWS counts of an update on its own what it writes, with some bytes more for each action; with a key of three bytes in
// all, that is more than the item has.
TEST_F(ItemsTest, AnUpdateOnItsOwnMakesSmallerItems) {
  store::TableSpec spec{.name = "short", .keys = {.partition = {"pk", item::Type::kString}, .sort = std::nullopt}};
  ASSERT_TRUE(db().create_table({.spec = spec}));
  const auto update = [&](const std::string& pk, const std::string& expression, std::size_t item_bytes) {
    const std::size_t used = 2 + pk.size() + 1;
    return store::UpdateItemRequest{.table = "short",
                                    .key = make({{"pk", Value(pk)}}),
                                    .update_expression = expression,
                                    .values = make({{":fill", Value(std::string(item_bytes - used, 'x'))}})};
  };
  const std::size_t limit = item::kMaxItemSizeBytes;
  EXPECT_TRUE(db().update_item(update("a", "SET b = :fill", limit - 19)));
  const auto refused = db().update_item(update("a", "SET b = :fill", limit - 18));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Item size to update has exceeded the maximum allowed size");
  EXPECT_TRUE(db().update_item(update("a", "SET b = :fill REMOVE d", limit - 21)));
  EXPECT_FALSE(db().update_item(update("a", "SET b = :fill REMOVE d", limit - 20)));
  EXPECT_TRUE(db().update_item(update(std::string(20, 'k'), "SET b = :fill", limit)));
  EXPECT_FALSE(db().update_item(update(std::string(20, 'k'), "SET b = :fill", limit + 1)));
  // What it says counts, before its condition and whatever becomes of the item; not so where that alone is limited.
  store::UpdateItemRequest unused = update("a", "SET b = if_not_exists(b, :fill)", limit);
  EXPECT_FALSE(db().update_item(unused));
  unused.condition_expression = "attribute_exists(absent)";
  EXPECT_EQ(db().update_item(unused).error().code, ErrorCode::kValidation);
  unused.older_parameters = true;
  EXPECT_EQ(db().update_item(unused).error().code, ErrorCode::kConditionalCheckFailed);
  store::UpdateItemRequest whole = update("w", "SET b = :fill", limit);
  whole.older_parameters = true;
  EXPECT_TRUE(db().update_item(whole));
  // Values that take half of their size when they are stored count as all others.
  std::string removals = "SET b = :fill REMOVE r0";
  for (int i = 1; i < 100; ++i) removals += fmt::format(", r{}", i);
  store::UpdateItemRequest nulls = update("n", removals, limit / 2);
  nulls.values = make({{":fill", Value::List(204'700, Value())}});
  EXPECT_FALSE(db().update_item(nulls));
  EXPECT_TRUE(db().transact_write_items({.actions = {nulls}}));
  EXPECT_TRUE(db().transact_write_items({.actions = {update("t", "SET b = :fill", limit)}}));
  EXPECT_FALSE(db().transact_write_items({.actions = {update("t", "SET b = :fill", limit + 1)}}));
}

}  // namespace
}  // namespace mrgc::engine::testing
