#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <shared_mutex>
#include <tuple>

namespace mrgc::server {
namespace {

constexpr std::size_t kMaxTables = 1000;

const prometheus::Histogram::BucketBoundaries kSeconds = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                          0.025,   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};

}  // namespace

class Metrics::Impl {
 public:
  // What is counted of one operation on one table.
  struct Entry {
    prometheus::Counter& requests;
    prometheus::Histogram& seconds;
    prometheus::Counter& units;
  };

  Entry& entry(const Request& request) {
    const Key key(request.region, request.operation, request.table);
    {
      const std::shared_lock lock(mutex_);
      const auto found = entries_.find(key);
      if (found != entries_.end()) return found->second;
    }
    const std::unique_lock lock(mutex_);
    if (entries_.size() >= kMaxTables * protocol::kOperations) return add({request.region, request.operation, "other"});
    return add(key);
  }

  void count_error(const Request& request) {
    errors_
        .Add({{"region", std::string(request.region)},
              {"operation", std::string(to_string(request.operation))},
              {"table", std::string(request.table)},
              {"code", std::string(to_string(*request.error))}})
        .Increment();
  }

  std::string text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

 private:
  using Key = std::tuple<std::string_view, protocol::Operation, std::string_view>;
  using OwnKey = std::tuple<std::string, protocol::Operation, std::string>;

  Entry& add(const Key& key) {
    const auto& [region, operation, table] = key;
    const prometheus::Labels labels = {{"region", std::string(region)},
                                       {"operation", std::string(to_string(operation))},
                                       {"table", std::string(table)}};
    return entries_
        .try_emplace(OwnKey(region, operation, table), Entry{.requests = requests_.Add(labels),
                                                             .seconds = seconds_.Add(labels, kSeconds),
                                                             .units = units_.Add(labels)})
        .first->second;
  }

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_ =
      prometheus::BuildCounter().Name("mrgc_requests_total").Help("Requests answered").Register(registry_);
  prometheus::Family<prometheus::Counter>& errors_ =
      prometheus::BuildCounter().Name("mrgc_errors_total").Help("Requests answered with an error").Register(registry_);
  prometheus::Family<prometheus::Histogram>& seconds_ =
      prometheus::BuildHistogram().Name("mrgc_request_seconds").Help("From request to outcome").Register(registry_);
  prometheus::Family<prometheus::Counter>& units_ = prometheus::BuildCounter()
                                                        .Name("mrgc_consumed_capacity_units_total")
                                                        .Help("Capacity units, as DynamoDB charges them")
                                                        .Register(registry_);
  std::shared_mutex mutex_;
  std::map<OwnKey, Entry, std::less<>> entries_;  // guarded by mutex_
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::count(const Request& request) {
  Impl::Entry& entry = impl_->entry(request);
  entry.requests.Increment();
  entry.seconds.Observe(std::chrono::duration<double>(request.took).count());
  if (request.units > 0) entry.units.Increment(request.units);
  if (request.error) impl_->count_error(request);
}

std::string Metrics::text() const { return impl_->text(); }

}  // namespace mrgc::server
