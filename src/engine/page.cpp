#include "engine/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/capacity.h"
#include "engine/keyspace.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

/// What a page examines at most (API Reference, Query: "1 MB").
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20;

/// How much of a filter is evaluated in the time that it takes to read an entry.
constexpr std::size_t kFilterPartsPerEntry = 64;
/// More parts than the longest `FilterExpression` can have. Only filters with more count for more than an entry.
constexpr std::size_t kManyFilterParts = 2048;

/// A page ends before its megabyte where a filter of many thousands of parts (`ScanFilter`) would hold a thread for
/// minutes.
constexpr std::int64_t kMaxPageWork = 1'000'000;

// What is done for each entry of a page, in entries.
std::int64_t work_per_entry(const PageSpec& spec) {
  const std::size_t parts = spec.filter ? spec.filter->size() : 0;
  return parts < kManyFilterParts ? 1 : static_cast<std::int64_t>(parts / kFilterPartsPerEntry);
}

using store::Select;

bool is_key(const store::KeySchema& keys, std::string_view name) {
  return name == keys.partition.name || (keys.sort && name == keys.sort->name);
}

bool holds(const PageSpec& spec, std::string_view attribute) {
  if (spec.index == nullptr || spec.index->projection == store::Projection::kAll) return true;
  return is_key(spec.table->spec.keys, attribute) || is_key(spec.index->keys, attribute) ||
         std::ranges::find(spec.index->included, attribute) != spec.index->included.end();
}

std::vector<std::string_view> not_held(const PageSpec& spec, const std::vector<std::string_view>& attributes) {
  std::vector<std::string_view> absent;
  std::ranges::copy_if(attributes, std::back_inserter(absent), [&](auto name) { return !holds(spec, name); });
  return absent;
}

// What a projection needs, a local index fetches from the table; what a filter needs, no index does.
Result<void> check_filtered(const PageSpec& spec) {
  if (!spec.filter || spec.index == nullptr) return {};
  const auto absent = not_held(spec, spec.filter->top_level_attributes());
  if (absent.empty()) return {};
  return base::invalid(
      fmt::format("One or more parameter values were invalid: Secondary index {} does not project one or more filter "
                  "attributes: [{}]",
                  spec.index->name, fmt::join(absent, ", ")));
}

Result<void> check_projected(PageSpec& spec) {
  if (!spec.projection || spec.index == nullptr) return {};
  const auto absent = not_held(spec, spec.projection->top_level_attributes());
  if (absent.empty()) return {};
  spec.fetches = spec.index->local;
  if (spec.fetches) return {};
  return base::invalid(
      fmt::format("One or more parameter values were invalid: Global secondary index {} does not "
                  "project [{}]",
                  spec.index->name, fmt::join(absent, ", ")));
}

Result<void> find_index(PageSpec& spec, const std::string& name) {
  if (name.empty()) return {};
  spec.index = spec.table->find_index(name);
  if (spec.index == nullptr) return base::invalid("The table does not have the specified index: " + name);
  if (spec.consistent_read && !spec.index->local) {
    return base::invalid("Consistent reads are not supported on global secondary indexes");
  }
  if (spec.table->index_state(*spec.index).status == store::TableStatus::kCreating) {
    return base::invalid("Cannot read from backfilling global secondary index: " + name);
  }
  return {};
}

Result<void> check_paths(const PageSpec& spec) {
  const store::TableSpec& table = spec.table->spec;
  if (spec.filter) {
    auto checked = store::check_paths_spare_keys(table, spec.filter->entered_attributes());
    if (!checked) return checked;
  }
  if (spec.projection) return store::check_paths_spare_keys(table, spec.projection->entered_attributes());
  return {};
}

// Calls `visit(key)` for each attribute of a `LastEvaluatedKey`, once.
template <typename Visit>
void for_each_key(const PageSpec& spec, Visit&& visit) {
  std::vector<std::string_view> seen;
  for (const store::KeySchema* keys : {&std::as_const(spec.table->spec.keys), &spec.keys()}) {
    for (const store::KeyAttribute* key : {&keys->partition, keys->sort ? &*keys->sort : nullptr}) {
      if (key == nullptr || std::ranges::find(seen, key->name) != seen.end()) continue;
      seen.push_back(key->name);
      visit(*key);
    }
  }
}

}  // namespace

void PageSpec::go_on(WalkRange& range) const {
  if (!start_after) return;
  if (range.forward) {
    range.begin = std::max(range.begin, *start_after + '\0');
  } else {
    range.end = std::min(range.end, *start_after);
  }
  if (range.begin > range.end) range.begin = range.end;
}

template <typename Request>
Result<PageSpec> prepare_page(TablePtr table, const Request& request, PageExpressions expressions) {
  PageSpec spec{.table = std::move(table),
                .filter = std::move(expressions.filter),
                .projection = std::move(expressions.projection),
                .select = request.select,
                .limit = request.limit,
                .consistent_read = request.consistent_read,
                .scans = std::is_same_v<Request, store::ScanRequest>};
  if (auto found = find_index(spec, request.index); !found) return base::forward_error(found);
  return spec;
}

Result<void> check_start_size(const PageSpec& spec, const item::Item& exclusive_start_key) {
  if (exclusive_start_key.empty()) return {};
  std::size_t expected = 0;
  for_each_key(spec, [&](const store::KeyAttribute&) { ++expected; });
  if (exclusive_start_key.attributes().size() == expected) return {};
  return base::invalid("The provided starting key is invalid");
}

Result<void> check_start_has(const store::KeyAttribute& key, const item::Item& exclusive_start_key) {
  if (exclusive_start_key.empty()) return {};
  const auto value = exclusive_start_key.find(key.name);
  if (!value) return base::invalid("The provided starting key is invalid");
  if (value->type() != key.type) return base::invalid("The provided key element does not match the schema");
  return {};
}

Result<void> set_start(PageSpec& spec, const item::Item& exclusive_start_key) {
  if (exclusive_start_key.empty()) return {};
  bool fits = check_start_size(spec, exclusive_start_key).has_value();
  for_each_key(spec, [&](const store::KeyAttribute& key) {
    fits = fits && check_start_has(key, exclusive_start_key).has_value();
  });
  if (!fits) {
    return base::invalid("The provided starting key is invalid: The provided key element does not match the schema");
  }
  spec.start_after = item_key(*spec.table, exclusive_start_key);
  if (spec.index != nullptr) {
    spec.start_after = index_position(*spec.table, *spec.index, exclusive_start_key, *spec.start_after);
  }
  return {};
}

Result<void> check_select(PageSpec& spec) {
  if (spec.projection) {
    auto checked = store::check_select_leaves_choice(spec.select, "ProjectionExpression", spec.scans);
    if (!checked) return checked;
  }
  const std::string_view prefix = spec.scans ? "" : "1 validation error detected: ";
  if (!spec.projection && spec.select == Select::kSpecificAttributes) {
    return base::invalid(fmt::format(
        "{}Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES", prefix));
  }
  if (spec.index == nullptr && spec.select == Select::kAllProjectedAttributes) {
    return base::invalid(
        fmt::format("{}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName", prefix));
  }
  if (spec.index != nullptr && spec.select == Select::kAllAttributes &&
      spec.index->projection != store::Projection::kAll) {
    spec.fetches = spec.index->local;
    if (spec.fetches) return {};
    return base::invalid(
        fmt::format("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
                    "supported for global secondary index {} because its projection type is not ALL",
                    spec.index->name));
  }
  return {};
}

Result<void> check_page(PageSpec& spec) {
  if (auto checked = check_paths(spec); !checked) return checked;
  if (auto checked = check_filtered(spec); !checked) return checked;
  return check_projected(spec);
}

template Result<PageSpec> prepare_page(TablePtr, const store::QueryRequest&, PageExpressions);
template Result<PageSpec> prepare_page(TablePtr, const store::ScanRequest&, PageExpressions);

Result<store::PageResult> collect_page(const PageSpec& spec, EntryWalk& entries, const KvReader& kv,
                                       const KvSnapshot* moment, std::int64_t max_entries) {
  store::PageResult page;
  const std::int64_t work_of_each = work_per_entry(spec);
  const ReadKind kind = spec.consistent_read ? ReadKind::kConsistent : ReadKind::kEventual;
  std::size_t examined_bytes = 0;
  double fetched_units = 0;
  while (true) {
    auto entry = entries.next();
    if (!entry) return base::forward_error(entry);
    if (!*entry) break;
    if (page.scanned_count * work_of_each >= max_entries) return base::fail(ErrorCode::kWouldBlock, "many entries");
    item::Item item = item::Item::from_trusted(std::string(**entry));
    examined_bytes += item.size_bytes();
    ++page.scanned_count;
    const bool full = examined_bytes >= kMaxPageBytes || page.scanned_count * work_of_each >= kMaxPageWork ||
                      (spec.limit && page.scanned_count >= *spec.limit);
    if (full) {
      const store::KeySchema* index = spec.index == nullptr ? nullptr : &spec.index->keys;
      page.last_evaluated_key = store::key_of(item, spec.table->spec.keys, index);
    }
    if (spec.fetches) {
      auto whole = kv.get(Family::kItems, item_key(*spec.table, item), moment);
      if (!whole) return base::forward_error(whole);
      if (!*whole) return base::fail(ErrorCode::kStorage, "an index has an entry of an item that is not there");
      item = item::Item::from_trusted(std::move(**whole));
      fetched_units += read_units(item.size_bytes(), kind);
    }
    if (!spec.filter || spec.filter->matches(item.attributes())) {
      ++page.count;
      if (spec.select != Select::kCount) {
        page.items.push_back(spec.projection ? spec.projection->apply(item) : std::move(item));
      }
    }
    if (full) break;
  }
  const double units = read_units(examined_bytes, kind);
  page.capacity.table = spec.table->spec.name;
  if (spec.index == nullptr) {
    page.capacity.table_units = units;
  } else {
    page.capacity.table_units = fetched_units;
    (spec.index->local ? page.capacity.local_indexes : page.capacity.indexes).emplace_back(spec.index->name, units);
  }
  return page;
}

}  // namespace mrgc::engine
