#include "cli/machine_memory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace mrgc::cli {
namespace {

void write_limit(const std::filesystem::path& group, const std::string& limit) {
  std::filesystem::create_directories(group);
  std::ofstream(group / "memory.max") << limit << '\n';
}

TEST(MachineMemory, IsTheMachinesWhereNoGroupAllowsLess) {
  const testing::TemporaryFolder folder;
  const std::uint64_t machine = usable_memory_bytes(folder.path());
  EXPECT_GT(machine, std::uint64_t{1} << 26);
  write_limit(folder.path(), "max");
  EXPECT_EQ(usable_memory_bytes(folder.path()), machine);
}

TEST(MachineMemory, IsWhatAGroupAllows) {
  const testing::TemporaryFolder folder;
  write_limit(folder.path(), "50000000");
  EXPECT_EQ(usable_memory_bytes(folder.path()), 50'000'000u);
}

}  // namespace
}  // namespace mrgc::cli
