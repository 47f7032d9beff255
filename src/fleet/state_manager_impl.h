#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "fleet/operations.h"
#include "fleet/page_size.h"
#include "mrgc/base/clock.h"
#include "mrgc/fleet/state_manager.h"

namespace mrgc::fleet {

/// What the parts of `StateManager`, one file for each table, have in common.
class StateManager::Impl {
 public:
  Impl(const Regions& the_regions, const base::Clock& the_clock)
      : regions(the_regions), clock(the_clock), operations(the_regions) {}

  /// How long the rows of `table` live, in seconds.
  static std::int64_t ttl_after_s(Table table) { return schema().table(table).ttl.after_s; }

  /// A request for `table`: all that every request has.
  template <typename Request>
  Request request(Table table) const {
    Request made;
    made.table = regions.table_name(table);
    return made;
  }

  /// The rows of an index, or of the table where `index` is empty, with one partition key and a range of times, both
  /// ends included, oldest first.
  struct PartitionKey {
    std::string_view name;
    std::string_view value;
  };
  struct TimeRange {
    std::string_view name;
    std::int64_t from_s;
    std::int64_t to_s;
  };
  store::QueryRequest in_time_range(Table table, std::string_view index, const PartitionKey& key,
                                    const TimeRange& range) const {
    auto query = request<store::QueryRequest>(table);
    query.index = index;
    query.key_condition_expression = "#key = :key AND #time BETWEEN :from AND :to";
    query.names = {{"#key", std::string(key.name)}, {"#time", std::string(range.name)}};
    query.values = item::ItemBuilder().set(":key", key.value).set(":from", range.from_s).set(":to", range.to_s).build();
    return query;
  }

  /// Makes a row of what a read found. Errors: `kNotFound` made of `subject` when it found nothing or something past
  /// its time to live; `kValidation` for a malformed row.
  template <typename Row>
  Result<Row> row_of(Result<std::optional<item::Item>> found, const Subject& subject) const {
    if (!found) return base::forward_error(found);
    if (!*found || is_expired((*found)->find_int64("ttl"), clock.now_s())) return not_found(subject);
    return Row::from_item(**found);
  }

  /// Reads the rows of a query or scan, page by page. A page may hold more than is still wanted; then the listing ends
  /// within it, and the next one starts behind the row that was examined last.
  /// Errors: `kInvalidArgument` for a limit out of range.
  template <typename Row, typename Request>
  Result<Listing<Row>> list(Request request, const ListOptions& options) {
    if (options.limit < 1 || options.limit > ListOptions::kMaxLimit) {
      return base::fail(ErrorCode::kInvalidArgument, "the limit of a listing is 1 to 1000000 rows");
    }
    const std::int64_t now_s = clock.now_s();
    Listing<Row> listing;
    request.exclusive_start_key = options.start_after;
    PageSize page_size(options.limit, !request.filter_expression.empty());
    do {
      request.limit = page_size.next();
      Result<store::PageResult> page = operations.read_page(request);
      if (!page) return base::forward_error(page);
      const std::vector<item::Item>& items = page->items;
      std::size_t examined = 0;
      while (examined < items.size() && listing.rows.size() < options.limit) take(listing, items[examined++], now_s);
      request.exclusive_start_key = examined < items.size()
                                        ? position_of(request.table, request.index, items[examined - 1])
                                        : std::move(page->last_evaluated_key);
    } while (!request.exclusive_start_key.empty() && listing.rows.size() < options.limit);
    listing.next = std::move(request.exclusive_start_key);
    return listing;
  }

  /// Where in a table, or in an index of it, an item lies: what a read that starts behind it is given. The item must
  /// come from there.
  item::Item position_of(std::string_view table_name, std::string_view index, const item::Item& item) const;

  /// Adds `item` to the listing, unless it is past its time to live or malformed.
  template <typename Row>
  static void take(Listing<Row>& listing, const item::Item& item, std::int64_t now_s) {
    if (is_expired(item.find_int64("ttl"), now_s)) return;
    if (Result<Row> row = Row::from_item(item)) {
      listing.rows.push_back(std::move(*row));
    } else {
      ++listing.malformed;
    }
  }

  const Regions& regions;
  const base::Clock& clock;
  Operations operations;
};

/// A key of one or two attributes.
inline item::Item key_of(std::string_view name, std::string_view value) {
  return item::ItemBuilder().set(name, value).build();
}
inline item::Item key_of(std::string_view name, std::string_view value, std::string_view sort_name,
                         std::int64_t sort_value) {
  return item::ItemBuilder().set(name, value).set(sort_name, sort_value).build();
}

}  // namespace mrgc::fleet
