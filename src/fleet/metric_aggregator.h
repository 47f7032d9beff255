#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mrgc/base/random.h"
#include "mrgc/fleet/metrics_collector.h"

namespace mrgc::fleet {

/// What a collector has seen and not yet forgotten. Thread-safe.
class MetricsCollector::Aggregator {
 public:
  /// `source` is the writer of given rates.
  Aggregator(base::Random& random, std::string source)
      : random_(random), writer_(random.hex_id(kWriterIdBytes)), source_(std::move(source)) {}

  /// What is recorded: a sample, one counted request, or a rate that was given.
  enum class Event : std::uint8_t { kSample, kRequest, kRate };

  /// Adds to the part of `series` (a pool, or `POOL/OPERATION`) in the minute of `now_s`. Arguments must be checked.
  /// Errors: `kLimitExceeded`.
  Result<void> record(MetricId metric, std::string_view region, std::string_view series, Event event, double value,
                      std::int64_t now_s);

  /// A row's parts that changed since they were flushed, and what confirms them.
  struct Pending {
    MetricWrite write;
    std::map<std::string, std::uint64_t, std::less<>> versions;
  };
  std::vector<Pending> pending() const;

  /// Notes that what `pending` returned is in the store.
  void confirm(const Pending& flushed);

  /// Lets go of what `pending` returned: it is not pending any more, until more is recorded for the same part.
  void give_up(const Pending& dropped);

  /// Forgets rows whose minute is over at `now_s` and that have nothing pending.
  void forget_finished(std::int64_t now_s);

 private:
  static constexpr std::size_t kWriterIdBytes = 8;

  struct Part {
    MetricPart seen;
    std::uint64_t version = 0;  // counts the changes of `seen`
    std::uint64_t flushed = 0;  // the version that is in the store, or was given up
  };
  struct Key {
    std::int64_t minute = 0;
    MetricId metric = MetricId::kRps;
    std::string region;
    std::string writer;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Row {
    bool in_store = false;  // whether this writer is known to have a part there
    std::map<std::string, Part, std::less<>> parts;
  };

  Row& row_of(const MetricWrite& write);
  void renew_writer_if_clock_went_back(std::int64_t minute);

  base::Random& random_;
  mutable std::mutex mutex_;
  std::string writer_;
  const std::string source_;
  std::int64_t first_open_minute_ = 0;  // this writer has forgotten rows of earlier ones
  std::size_t part_count_ = 0;
  std::map<Key, Row> rows_;
};

}  // namespace mrgc::fleet
