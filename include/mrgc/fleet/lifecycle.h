#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mrgc::fleet {

/// Where an instance is in its life (specification: GPU Instances Table, `state`).
enum class InstanceState : std::uint8_t { kLaunching, kAvailable, kDraining, kTerminated, kQuarantined };

inline constexpr std::array kAllInstanceStates = {InstanceState::kLaunching, InstanceState::kAvailable,
                                                  InstanceState::kDraining, InstanceState::kTerminated,
                                                  InstanceState::kQuarantined};

/// As the table has it: `launching`, `available`, `draining`, `terminated`, `quarantined`.
std::string_view to_string(InstanceState state);
std::optional<InstanceState> parse_instance_state(std::string_view text);

/// The states that may follow `from`, other than by registering, which a new boot of a terminated instance may do.
///
/// | from | to |
/// |---|---|
/// | launching | available, quarantined, terminated |
/// | available | draining, quarantined, terminated |
/// | draining | available (with a passed cleanup validation newer than the drain), quarantined, terminated |
/// | quarantined | terminated |
/// | terminated | — |
const std::vector<InstanceState>& legal_next_states(InstanceState from);

/// The states from which `to` may be reached: the same table, read the other way.
std::vector<InstanceState> legal_previous_states(InstanceState to);

bool is_legal_transition(InstanceState from, InstanceState to);

/// The remedy in words, such as `quarantined; from there it can only become terminated`.
std::string describe_state(InstanceState state);

}  // namespace mrgc::fleet
