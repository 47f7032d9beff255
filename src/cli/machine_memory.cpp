#include "cli/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace mrgc::cli {
namespace {

// The path of this process's group below the root; "/" when there is none, as inside a container.
std::string own_group() {
  std::ifstream file("/proc/self/cgroup");
  constexpr std::string_view kVersion2 = "0::";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kVersion2)) return line.substr(kVersion2.size());
  }
  return "/";
}

}  // namespace

std::uint64_t usable_memory_bytes(const std::filesystem::path& cgroup_root) {
  const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const auto page_bytes = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  std::uint64_t usable = pages * page_bytes;
  // Each group is bound by those above it as well.
  std::filesystem::path group = std::filesystem::path(own_group()).relative_path();
  while (true) {
    std::ifstream limit(cgroup_root / group / "memory.max");
    std::uint64_t bytes = 0;
    if (limit >> bytes) usable = std::min(usable, bytes);  // "max" is no number: no limit
    if (group.empty()) return usable;
    group = group.parent_path();
  }
}

}  // namespace mrgc::cli
