#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends a fuzz run with a finding when `condition` does not hold. Unlike `assert`, in every build.
#define MUST_HOLD(condition)                                                              \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
