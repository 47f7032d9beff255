#include "fleet/metric_merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "fleet/attributes.h"
#include "fleet/minutes.h"
#include "fleet/state_manager_impl.h"

namespace mrgc::fleet {
namespace {

// Keeps an expression well below the 4,096 bytes that it may have.
constexpr std::size_t kPoolsPerWrite = 40;

// Each refused attempt means that another writer got in between with a pool that was new.
constexpr int kMaxAttempts = 16;

}  // namespace

MetricMerge::MetricMerge(Operations& operations, const MetricWrite& write)
    : operations_(operations),
      write_(write),
      kind_(metric_kind(write.metric)),
      timestamp_(region_second(write.minute, write.region)),
      ttl_(write.minute + schema().table(Table::kMetrics).ttl.after_s) {
  if (write.first) return;
  pools_.emplace();
  for (const auto& [pool, part] : write.parts) pools_->insert(pool);
}

Result<Metric> MetricMerge::run() {
  std::vector<Part> all;
  all.reserve(write_.parts.size());
  for (const auto& [pool, part] : write_.parts) all.emplace_back(pool, &part);
  Metric row;
  for (std::size_t from = 0; from < all.size(); from += kPoolsPerWrite) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(from);
    const auto size = static_cast<std::ptrdiff_t>(std::min(kPoolsPerWrite, all.size() - from));
    Result<Metric> merged = merge({begin, begin + size});
    if (!merged) return merged;
    row = std::move(*merged);
  }
  return bring_value_up_to_date(std::move(row));
}

Result<Metric> MetricMerge::merge(const std::vector<Part>& parts) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    Result<Metric> row = pools_ ? update(parts) : insert(parts);
    if (row) {
      if (!pools_) pools_.emplace();
      for (const auto& [pool, part] : parts) pools_->insert(std::string(pool));
      return row;
    }
    if (!is_condition_failure(row.error())) return row;
    learn(failed_item(row.error()));
  }
  return std::unexpected(Error{
      .code = ErrorCode::kTransactionConflict,
      .message = fmt::format("other writers keep changing the {} row of {}; try again", kind_.name, write_.region),
      .retryable = true,
  });
}

Result<Metric> MetricMerge::insert(const std::vector<Part>& parts) {
  Metric row;
  row.metric_name = kind_.name;
  row.timestamp = timestamp_;
  row.region = write_.region;
  row.unit = kind_.unit;
  for (const auto& [pool, part] : parts) row.parts[std::string(pool)].emplace(write_.writer, *part);
  row.value = aggregate(kind_.aggregation, row.parts);
  row.revision = 1;
  row.ttl = ttl_;
  store::PutItemRequest put;
  put.table = operations_.regions().table_name(Table::kMetrics);
  put.item = row.to_item();
  put.condition_expression = "attribute_not_exists(metric_name)";
  put.return_old_on_failure = true;
  auto written = operations_.write_at(write_.region, std::move(put));
  if (!written) return base::forward_error(written);
  return row;
}

Result<Metric> MetricMerge::update(const std::vector<Part>& parts) {
  store::UpdateItemRequest request;
  request.table = operations_.regions().table_name(Table::kMetrics);
  request.key = key_of("metric_name", kind_.name, "timestamp", timestamp_);
  request.names = {{"#ttl", "ttl"}};
  request.update_expression = "SET #ttl = :ttl";
  item::ItemBuilder values;
  values.set(":ttl", ttl_).set(":one", 1);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [pool, part] = parts[i];
    request.names.emplace(fmt::format("#p{}", i), pool);
    if (!request.condition_expression.empty()) request.condition_expression += " AND ";
    if (pools_->contains(pool)) {
      request.names.emplace("#w", write_.writer);
      request.update_expression += fmt::format(", dimensions.#p{0}.#w = :p{0}", i);
      request.condition_expression += fmt::format("attribute_exists(dimensions.#p{})", i);
      values.set(fmt::format(":p{}", i), part->to_map());
    } else {
      request.update_expression += fmt::format(", dimensions.#p{0} = :p{0}", i);
      // Without its first half, the condition would hold where there is no row, and an update would make half of one.
      request.condition_expression +=
          fmt::format("attribute_exists(metric_name) AND attribute_not_exists(dimensions.#p{})", i);
      values.set(fmt::format(":p{}", i), item::Value::Map{{write_.writer, part->to_map()}});
    }
  }
  request.update_expression += " ADD revision :one";
  request.values = values.build();
  request.return_values = store::ReturnValues::kAllNew;
  request.return_old_on_failure = true;
  auto written = operations_.write_at(write_.region, std::move(request));
  if (!written) return base::forward_error(written);
  return Metric::from_item(*written->attributes);
}

void MetricMerge::learn(const item::Item* found) {
  if (found == nullptr) {
    pools_.reset();
    return;
  }
  pools_.emplace();
  const std::optional<item::ValueView> dimensions = found->find("dimensions");
  if (!dimensions || dimensions->type() != item::Type::kMap) return;
  for (const auto& [pool, writers] : dimensions->as_map()) pools_->emplace(pool);
}

Result<Metric> MetricMerge::bring_value_up_to_date(Metric row) {
  const double value = aggregate(kind_.aggregation, row.parts);
  if (value == row.value) return row;
  store::UpdateItemRequest request;
  request.table = operations_.regions().table_name(Table::kMetrics);
  request.key = key_of("metric_name", kind_.name, "timestamp", timestamp_);
  request.update_expression = "SET #value = :value";
  request.condition_expression = "revision = :revision";
  request.names = {{"#value", "value"}};
  // Parts of foreign making may add up to what is no DynamoDB number. Ours are in the row all the same, and whoever
  // reads the parts is told.
  const Result<item::Number> number = item::Number::from_double(value);
  if (!number) return row;
  request.values = item::ItemBuilder().set(":value", *number).set(":revision", row.revision).build();
  auto written = operations_.write_at(write_.region, std::move(request));
  if (!written && !is_condition_failure(written.error())) return base::forward_error(written);
  row.value = value;
  return row;
}

}  // namespace mrgc::fleet
