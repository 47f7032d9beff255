#pragma once

#include <cstdint>
#include <string>

#include "cli/environment.h"
#include "cli/sim/report.h"

namespace mrgc::cli {

/// Shows how a replay stands: on a terminal a few lines that are drawn over again and again, otherwise a line every few
/// seconds.
class SimDisplay {
 public:
  explicit SimDisplay(const Environment& environment);

  /// Call it as often as there is something new; it draws as often as makes sense.
  void update(const sim::Progress& progress);

  /// Removes what was drawn over; lines stay.
  void finish();

 private:
  void draw(const sim::Progress& progress);
  std::string rate_text(const sim::Progress& progress) const;

  const Environment& environment_;
  std::int64_t started_ms_;
  std::int64_t drawn_ms_ = 0;
  std::size_t drawn_lines_ = 0;
};

}  // namespace mrgc::cli
