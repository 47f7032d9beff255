#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mrgc::cli::sim {

/// A request as a trace has it.
struct TraceRequest {
  std::int64_t at_ms = 0;             ///< arrival, milliseconds since the Unix epoch
  std::int64_t context_tokens = 0;    ///< 0 to `kMaxTokens`
  std::int64_t generated_tokens = 0;  ///< 0 to `kMaxTokens`
  friend auto operator<=>(const TraceRequest&, const TraceRequest&) = default;
};

/// Ascending; by arrival first.
using Trace = std::vector<TraceRequest>;

// Bounds that keep a replay finite: beyond them a trace is a mistake.
inline constexpr std::int64_t kMaxTokens = 1'000'000;                              ///< of each kind, in one request
inline constexpr std::size_t kMaxRequests = 10'000'000;                            ///< in one trace
inline constexpr std::int64_t kMaxSpanMs = std::int64_t{7} * 24 * 60 * 60 * 1000;  ///< first to last arrival

}  // namespace mrgc::cli::sim
