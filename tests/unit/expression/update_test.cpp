#include "expression/update.h"

#include <gtest/gtest.h>

#include "unit/expression/request.h"

namespace mrgc::expression {
namespace {

using item::Item;
using item::Value;

Value list_of(std::vector<int> numbers) { return Value(Value::List(numbers.begin(), numbers.end())); }

const Value::Map kItem = {
    {"pk", Value("p")},
    {"a", Value(1)},
    {"word", Value("hello")},
    {"l", list_of({1, 2, 3})},
    {"m", Value(Value::Map{{"x", Value(1)}, {"y", list_of({7})}})},
    {"ss", Value::string_set({"a", "b"})},
};

const Request kRequest = {
    .names = {{"#v", "value"}},
    .values = {{":1", Value(1)},
               {":2", Value(2)},
               {":text", Value("T")},
               {":l", list_of({8, 9})},
               {":ss", Value::string_set({"b", "c"})},
               {":all", Value::string_set({"a", "b"})},
               {":ns", Value::number_set({number("1")})},
               {":big", Value(number("9.9E125"))}},
};

/// The item's attributes that differ from `kItem` after the update; removed ones are null.
std::string describe_change(std::string_view text, Value::Map* changed) {
  const Result<Update> update = kRequest.update(text);
  if (!update) return message_of(update);
  const Result<Item> after = update->apply(Item::from_map(kItem));
  if (!after) return message_of(after);
  for (const auto& [name, value] : after->to_map()) {
    if (!kItem.contains(name) || kItem.at(name) != value) changed->emplace(name, value);
  }
  for (const auto& [name, value] : kItem) {
    if (!after->find(name)) changed->emplace(name, Value(Value::Null{}));
  }
  return "ok";
}

Value::Map change(std::string_view text) {
  Value::Map changed;
  EXPECT_EQ(describe_change(text, &changed), "ok") << text;
  return changed;
}

std::string error_of(std::string_view text) {
  Value::Map changed;
  return describe_change(text, &changed);
}

TEST(Update, SetAssigns) {
  EXPECT_EQ(change("SET b = :1, #v = a"), (Value::Map{{"b", Value(1)}, {"value", Value(1)}}));
  EXPECT_EQ(change("set a = word"), (Value::Map{{"a", Value("hello")}}));
}

TEST(Update, SetCalculates) {
  EXPECT_EQ(change("SET a = a + :2, b = :1 - m.y[0]"), (Value::Map{{"a", Value(3)}, {"b", Value(-6)}}));
  EXPECT_EQ(change("SET a = (a + (:2))"), (Value::Map{{"a", Value(3)}}));
  EXPECT_EQ(change("SET a = if_not_exists(zz, :1) + if_not_exists(a, :2)"), (Value::Map{{"a", Value(2)}}));
}

TEST(Update, IfNotExistsTakesTheAttributeIfItIsThere) {
  EXPECT_EQ(change("SET b = if_not_exists(a, :2), c = if_not_exists(zz, :2)"),
            (Value::Map{{"b", Value(1)}, {"c", Value(2)}}));
  EXPECT_EQ(change("SET b = if_not_exists(zz, if_not_exists(yy, word))"), (Value::Map{{"b", Value("hello")}}));
}

TEST(Update, ListAppendJoinsLists) {
  EXPECT_EQ(change("SET l = list_append(l, :l)"), (Value::Map{{"l", list_of({1, 2, 3, 8, 9})}}));
  EXPECT_EQ(change("SET b = list_append(:l, if_not_exists(zz, m.y))"), (Value::Map{{"b", list_of({8, 9, 7})}}));
}

TEST(Update, RightSidesSeeTheItemAsItWas) {
  EXPECT_EQ(change("SET a = word, word = a"), (Value::Map{{"a", Value("hello")}, {"word", Value(1)}}));
  EXPECT_EQ(change("SET l[0] = l[1], l[1] = l[0] REMOVE a ADD b :1"),
            (Value::Map{{"a", Value(Value::Null{})}, {"b", Value(1)}, {"l", list_of({2, 1, 3})}}));
}

TEST(Update, NestedPathsChangeOnlyTheirPart) {
  EXPECT_EQ(change("SET m.y[0] = :1, m.z = :text REMOVE m.x"),
            (Value::Map{{"m", Value(Value::Map{{"y", list_of({1})}, {"z", Value("T")}})}}));
}

TEST(Update, ListIndexesCountInTheOldList) {
  EXPECT_EQ(change("REMOVE l[0], l[1]"), (Value::Map{{"l", list_of({3})}}));
  EXPECT_EQ(change("SET l[7] = :2, l[5] = :1"), (Value::Map{{"l", list_of({1, 2, 3, 1, 2})}}));
  EXPECT_EQ(change("SET l[1] = :1, l[50] = :2 REMOVE l[0]"), (Value::Map{{"l", list_of({1, 3, 2})}}));
  EXPECT_EQ(change("SET l[5] = :1 REMOVE l[3]"), (Value::Map{{"l", list_of({1, 2, 3, 1})}}));
  EXPECT_EQ(change("SET l[4294967] = :1"), (Value::Map{{"l", list_of({1, 2, 3, 1})}}));
}

TEST(Update, RemoveOfWhatIsNotThereDoesNothing) {
  EXPECT_EQ(change("REMOVE zz, l[9], m.zz"), Value::Map());
  EXPECT_EQ(change("REMOVE m.y[0]"), (Value::Map{{"m", Value(Value::Map{{"x", Value(1)}, {"y", list_of({})}})}}));
}

TEST(Update, AddAddsNumbersAndUnitesSets) {
  EXPECT_EQ(change("ADD a :2, b :2, m.x :1, l[0] :1, l[9] :1"),
            (Value::Map{{"a", Value(3)},
                        {"b", Value(2)},
                        {"l", list_of({2, 2, 3, 1})},
                        {"m", Value(Value::Map{{"x", Value(2)}, {"y", list_of({7})}})}}));
  EXPECT_EQ(change("ADD ss :ss, c :ns"),
            (Value::Map{{"c", Value::number_set({number("1")})}, {"ss", Value::string_set({"a", "b", "c"})}}));
}

TEST(Update, DeleteTakesElementsAndEmptySetsVanish) {
  EXPECT_EQ(change("DELETE ss :ss, zz :ss, m.q :ss"), (Value::Map{{"ss", Value::string_set({"a"})}}));
  EXPECT_EQ(change("DELETE ss :all"), (Value::Map{{"ss", Value(Value::Null{})}}));
}

TEST(Update, DeleteOfAWholeSetInAListMovesTheOthersUp) {
  const auto update = kRequest.update("DELETE l[0] :all SET l[1] = :1");
  ASSERT_TRUE(update);
  const auto after =
      update->apply(Item::from_map({{"l", Value(Value::List{Value::string_set({"a"}), Value(7), Value(8)})}}));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->to_map(), (Value::Map{{"l", list_of({1, 8})}}));
}

TEST(Update, PathsThatLeadNowhereAreErrors) {
  for (const char* text :
       {"SET zz.y = :1", "SET zz[0] = :1", "SET m[0] = :1", "SET l.x = :1", "SET a.x = :1", "SET m.z.q = :1",
        "SET l[9].x = :1", "SET l[0].x = :1", "REMOVE l[0].x", "REMOVE l[9].x", "REMOVE m.zz.y", "REMOVE zz[0]",
        "REMOVE m[0]", "REMOVE l.x", "ADD zz.q :1", "DELETE zz.q :ss"}) {
    EXPECT_EQ(error_of(text), "The document path provided in the update expression is invalid for update") << text;
  }
}

TEST(Update, MissingSourcesAreErrors) {
  for (const char* text : {"SET b = zz", "SET b = l[9]", "SET b = zz + :1", "SET b = list_append(l, zz)",
                           "SET b = if_not_exists(zz, yy)", "SET b = if_not_exists(a, zz)"}) {
    EXPECT_EQ(error_of(text), "The provided expression refers to an attribute that does not exist in the item") << text;
  }
}

TEST(Update, WrongTypesAreErrors) {
  for (const char* text :
       {"SET b = word + :1", "SET b = :1 - l", "SET b = list_append(:l, word)",
        "SET b = list_append(if_not_exists(zz, :1), l)", "SET b = if_not_exists(zz, :text) + :1", "ADD word :1",
        "ADD l :ss", "ADD ss :1", "ADD ss :ns", "DELETE ss :ns", "DELETE a :ss", "DELETE l[0] :ss"}) {
    EXPECT_EQ(error_of(text), "An operand in the update expression has an incorrect data type") << text;
  }
}

// As DynamoDB Local does: all targets' paths, then the operands from left to right, each with its type.
TEST(Update, OfSeveralFaultsTheFirstIsTold) {
  const std::string path = "The document path provided in the update expression is invalid for update";
  const std::string type = "An operand in the update expression has an incorrect data type";
  const std::string missing = "The provided expression refers to an attribute that does not exist in the item";
  EXPECT_EQ(error_of("SET a = zz, m.zz.y = :1"), path);
  EXPECT_EQ(error_of("SET zz[0] = word + :1"), path);
  EXPECT_EQ(error_of("REMOVE zz.y ADD word :1"), path);
  EXPECT_EQ(error_of("SET b = word + zz"), type);
  EXPECT_EQ(error_of("SET b = zz + word"), missing);
  EXPECT_EQ(error_of("SET b = list_append(word, zz)"), type);
  EXPECT_EQ(error_of("SET b = list_append(zz, word)"), missing);
  EXPECT_EQ(error_of("SET b = list_append(if_not_exists(zz, :1), zz)"), type);
}

TEST(Update, NumbersOutOfRangeAreErrors) {
  for (const char* text : {"SET b = :big + :big", "SET b = :big + :1"}) {
    EXPECT_FALSE(kRequest.update(text)->apply(Item::from_map(kItem))) << text;
  }
}

TEST(Update, NamesTheTopLevelAttributesThatItChanges) {
  const auto update = kRequest.update("SET m.x = a, m.z = :1 REMOVE b ADD a :1");
  ASSERT_TRUE(update);
  EXPECT_EQ(update->top_level_attributes(), (std::vector<std::string_view>{"a", "b", "m"}));
}

TEST(Update, UpdatedPartHasTheTargetsOnly) {
  const Item before = Item::from_map(kItem);
  const auto parts = [&](std::string_view text) {
    const auto update = kRequest.update(text);
    const Item after = *update->apply(before);
    return std::pair(update->updated_part(before).to_map(), update->updated_part(after).to_map());
  };
  EXPECT_EQ(parts("SET a = :2, b = word REMOVE word"), std::pair(Value::Map{{"a", Value(1)}, {"word", Value("hello")}},
                                                                 Value::Map{{"a", Value(2)}, {"b", Value("hello")}}));
  EXPECT_EQ(parts("SET m.x = :2, m.z = :1, l[1] = :1"),
            std::pair(Value::Map{{"l", list_of({2})}, {"m", Value(Value::Map{{"x", Value(1)}})}},
                      Value::Map{{"l", list_of({1})}, {"m", Value(Value::Map{{"x", Value(2)}, {"z", Value(1)}})}}));
  EXPECT_EQ(parts("SET l[100] = :1"), std::pair(Value::Map(), Value::Map()));
  EXPECT_EQ(parts("REMOVE l[1], m.x"),
            std::pair(Value::Map{{"l", list_of({2})}, {"m", Value(Value::Map{{"x", Value(1)}})}},
                      Value::Map{{"l", list_of({3})}}));
}

TEST(Update, OutlivesTheRequest) {
  std::optional<Update> kept;
  {
    const Request request{.names = {{"#long", std::string(100, 'n')}},
                          .values = {{":v", Value(std::string(100, 'v'))}}};
    kept = *request.update("SET #long = :v");
  }
  EXPECT_EQ(kept->apply(Item())->find_string(std::string(100, 'n')), std::string(100, 'v'));
}

// Measured on AWS, with an update of which this is one part.
TEST(Update, IsChargedForWhatItSays) {
  const Request request = {
      .names = {},
      .values = {{":t", Value("0123456789")},
                 {":one", Value(1)},
                 {":l", Value(Value::List{Value("0123456789")})},
                 {":m", Value(Value::Map{{"a", Value("0123456789")}})},
                 {":ss", Value::string_set({"a", "0123456789"})}},
  };
  const Item item = Item::from_map({{"ss", Value::string_set({"a"})}, {"l", list_of({1, 2})}});
  const std::vector<std::pair<std::string_view, std::size_t>> cases = {
      {"SET word = :t", 19 + 4 + 10},
      {"SET m.inward[12] = :t", 19 + 1 + 4 + 6 + 4 + 2 + 10},
      {"SET c = abcdefghij", 19 + 1 + 1 + 14 + 10},
      {"SET c = m.a.z", 19 + 1 + 1 + 3 * (14 + 1)},
      {"SET c = l[10]", 19 + 1 + 1 + 14 + 1 + 14 + 2},
      {"SET l = list_append(l, :l)", 19 + 1 + 37 + 16 + 14},
      {"SET c = if_not_exists(c, :m)", 19 + 1 + 39 + 16 + 15},
      {"SET n = n + :one", 19 + 1 + 34 + 16 + 2},
      {"SET n = :one - n", 19 + 1 + 37 + 2 + 16},
      {"SET n = if_not_exists(n, :one) + :one", 19 + 1 + 34 + (39 + 16 + 2) + 2},
      {"ADD n :one", 19 + 1 + 2},
      {"ADD ss :ss", 19 + 2 + 10},
      {"ADD fresh :ss", 19 + 5 + 11},
      {"ADD l :ss", 19 + 1 + 11},
      {"REMOVE abcdefghij", 1 + 10},
      {"REMOVE m.y, l[10]", 1 + 1 + 4 + 1 + 1 + 1 + 4 + 2},
      {"DELETE ss :ss", 1 + 2},
  };
  for (const auto& [text, bytes] : cases) {
    const Result<Update> update = request.update(text);
    ASSERT_TRUE(update) << message_of(update);
    EXPECT_EQ(update->charge_bytes(item), 3 + bytes) << text;
  }
}

// Each use of a large value counts, but is not counted when it is clear that it is too much.
TEST(Update, IsNotChargedForMuchMoreThanItMay) {
  Value::StringSet elements;
  for (int i = 100'000; i < 300'000; ++i) elements.push_back(std::to_string(i));
  const Request request = {.names = {}, .values = {{":s", Value::string_set(std::move(elements))}}};
  Value::Map sets;
  std::string text = "ADD s0 :s";
  for (int i = 0; i < 300; ++i) {
    sets.emplace("s" + std::to_string(i), Value::string_set({"q"}));
    if (i > 0) text += ", s" + std::to_string(i) + " :s";
  }
  const Result<Update> update = request.update(text);
  ASSERT_TRUE(update) << message_of(update);
  const std::size_t charge = update->charge_bytes(Item::from_map(sets));
  EXPECT_GT(charge, item::kMaxItemSizeBytes);
  EXPECT_LT(charge, 3 * item::kMaxItemSizeBytes + 100);
}

}  // namespace
}  // namespace mrgc::expression
