#pragma once

#include <csignal>

namespace mrgc::cli {

/// While one of these exists, Ctrl-C (and `SIGTERM`) is noted instead of ending the process; the second one ends it.
/// At most one at a time in a process.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

  /// Whether there was one since this exists. Thread-safe.
  bool requested() const;

 private:
  struct sigaction before_interrupt_{};
  struct sigaction before_terminate_{};
};

}  // namespace mrgc::cli
