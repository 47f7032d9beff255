#pragma once

#include "cli/environment.h"

namespace mrgc::cli {

/// The command `mrgc`: parses the arguments (`argv[0]` is the program), does what they say, and returns the exit code:
/// 0 it went well, 1 it failed or what was asked for is not there, 2 wrong usage, 3 the store cannot be opened, 130
/// ended by Ctrl-C or SIGTERM. What went wrong is one line on `environment.err`, `mrgc: CAUSE AND REMEDY`.
int run(int argc, const char* const* argv, const Environment& environment);

}  // namespace mrgc::cli
