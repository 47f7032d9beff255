#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "protocol/operation.h"

namespace mrgc::server {

/// What a server counts, for Prometheus. All has the labels `region`, `operation` and `table` (empty for operations on
/// several tables or none; `other` once there are 1,000 tables):
///
///   mrgc_requests_total                   requests answered
///   mrgc_errors_total                     those answered with an error, by `code`
///   mrgc_request_seconds                  histogram: from the last byte of the request to its outcome
///   mrgc_consumed_capacity_units_total    capacity units, as DynamoDB charges them
///
/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  struct Request {
    std::string_view region;
    protocol::Operation operation;
    std::string_view table;
    std::optional<ErrorCode> error;
    std::chrono::nanoseconds took;
    double units = 0;
  };
  void count(const Request& request);

  /// Everything in Prometheus' text format.
  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrgc::server
