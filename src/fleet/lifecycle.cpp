#include "mrgc/fleet/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mrgc::fleet {

std::string_view to_string(InstanceState state) {
  switch (state) {
    case InstanceState::kLaunching: return "launching";
    case InstanceState::kAvailable: return "available";
    case InstanceState::kDraining: return "draining";
    case InstanceState::kTerminated: return "terminated";
    case InstanceState::kQuarantined: return "quarantined";
  }
  return "";
}

std::optional<InstanceState> parse_instance_state(std::string_view text) {
  for (const InstanceState state : kAllInstanceStates) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

const std::vector<InstanceState>& legal_next_states(InstanceState from) {
  using enum InstanceState;
  static const std::array<std::vector<InstanceState>, kAllInstanceStates.size()> kNext = {{
      {kAvailable, kQuarantined, kTerminated},  // launching
      {kDraining, kQuarantined, kTerminated},   // available
      {kAvailable, kQuarantined, kTerminated},  // draining
      {},                                       // terminated
      {kTerminated},                            // quarantined
  }};
  return kNext[static_cast<std::size_t>(from)];
}

std::vector<InstanceState> legal_previous_states(InstanceState to) {
  std::vector<InstanceState> previous;
  for (const InstanceState from : kAllInstanceStates) {
    if (is_legal_transition(from, to)) previous.push_back(from);
  }
  return previous;
}

bool is_legal_transition(InstanceState from, InstanceState to) {
  return std::ranges::find(legal_next_states(from), to) != legal_next_states(from).end();
}

std::string describe_state(InstanceState state) {
  const std::vector<InstanceState>& next = legal_next_states(state);
  if (next.empty()) return fmt::format("{}; only a new boot of it can register", to_string(state));
  if (next.size() == 1) {
    return fmt::format("{}; from there it can only become {}", to_string(state), to_string(next.front()));
  }
  std::string names;
  for (std::size_t i = 0; i < next.size(); ++i) {
    if (i > 0) names += i + 1 == next.size() ? " or " : ", ";
    names += to_string(next[i]);
  }
  return fmt::format("{}; from there it can become {}", to_string(state), names);
}

}  // namespace mrgc::fleet
