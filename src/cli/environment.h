#pragma once

#include <ostream>

#include "mrgc/base/clock.h"
#include "mrgc/base/random.h"

namespace mrgc::cli {

/// What the command gets from outside: where it writes, and what it cannot know by itself. All of it must outlive the
/// command.
struct Environment {
  std::ostream& out;             ///< results
  std::ostream& err;             ///< errors, warnings, progress
  bool out_has_colour = false;   ///< whether `out` may be given ANSI escape sequences
  bool err_is_terminal = false;  ///< whether lines on `err` can be drawn over
  const base::Clock& clock;
  base::Random& random;
};

}  // namespace mrgc::cli
