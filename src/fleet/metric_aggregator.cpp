#include "fleet/metric_aggregator.h"

#include <fmt/format.h>

#include <algorithm>

#include "fleet/minutes.h"

namespace mrgc::fleet {

// A part in the store is replaced by what the writer has seen in the whole minute. After forgetting a row it has not,
// so should the clock lead back there, it goes on as another writer, as it would after a restart.
void MetricsCollector::Aggregator::renew_writer_if_clock_went_back(std::int64_t minute) {
  if (minute >= first_open_minute_) return;
  writer_ = random_.hex_id(kWriterIdBytes);
  first_open_minute_ = 0;
}

Result<void> MetricsCollector::Aggregator::record(MetricId metric, std::string_view region, std::string_view series,
                                                  Event event, double value, std::int64_t now_s) {
  const std::int64_t minute = minute_of(now_s);
  const std::lock_guard lock(mutex_);
  renew_writer_if_clock_went_back(minute);
  const std::string& writer = event == Event::kRate ? source_ : writer_;
  Row& row = rows_[{.minute = minute, .metric = metric, .region = std::string(region), .writer = writer}];
  auto place = row.parts.find(series);
  if (place == row.parts.end()) {
    if (part_count_ >= kMaxParts) {
      return base::fail(
          ErrorCode::kLimitExceeded,
          fmt::format("{} parts of metrics wait to be flushed; the store must be reachable first", kMaxParts));
    }
    ++part_count_;
    place = row.parts.emplace(series, Part{}).first;
  }
  Part& part = place->second;
  ++part.version;
  if (event == Event::kRequest) {
    ++part.seen.requests;
    return {};
  }
  part.seen.add(value);
  if (metric_kind(metric).aggregation != Aggregation::kP95) return {};
  if (!part.seen.sketch) part.seen.sketch.emplace();
  return part.seen.sketch->add(value);
}

std::vector<MetricsCollector::Aggregator::Pending> MetricsCollector::Aggregator::pending() const {
  const std::lock_guard lock(mutex_);
  std::vector<Pending> changed;
  for (const auto& [key, row] : rows_) {
    Pending pending;
    for (const auto& [series, part] : row.parts) {
      if (part.version == part.flushed) continue;
      pending.write.parts.emplace(series, part.seen);
      pending.versions.emplace(series, part.version);
    }
    if (pending.versions.empty()) continue;
    pending.write.metric = key.metric;
    pending.write.region = key.region;
    pending.write.minute = key.minute;
    pending.write.writer = key.writer;
    pending.write.first = !row.in_store;
    changed.push_back(std::move(pending));
  }
  return changed;
}

MetricsCollector::Aggregator::Row& MetricsCollector::Aggregator::row_of(const MetricWrite& write) {
  return rows_[{.minute = write.minute, .metric = write.metric, .region = write.region, .writer = write.writer}];
}

void MetricsCollector::Aggregator::confirm(const Pending& flushed) {
  const std::lock_guard lock(mutex_);
  Row& row = row_of(flushed.write);
  row.in_store = true;
  for (const auto& [series, version] : flushed.versions) row.parts.find(series)->second.flushed = version;
}

// What was seen stays until the minute is over: a part that is in the store must not be replaced by one that begins
// anew.
void MetricsCollector::Aggregator::give_up(const Pending& dropped) {
  const std::lock_guard lock(mutex_);
  Row& row = row_of(dropped.write);
  for (const auto& [series, version] : dropped.versions) row.parts.find(series)->second.flushed = version;
}

void MetricsCollector::Aggregator::forget_finished(std::int64_t now_s) {
  const std::lock_guard lock(mutex_);
  for (auto place = rows_.begin(); place != rows_.end();) {
    const auto& [key, row] = *place;
    const bool over = key.minute + kMinuteSeconds <= now_s;
    const bool flushed =
        std::ranges::all_of(row.parts, [](const auto& part) { return part.second.version == part.second.flushed; });
    if (!over || !flushed) {
      ++place;
      continue;
    }
    if (key.writer == writer_) first_open_minute_ = std::max(first_open_minute_, key.minute + kMinuteSeconds);
    part_count_ -= row.parts.size();
    place = rows_.erase(place);
  }
}

}  // namespace mrgc::fleet
