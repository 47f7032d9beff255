#pragma once

#include <sys/resource.h>

#include <stdexcept>

namespace mrgc::testing {

/// While it lives, the process gets no more descriptors.
class NoDescriptors {
 public:
  NoDescriptors() {
    if (::getrlimit(RLIMIT_NOFILE, &limit_) != 0) throw std::runtime_error("getrlimit");
    const rlimit none{.rlim_cur = 3, .rlim_max = limit_.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) throw std::runtime_error("setrlimit");
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &limit_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit limit_{};
};

}  // namespace mrgc::testing
