#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/keyspace.h"
#include "engine/page.h"
#include "engine/read_path.h"
#include "expression/key_condition.h"
#include "mrgc/item/ordered_key.h"
#include "store/validation.h"

// ReadPath: queries and scans.
namespace mrgc::engine {
namespace {

using expression::KeyCondition;
using Op = expression::KeyCondition::Op;

expression::KeyNames key_names(const store::KeySchema& keys) {
  expression::KeyNames names{.partition = keys.partition.name, .partition_type = keys.partition.type};
  if (keys.sort) {
    names.sort = keys.sort->name;
    names.sort_type = keys.sort->type;
  }
  return names;
}

// What every key starts with whose sort key equals `value`.
std::string with_sort(std::string prefix, const item::ValueView& value) {
  item::append_ordered_key(prefix, value);
  return prefix;
}

// What every key starts with whose sort key begins with `value` (S or B): its encoding without the two bytes that end
// it.
std::string with_sort_beginning(const std::string& prefix, const item::ValueView& value) {
  std::string key = with_sort(prefix, value);
  key.resize(key.size() - 2);
  return key;
}

// The keys in the partition of `prefix` that the condition selects.
WalkRange key_range(const std::string& prefix, const KeyCondition& condition) {
  WalkRange range{.begin = prefix, .end = prefix_end(prefix)};
  switch (condition.op) {
    case Op::kNone: break;
    case Op::kEqual:
      range.begin = with_sort(prefix, *condition.low);
      range.end = prefix_end(range.begin);
      break;
    case Op::kLess: range.end = with_sort(prefix, *condition.low); break;
    case Op::kLessEqual: range.end = prefix_end(with_sort(prefix, *condition.low)); break;
    case Op::kGreater: range.begin = prefix_end(with_sort(prefix, *condition.low)); break;
    case Op::kGreaterEqual: range.begin = with_sort(prefix, *condition.low); break;
    case Op::kBetween:
      range.begin = with_sort(prefix, *condition.low);
      range.end = prefix_end(with_sort(prefix, *condition.high));
      break;
    case Op::kBeginsWith:
      range.begin = with_sort_beginning(prefix, *condition.low);
      range.end = prefix_end(range.begin);
      break;
  }
  return range;
}

// Of both keys, the partition key is told.
Result<void> check_filter_spares_keys(const PageSpec& spec) {
  if (!spec.filter) return {};
  const std::vector<std::string_view> named = spec.filter->top_level_attributes();
  return store::check_each_key(spec.keys(), [&](const store::KeyAttribute& key, bool) -> Result<void> {
    if (!std::ranges::binary_search(named, key.name)) return {};
    return base::invalid(fmt::format(
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: {}", key.name));
  });
}

// The keys under `prefix` whose partition hash falls to `segment` of `total`.
WalkRange segment_range(const std::string& prefix, std::int64_t segment, std::int64_t total) {
  const auto key_at = [&](std::int64_t boundary) {
    const std::uint64_t hash = (static_cast<std::uint64_t>(boundary) << 32) / static_cast<std::uint64_t>(total);
    if (hash > 0xFFFF'FFFF) return prefix_end(prefix);
    std::string key = prefix;
    append_u32(key, static_cast<std::uint32_t>(hash));
    return key;
  };
  return {.begin = key_at(segment), .end = key_at(segment + 1)};
}

// The condition's values could be in a key.
Result<void> check_key_values(const store::KeySchema& keys, const KeyCondition& condition) {
  if (auto checked = store::check_key_value(keys.partition, condition.partition, true); !checked) return checked;
  for (const auto& value : {condition.low, condition.high}) {
    if (!value) continue;
    if (auto checked = store::check_key_value(*keys.sort, *value, false); !checked) return checked;
  }
  return {};
}

// The condition on the keys of the table or index. DynamoDB looks at the keys one by one: whether the start key has it,
// then what is asked of it.
Result<KeyCondition> resolve(const expression::KeyExpression& expression, const PageSpec& spec,
                             const item::Item& start) {
  const store::KeySchema& keys = spec.keys();
  if (auto checked = check_start_size(spec, start); !checked) return base::forward_error(checked);
  if (auto checked = check_start_has(keys.partition, start); !checked) return base::forward_error(checked);
  auto condition = expression.resolve_partition(key_names(keys));
  if (!condition || !keys.sort) return condition;
  if (auto checked = check_start_has(*keys.sort, start); !checked) return base::forward_error(checked);
  if (auto added = expression.resolve_sort(key_names(keys), *condition); !added) return base::forward_error(added);
  return condition;
}

// A start key is one that the same query has given before. Its sort key is looked at first, as on DynamoDB: in the
// partition that the start key is in, whose keys begin with `start_prefix`.
Result<void> check_query_start(const PageSpec& spec, const std::string& start_prefix, const std::string& prefix,
                               const KeyCondition& condition) {
  if (!key_range(start_prefix, condition).contains(*spec.start_after)) {
    return base::invalid("The provided starting key does not match the range key predicate");
  }
  if (start_prefix == prefix) return {};
  if (condition.op == Op::kNone) {
    return base::invalid("The provided starting key is outside query boundaries based on provided conditions");
  }
  return base::invalid("The query can return at most one row and cannot be restarted");
}

// Of the start key of an index, DynamoDB looks at the index's keys before `Select`, and at the table's keys behind it.
Result<void> check_index_start(const PageSpec& spec, const item::Item& start) {
  if (spec.index == nullptr) return {};
  if (auto checked = check_start_size(spec, start); !checked) return checked;
  if (auto checked = check_start_has(spec.keys().partition, start); !checked || !spec.keys().sort) return checked;
  return check_start_has(*spec.keys().sort, start);
}

Result<void> check_scan_start(const PageSpec& spec, const store::ScanRequest& request, const WalkRange& range) {
  if (!spec.start_after || range.contains(*spec.start_after)) return {};
  return base::invalid(
      fmt::format("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                  "correct Segment. TotalSegments: {} Segment: {}",
                  request.total_segments.value_or(1), request.segment.value_or(0)));
}

std::size_t expected_entries(const std::optional<std::int64_t>& limit) {
  return limit ? static_cast<std::size_t>(*limit) : 64;
}

}  // namespace

Result<store::PageResult> ReadPath::query(const store::QueryRequest& request) const {
  auto expressions = parse_expressions(request);
  if (!expressions) return base::forward_error(expressions);
  const expression::KeyExpression key = std::move(*expressions->key);
  auto table = catalog_.find(request.table);
  if (!table) return base::forward_error(table);
  auto spec = prepare_page(std::move(*table), request, std::move(*expressions));
  if (!spec) return base::forward_error(spec);
  auto condition = resolve(key, *spec, request.exclusive_start_key);
  if (!condition) return base::forward_error(condition);
  if (auto set = set_start(*spec, request.exclusive_start_key); !set) return base::forward_error(set);
  if (auto checked = check_key_values(spec->keys(), *condition); !checked) return base::forward_error(checked);

  const std::string all =
      spec->index == nullptr ? table_prefix(*spec->table) : index_prefix(*spec->table, *spec->index);
  const std::string prefix = partition_prefix(all, condition->partition);
  if (spec->start_after) {
    const auto start = request.exclusive_start_key.find(spec->keys().partition.name).value();
    auto checked = check_query_start(*spec, partition_prefix(all, start), prefix, *condition);
    if (!checked) return base::forward_error(checked);
  }
  if (auto checked = check_filter_spares_keys(*spec); !checked) return base::forward_error(checked);
  if (auto checked = check_select(*spec); !checked) return base::forward_error(checked);
  if (auto checked = check_page(*spec); !checked) return base::forward_error(checked);
  WalkRange range = key_range(prefix, *condition);
  range.family = spec->family();
  range.forward = request.scan_forward;
  spec->go_on(range);
  auto directory = spec->index == nullptr || spec->fetches ? nullptr : directories_.find(prefix);
  if (directory == nullptr) return read_page(*spec, std::move(range));
  const auto entries = walk(kv_, std::move(range), std::move(directory), expected_entries(request.limit));
  return collect_page(*spec, *entries, kv_, nullptr, max_entries_);
}

Result<store::PageResult> ReadPath::scan(const store::ScanRequest& request) const {
  auto expressions = parse_expressions(request);
  if (!expressions) return base::forward_error(expressions);
  auto table = catalog_.find(request.table);
  if (!table) return base::forward_error(table);
  auto spec = prepare_page(std::move(*table), request, std::move(*expressions));
  if (!spec) return base::forward_error(spec);
  if (auto checked = check_index_start(*spec, request.exclusive_start_key); !checked) {
    return base::forward_error(checked);
  }
  if (auto checked = check_select(*spec); !checked) return base::forward_error(checked);
  if (auto set = set_start(*spec, request.exclusive_start_key); !set) return base::forward_error(set);

  const std::string prefix =
      spec->index == nullptr ? table_prefix(*spec->table) : index_prefix(*spec->table, *spec->index);
  WalkRange range = segment_range(prefix, request.segment.value_or(0), request.total_segments.value_or(1));
  if (auto checked = check_scan_start(*spec, request, range); !checked) return base::forward_error(checked);
  if (auto checked = check_page(*spec); !checked) return base::forward_error(checked);
  range.family = spec->family();
  spec->go_on(range);
  return read_page(*spec, std::move(range));
}

// Entries and the items that belong to them are read as of one moment.
Result<store::PageResult> ReadPath::read_page(const PageSpec& spec, WalkRange range) const {
  const auto moment = spec.fetches ? kv_.snapshot() : nullptr;
  const auto entries = walk(kv_, std::move(range), moment.get());
  return collect_page(spec, *entries, kv_, moment.get(), max_entries_);
}

}  // namespace mrgc::engine
