#include "cli/sim/region_lane.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mrgc::cli::sim {
namespace {

std::int64_t to_ms(double seconds) { return static_cast<std::int64_t>(seconds * 1000); }

}  // namespace

RegionLane::RegionLane(const fleet::Regions& regions, base::Executor& writers, base::Random& writer_ids, LanePlan plan)
    : plan_(std::move(plan)),
      fleet_(regions, clock_, writers, writer_ids, std::move(plan_.instances)),
      passes_cleanup_(fleet_.instances().size(), true) {}

Result<void> RegionLane::launch(std::int64_t now_ms) {
  clock_.set_ms(now_ms);
  for (std::size_t i = 0; i < plan_.times.size(); ++i) {
    schedule({.at_ms = now_ms + to_ms(plan_.times[i].load_s), .kind = EventKind::kLoaded, .instance = i});
  }
  for (std::size_t i = 0; i < plan_.incidents.size(); ++i) {
    const Incident& incident = plan_.incidents[i];
    schedule({.at_ms = incident.at_ms, .kind = EventKind::kIncident, .instance = incident.instance, .subject = i});
  }
  return fleet_.register_all();
}

void RegionLane::schedule(Event event) {
  event.order = next_order_++;
  events_.push(event);
}

std::optional<std::int64_t> RegionLane::next_at_ms() const {
  if (idle()) return std::nullopt;
  if (events_.empty()) return plan_.requests[next_request_].at_ms;
  if (next_request_ == plan_.requests.size()) return events_.top().at_ms;
  return std::min(events_.top().at_ms, plan_.requests[next_request_].at_ms);
}

Result<void> RegionLane::advance(std::int64_t from_ms, std::int64_t until_ms) {
  for (std::int64_t at_ms = from_ms; at_ms < until_ms; at_ms += kHeartbeatMs) {
    clock_.set_ms(at_ms);
    if (Result<void> beaten = fleet_.beat(); !beaten) return beaten;
    if (Result<void> ran = run_until(std::min(at_ms + kHeartbeatMs, until_ms)); !ran) return ran;
  }
  return fleet_.flush_metrics();
}

Result<void> RegionLane::run_until(std::int64_t until_ms) {
  for (auto next_ms = next_at_ms(); next_ms && *next_ms < until_ms; next_ms = next_at_ms()) {
    clock_.set_ms(*next_ms);
    if (Result<void> stepped = step(); !stepped) return stepped;
  }
  return {};
}

// Of what happens at the same time, answers go before arrivals: they make room.
Result<void> RegionLane::step() {
  if (!events_.empty() && events_.top().at_ms == clock_.now_ms()) {
    const Event event = events_.top();
    events_.pop();
    return happen(event);
  }
  return arrive(plan_.requests[next_request_++]);
}

Result<void> RegionLane::arrive(const SimRequest& request) {
  Outcome& outcome = outcomes_[request.pool];
  const auto instance = fleet_.find_room(request.pool);
  if (!instance) return std::unexpected(instance.error());
  ++outcome.requests;
  if (!*instance) {
    ++outcome.rejected_no_room;
    return {};
  }
  fleet_.begin_request(**instance);
  const double latency_ms = service_ms(request, fleet_.instances()[**instance].active);
  schedule({.at_ms = request.at_ms + static_cast<std::int64_t>(std::ceil(latency_ms)),
            .kind = EventKind::kAnswered,
            .instance = **instance,
            .subject = request.pool,
            .latency_ms = latency_ms});
  return {};
}

Result<void> RegionLane::happen(const Event& event) {
  switch (event.kind) {
    case EventKind::kLoaded: {
      const InstanceTimes& times = plan_.times[event.instance];
      return fleet_.finish_loading(event.instance, times.load_s, times.attestation_ms);
    }
    case EventKind::kIncident: return meet(plan_.incidents[event.subject]);
    case EventKind::kCleaned: return cleaned(event);
    case EventKind::kAnswered: return answer(event);
  }
  std::unreachable();
}

Result<void> RegionLane::answer(const Event& event) {
  Outcome& outcome = outcomes_[event.subject];
  const Result<bool> answered = fleet_.end_request(event.instance, event.latency_ms);
  if (!answered) return std::unexpected(answered.error());
  if (!*answered) {
    ++outcome.rejected_lost;
    return {};
  }
  ++outcome.served;
  last_answer_ms_ = event.at_ms;
  if (Result<void> counted = outcome.latency_ms.add(event.latency_ms); !counted) return counted;
  return clean_when_drained(event.instance);
}

Result<void> RegionLane::meet(const Incident& incident) {
  if (incident.kind == IncidentKind::kLoss) {
    if (fleet_.lose(incident.instance)) ++counts_.lost;
    return {};
  }
  const Result<bool> draining = fleet_.drain(incident.instance);
  if (!draining) return std::unexpected(draining.error());
  if (!*draining) return {};
  ++counts_.drained;
  passes_cleanup_[incident.instance] = incident.kind == IncidentKind::kDrainAndReturn;
  return clean_when_drained(incident.instance);
}

Result<void> RegionLane::clean_when_drained(std::size_t instance) {
  if (!fleet_.is_drained(instance)) return {};
  schedule({.at_ms = clock_.now_ms() + to_ms(plan_.times[instance].cleanup_s),
            .kind = EventKind::kCleaned,
            .instance = instance});
  return fleet_.begin_cleanup(instance);
}

Result<void> RegionLane::cleaned(const Event& event) {
  const bool passed = passes_cleanup_[event.instance];
  ++(passed ? counts_.returned : counts_.quarantined);
  return fleet_.finish_cleanup(event.instance, passed);
}

void RegionLane::stop_arrivals() {
  next_request_ = plan_.requests.size();
  std::priority_queue<Event> kept;
  for (; !events_.empty(); events_.pop()) {
    if (events_.top().kind != EventKind::kIncident) kept.push(events_.top());
  }
  events_ = std::move(kept);
}

Result<void> RegionLane::finish(std::int64_t now_ms) {
  clock_.set_ms(now_ms);
  if (Result<void> beaten = fleet_.beat_fully(); !beaten) return beaten;
  return fleet_.flush_metrics();
}

}  // namespace mrgc::cli::sim
