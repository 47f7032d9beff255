#pragma once

#include <cstddef>
#include <latch>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/base/executor.h"

namespace mrgc::cli::sim {

/// Calls `work(0)` to `work(count - 1)`, each of which returns `Result<void>`, at the same time: one on the calling
/// thread, the others on `executor`, on whose threads this must not be called. Waits for all of them.
/// Errors: that of the lowest index, so that which one it is does not depend on luck.
template <typename Work>
Result<void> run_all(base::Executor& executor, std::size_t count, const Work& work) {
  if (count == 0) return {};
  std::vector<Result<void>> results(count);
  std::latch others(static_cast<std::ptrdiff_t>(count - 1));
  for (std::size_t i = 1; i < count; ++i) {
    executor.post([&, i] {
      results[i] = work(i);
      others.count_down();
    });
  }
  results[0] = work(0);
  others.wait();
  for (Result<void>& result : results) {
    if (!result) return base::forward_error(result);
  }
  return {};
}

}  // namespace mrgc::cli::sim
