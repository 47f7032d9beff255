#include "mrgc/fleet/metric_parts.h"

#include <algorithm>

#include "fleet/attributes.h"

namespace mrgc::fleet {
namespace {

constexpr double kSecondsPerMinute = 60;

double mean(const MetricPart& part) { return part.count > 0 ? part.sum / static_cast<double>(part.count) : 0; }

// What the writer was told is a rate already; the requests that it counted itself come on top.
double rate(const MetricPart& part) { return static_cast<double>(part.requests) / kSecondsPerMinute + mean(part); }

double p95(const MetricPart& part) {
  const std::optional<double> value = part.sketch ? part.sketch->quantile(0.95) : std::nullopt;
  return value.value_or(mean(part));
}

}  // namespace

void MetricPart::add(double value) {
  min = count == 0 ? value : std::min(min, value);
  max = count == 0 ? value : std::max(max, value);
  sum += value;
  ++count;
}

void MetricPart::merge(const MetricPart& other) {
  requests += other.requests;
  if (other.count > 0) {
    min = count == 0 ? other.min : std::min(min, other.min);
    max = count == 0 ? other.max : std::max(max, other.max);
  }
  count += other.count;
  sum += other.sum;
  if (!other.sketch) return;
  if (!sketch) sketch.emplace();
  sketch->merge(*other.sketch);
}

item::Value::Map MetricPart::to_map() const {
  item::Value::Map map;
  map.emplace("count", static_cast<std::int64_t>(count));
  map.emplace("sum", to_number(sum));
  if (count > 0) {
    map.emplace("min", to_number(min));
    map.emplace("max", to_number(max));
  }
  if (requests > 0) map.emplace("requests", static_cast<std::int64_t>(requests));
  if (sketch) map.emplace("sketch", item::Value::Binary{sketch->to_bytes()});
  return map;
}

Result<MetricPart> MetricPart::from_map(item::MapView map) {
  // More than any real count, and far from overflow when parts are added up.
  constexpr std::int64_t kMaxCount = std::int64_t{1} << 48;
  AttributeReader reader(map);
  const std::int64_t count = reader.integer("count");
  const std::int64_t requests = reader.optional_integer("requests").value_or(0);
  MetricPart part;
  part.sum = reader.number("sum");
  if (count > 0) {
    part.min = reader.number("min");
    part.max = reader.number("max");
  }
  if (Result<void> complete = reader.finish("metric part"); !complete) return base::forward_error(complete);
  if (count < 0 || count > kMaxCount || requests < 0 || requests > kMaxCount) {
    return base::invalid("a metric part counts more than can be");
  }
  part.count = static_cast<std::uint64_t>(count);
  part.requests = static_cast<std::uint64_t>(requests);
  if (const std::optional<item::ValueView> sketch = map.find("sketch")) {
    if (sketch->type() != item::Type::kBinary) return base::invalid("a metric part's sketch is not binary");
    Result<QuantileSketch> read = QuantileSketch::from_bytes(sketch->as_binary());
    if (!read) return base::forward_error(read);
    part.sketch = std::move(*read);
  }
  return part;
}

MetricPart merge_parts(const WriterParts& parts) {
  MetricPart merged;
  for (const auto& [writer, part] : parts) merged.merge(part);
  return merged;
}

MetricPart merge_parts(const MetricParts& parts) {
  MetricPart merged;
  for (const auto& [pool, writers] : parts) merged.merge(merge_parts(writers));
  return merged;
}

double aggregate(Aggregation aggregation, const WriterParts& parts) {
  switch (aggregation) {
    case Aggregation::kRate: {
      double sum = 0;
      for (const auto& [writer, part] : parts) sum += rate(part);
      return sum;
    }
    case Aggregation::kMean: return mean(merge_parts(parts));
    case Aggregation::kP95: return p95(merge_parts(parts));
    case Aggregation::kCount: return static_cast<double>(merge_parts(parts).count);
  }
  return 0;
}

double aggregate(Aggregation aggregation, const MetricParts& parts) {
  // As if every pool's parts were one pool's; the names only tell the parts apart.
  WriterParts all;
  for (const auto& [pool, writers] : parts) {
    for (const auto& [writer, part] : writers) all.emplace(std::to_string(all.size()), part);
  }
  return aggregate(aggregation, all);
}

}  // namespace mrgc::fleet
