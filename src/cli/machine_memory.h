#pragma once

#include <cstdint>
#include <filesystem>

namespace mrgc::cli {

/// How much memory this process may use, in bytes: the machine's, or less where a control group (a container, a systemd
/// unit) allows less. `cgroup_root` is where such groups are mounted (cgroup v2).
std::uint64_t usable_memory_bytes(const std::filesystem::path& cgroup_root = "/sys/fs/cgroup");

}  // namespace mrgc::cli
