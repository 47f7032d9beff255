#pragma once

#include "server/http_message.h"
#include "server/metrics.h"
#include "server/region.h"

namespace mrgc::server {

/// DynamoDB's API over a `Store`: from an HTTP request to the operation that it names. Thread-safe; what it is given
/// must outlive it and its unanswered requests.
class Api {
 public:
  Api(Region region, Metrics& metrics) : region_(std::move(region)), metrics_(metrics) {}

  void handle(HttpRequest request, Respond respond);

 private:
  const Region region_;
  Metrics& metrics_;
};

}  // namespace mrgc::server
