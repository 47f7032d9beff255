#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "mrgc/fleet/metric_kinds.h"
#include "mrgc/fleet/quantile_sketch.h"
#include "mrgc/item/item.h"

namespace mrgc::fleet {

/// What one writer saw of one metric and model pool in one minute. A value type.
struct MetricPart {
  std::uint64_t requests = 0;  ///< requests counted one by one; `rps` only
  std::uint64_t count = 0;     ///< samples
  double sum = 0;
  double min = 0;  ///< of the samples; meaningless when `count` is 0
  double max = 0;
  std::optional<QuantileSketch> sketch;  ///< of the samples; latency only

  /// Takes in one sample, which must be finite.
  void add(double value);

  /// Takes in what another part saw.
  void merge(const MetricPart& other);

  item::Value::Map to_map() const;

  /// Reads what `to_map` wrote. Errors: `kValidation` for anything else.
  static Result<MetricPart> from_map(item::MapView map);

  friend bool operator==(const MetricPart&, const MetricPart&) = default;
};

/// The parts of a metric row: by model pool (for enclave operations `POOL/OPERATION`), and under it by writer.
using WriterParts = std::map<std::string, MetricPart, std::less<>>;
using MetricParts = std::map<std::string, WriterParts, std::less<>>;

/// Everything that the parts saw together.
MetricPart merge_parts(const WriterParts& parts);
MetricPart merge_parts(const MetricParts& parts);

/// The value of one pool, and of a row: what its parts amount to.
double aggregate(Aggregation aggregation, const WriterParts& parts);
double aggregate(Aggregation aggregation, const MetricParts& parts);

}  // namespace mrgc::fleet
