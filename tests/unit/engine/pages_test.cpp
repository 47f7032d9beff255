#include <gtest/gtest.h>

#include "engine_test.h"

// Queries and scans: order, limits, pages and indexes.
namespace mrgc::engine::testing {
namespace {

class PagesTest : public EngineTest {
 protected:
  void SetUp() override { create(sample_table("sample")); }

  static std::vector<std::int64_t> numbers(const std::vector<Item>& items, std::string_view attribute = "sk") {
    std::vector<std::int64_t> found;
    for (const Item& item : items) found.push_back(item.find_int64(attribute).value());
    return found;
  }

  // All pages of a query or scan; every page but the last is full.
  template <typename Request>
  std::vector<Item> all_pages(Request request) {
    std::vector<Item> items;
    do {
      auto page = run(request);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) break;
      items.insert(items.end(), page->items.begin(), page->items.end());
      request.exclusive_start_key = page->last_evaluated_key;
      if (!request.exclusive_start_key.empty() && request.limit) {
        EXPECT_EQ(page->scanned_count, *request.limit);
      }
    } while (!request.exclusive_start_key.empty());
    return items;
  }
  Result<store::PageResult> run(const store::QueryRequest& request) { return db().query(request); }
  Result<store::PageResult> run(const store::ScanRequest& request) { return db().scan(request); }

  store::QueryRequest of_partition(const std::string& condition = {}, const Value::Map& more = {}) {
    Value::Map values{{":p", "p"}};
    values.insert(more.begin(), more.end());
    return {.table = "sample",
            .key_condition_expression = "pk = :p" + (condition.empty() ? "" : " AND " + condition),
            .values = make(values)};
  }
  store::QueryRequest of_color(const std::string& index, const std::string& color) {
    return {.table = "sample",
            .index = index,
            .key_condition_expression = "color = :c",
            .values = make({{":c", Value(color)}})};
  }
};

TEST_F(PagesTest, QueriesPageThroughAPartitionInBothDirectionsWithEveryLimit) {
  std::vector<std::int64_t> expected;
  for (int i = -10; i < 13; ++i) {
    put("sample", {{"pk", "p"}, {"sk", i}, {"color", "red"}, {"score", 100 - i}});
    put("sample", {{"pk", "q"}, {"sk", i}, {"color", "blue"}, {"score", i}});
    expected.push_back(i);
  }
  for (const bool forward : {true, false}) {
    if (!forward) std::ranges::reverse(expected);
    for (std::int64_t limit = 1; limit <= 25; ++limit) {
      auto query = of_partition();
      query.scan_forward = forward;
      query.limit = limit;
      ASSERT_EQ(numbers(all_pages(query)), expected) << "limit " << limit;
      auto index = of_color("by-color", "red");
      index.scan_forward = !forward;
      index.limit = limit;
      ASSERT_EQ(numbers(all_pages(index)), expected) << "limit " << limit;
    }
  }
}

TEST_F(PagesTest, ScansPageThroughEverythingWithEveryLimit) {
  for (int i = 0; i < 23; ++i)
    put("sample", {{"pk", Value(std::to_string(i % 7))}, {"sk", i}, {"color", "red"}, {"score", i}});
  const auto whole = scan_all(db(), "sample");
  ASSERT_EQ(whole.size(), 23);
  for (std::int64_t limit = 1; limit <= 25; ++limit) {
    EXPECT_EQ(all_pages(store::ScanRequest{.table = "sample", .limit = limit}), whole);
    EXPECT_EQ(all_pages(store::ScanRequest{.table = "sample", .index = "by-color", .limit = limit}).size(), 23);
  }
}

// With filters that only older parameters can make, a page is not to take minutes.
TEST_F(PagesTest, PagesWithVeryLongFiltersEndEarly) {
  for (int i = 0; i < 400; ++i) put("sample", {{"pk", Value(std::to_string(i % 7))}, {"sk", i}, {"color", "red"}});
  store::ScanRequest request{.table = "sample", .filter_expression = "color = :red", .older_parameters = true};
  std::string rest = "attribute_exists(color)";
  for (int i = 0; i < 12; ++i) rest = "(" + rest + ") AND (" + rest + ")";
  ASSERT_GT(rest.size(), 100'000U);
  request.values = make({{":red", "red"}});
  EXPECT_EQ(db().scan(request).value().count, 400);
  request.filter_expression = "color <> :red AND (" + rest + ")";
  for (int i = 0; i < 4; ++i) request.filter_expression += " OR (" + request.filter_expression + ")";
  const auto page = db().scan(request);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_GT(page->scanned_count, 1);
  EXPECT_LT(page->scanned_count, 400);
  EXPECT_FALSE(page->last_evaluated_key.empty());
  EXPECT_EQ(all_pages(request).size(), 0);
  request.filter_expression = "color = :red OR " + request.filter_expression;
  EXPECT_EQ(all_pages(request).size(), 400);
}

TEST_F(PagesTest, EntriesOfEqualIndexKeysAreAllFoundPageByPage) {
  for (int i = 0; i < 20; ++i)
    put("sample", {{"pk", Value("p" + std::to_string(i))}, {"sk", i}, {"color", "red"}, {"score", 1}});
  for (const bool forward : {true, false}) {
    auto query = of_color("by-color-keys", "red");
    query.limit = 3;
    query.scan_forward = forward;
    auto found = numbers(all_pages(query));
    std::ranges::sort(found);
    ASSERT_EQ(found.size(), 20);
    EXPECT_EQ(std::ranges::adjacent_find(found), found.end());
  }
}

TEST_F(PagesTest, SortKeyConditions) {
  for (int i = 1; i <= 9; ++i) put("sample", {{"pk", "p"}, {"sk", i}});
  put("sample", {{"pk", "o"}, {"sk", 5}});
  put("sample", {{"pk", "q"}, {"sk", 5}});
  const std::pair<std::string, std::vector<std::int64_t>> cases[] = {
      {"sk = :a", {4}},    {"sk < :a", {1, 2, 3}},  {"sk <= :a", {1, 2, 3, 4}},
      {"sk > :b", {8, 9}}, {"sk >= :b", {7, 8, 9}}, {"sk BETWEEN :a AND :b", {4, 5, 6, 7}},
      {"sk > :z", {}},     {"sk < :y", {}},
  };
  for (const auto& [condition, expected] : cases) {
    Value::Map values;
    for (const auto& [name, value] : Value::Map{{":a", 4}, {":b", 7}, {":z", 9}, {":y", 1}}) {
      if (condition.find(name) != std::string::npos) values.emplace(name, value);
    }
    auto query = of_partition(condition, values);
    EXPECT_EQ(numbers(db().query(query).value().items), expected) << condition;
    query.scan_forward = false;
    auto backwards = expected;
    std::ranges::reverse(backwards);
    EXPECT_EQ(numbers(db().query(query).value().items), backwards) << condition;
    query.limit = 1;
    EXPECT_EQ(numbers(all_pages(query)), backwards) << condition;
  }
}

TEST_F(PagesTest, StringSortKeysBeginWith) {
  create({.name = "texts",
          .keys = {.partition = {"pk", item::Type::kString}, .sort = store::KeyAttribute{"text", item::Type::kString}},
          .indexes = {}});
  for (const char* text : {"a", "ab", "aba", "abb", "ac", "b", "\xEF\xBF\xBF"})
    put("texts", {{"pk", "p"}, {"text", text}});
  const auto beginning = [&](const std::string& prefix) {
    std::vector<std::string> found;
    const auto page = db().query({.table = "texts",
                                  .key_condition_expression = "pk = :p AND begins_with(#t, :t)",
                                  .names = {{"#t", "text"}},
                                  .values = make({{":p", "p"}, {":t", Value(prefix)}})});
    for (const Item& item : page.value().items) found.emplace_back(item.find_string("text").value());
    return found;
  };
  EXPECT_EQ(beginning("ab"), (std::vector<std::string>{"ab", "aba", "abb"}));
  EXPECT_EQ(beginning("a").size(), 5);
  EXPECT_EQ(beginning("\xEF\xBF\xBF").size(), 1);
  EXPECT_EQ(beginning("c").size(), 0);
}

TEST_F(PagesTest, LimitCountsBeforeTheFilter) {
  for (int i = 0; i < 10; ++i) put("sample", {{"pk", "p"}, {"sk", i}, {"even", i % 2 == 0}});
  auto query = of_partition();
  query.filter_expression = "even = :t";
  query.values = make({{":p", "p"}, {":t", true}});
  query.limit = 5;
  const auto page = db().query(query).value();
  EXPECT_EQ(page.scanned_count, 5);
  EXPECT_EQ(page.count, 3);
  EXPECT_EQ(numbers(page.items), (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(page.last_evaluated_key, make({{"pk", "p"}, {"sk", 4}}));
  query.limit = std::nullopt;
  query.select = store::Select::kCount;
  const auto count = db().query(query).value();
  EXPECT_EQ(count.count, 5);
  EXPECT_EQ(count.scanned_count, 10);
  EXPECT_TRUE(count.items.empty());
  EXPECT_TRUE(count.last_evaluated_key.empty());
}

TEST_F(PagesTest, APageEndsWithTheItemThatFillsOneMegabyte) {
  // Each item has exactly 1/10 of a megabyte less 100 bytes, so that the eleventh is over.
  const std::size_t size_bytes = (1 << 20) / 10 - 100;
  for (int i = 0; i < 25; ++i) {
    const std::size_t used = make({{"pk", "p"}, {"sk", 10 + i}, {"fill", ""}}).size_bytes();
    put("sample", {{"pk", "p"}, {"sk", 10 + i}, {"fill", Value(std::string(size_bytes - used, 'x'))}});
  }
  const auto page = db().query(of_partition()).value();
  EXPECT_EQ(page.scanned_count, 11);
  EXPECT_EQ(page.last_evaluated_key, make({{"pk", "p"}, {"sk", 20}}));
  EXPECT_EQ(all_pages(of_partition()).size(), 25);
  // What the filter drops counts as well.
  auto filtered = of_partition();
  filtered.filter_expression = "attribute_not_exists(fill)";
  EXPECT_EQ(db().query(filtered).value().scanned_count, 11);
  EXPECT_EQ(db().scan({.table = "sample"}).value().scanned_count, 11);
}

TEST_F(PagesTest, AStartKeyNeedsNoItem) {
  for (int i = 0; i < 10; ++i) put("sample", {{"pk", "p"}, {"sk", i}});
  auto query = of_partition();
  query.limit = 3;
  const Item start = db().query(query).value().last_evaluated_key;
  ASSERT_TRUE(db().delete_item({.table = "sample", .key = start}));
  query.exclusive_start_key = start;
  EXPECT_EQ(numbers(db().query(query).value().items), (std::vector<std::int64_t>{3, 4, 5}));
}

TEST_F(PagesTest, AStartKeyOfAnotherPartitionIsRefused) {
  put("sample", {{"pk", "p"}, {"sk", 1}});
  for (const char* other : {"a", "o", "q", "z", "pp"}) {
    auto query = of_partition();
    query.exclusive_start_key = make({{"pk", other}, {"sk", 0}});
    EXPECT_EQ(error_of(db().query(query)).message,
              "The provided starting key is outside query boundaries based on provided conditions");
  }
}

TEST_F(PagesTest, AnEmptyStoreGivesEmptyPages) {
  for (const std::string index : {"", "by-color", "by-owner"}) {
    const auto page = db().scan({.table = "sample", .index = index}).value();
    EXPECT_EQ(page.scanned_count, 0);
    EXPECT_TRUE(page.last_evaluated_key.empty());
  }
  EXPECT_EQ(db().query(of_partition()).value().count, 0);
}

TEST_F(PagesTest, IndexesHoldWhatTheyProject) {
  const Value::Map whole{{"pk", "p"},     {"sk", 1},     {"color", "red"}, {"score", 5},
                         {"owner", "me"}, {"note", "n"}, {"more", 1}};
  put("sample", whole);
  const auto of_owner = [&] {
    return db()
        .query({.table = "sample",
                .index = "by-owner",
                .key_condition_expression = "#o = :o",
                .names = {{"#o", "owner"}},
                .values = make({{":o", "me"}})})
        .value()
        .items;
  };
  EXPECT_EQ(db().query(of_color("by-color", "red")).value().items, std::vector{make(whole)});
  EXPECT_EQ(db().query(of_color("by-color-keys", "red")).value().items,
            std::vector{make({{"pk", "p"}, {"sk", 1}, {"color", "red"}, {"score", 5}})});
  EXPECT_EQ(of_owner(), std::vector{make({{"pk", "p"}, {"sk", 1}, {"owner", "me"}, {"note", "n"}})});

  // What changes in the item changes there.
  ASSERT_TRUE(db().update_item({.table = "sample",
                                .key = make({{"pk", "p"}, {"sk", 1}}),
                                .update_expression = "SET color = :c, note = :n REMOVE more",
                                .values = make({{":c", "blue"}, {":n", "new"}})}));
  EXPECT_TRUE(db().query(of_color("by-color", "red")).value().items.empty());
  EXPECT_EQ(db().query(of_color("by-color-keys", "blue")).value().count, 1);
  EXPECT_EQ(of_owner(), std::vector{make({{"pk", "p"}, {"sk", 1}, {"owner", "me"}, {"note", "new"}})});

  auto projected = of_color("by-color", "blue");
  projected.projection_expression = "note, score";
  EXPECT_EQ(db().query(projected).value().items, std::vector{make({{"note", "new"}, {"score", 5}})});
}

TEST_F(PagesTest, ItemsWithoutAnIndexKeyAreNotInTheIndex) {
  put("sample", {{"pk", "p"}, {"sk", 1}, {"color", "red"}});
  put("sample", {{"pk", "p"}, {"sk", 2}, {"score", 2}});
  put("sample", {{"pk", "p"}, {"sk", 3}, {"color", "red"}, {"score", 3}});
  EXPECT_EQ(numbers(scan_all(db(), "sample", "by-color")), std::vector<std::int64_t>{3});
  ASSERT_TRUE(db().update_item(
      {.table = "sample", .key = make({{"pk", "p"}, {"sk", 3}}), .update_expression = "REMOVE score"}));
  EXPECT_TRUE(scan_all(db(), "sample", "by-color").empty());
  ASSERT_TRUE(db().update_item({.table = "sample",
                                .key = make({{"pk", "p"}, {"sk", 1}}),
                                .update_expression = "SET score = :s",
                                .values = make({{":s", 1}})}));
  EXPECT_EQ(numbers(scan_all(db(), "sample", "by-color")), std::vector<std::int64_t>{1});
}

}  // namespace
}  // namespace mrgc::engine::testing
