#include "engine/folder.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <memory>

#include "support/counting_files.h"
#include "support/temporary_folder.h"

namespace mrgc::engine {
namespace {

class FolderTest : public ::testing::Test {
 protected:
  using Syncs = std::map<std::string, int>;

  const testing::TemporaryFolder folder_;
  const std::string outer_ = folder_.path().filename().string();
  std::shared_ptr<testing::CountingFiles> files_ = std::make_shared<testing::CountingFiles>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
};

TEST_F(FolderTest, EachFolderThatIsMadeHasItsEntryOnTheDisk) {
  ASSERT_TRUE(make_folder(*env_, folder_.path() / "data" / "region"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_.path() / "data" / "region"));
  EXPECT_EQ(files_->syncs, (Syncs{{outer_, 1}, {"data", 1}}));
}

// It may be of a start that was killed before it had synced that.
TEST_F(FolderTest, SoHasOneThatIsThere) {
  std::filesystem::create_directories(folder_.path() / "data" / "region");
  ASSERT_TRUE(make_folder(*env_, folder_.path() / "data" / "region"));
  EXPECT_EQ(files_->syncs, (Syncs{{"data", 1}}));
}

TEST_F(FolderTest, OneThatIsNotOnTheDiskIsAnError) {
  files_->fails = true;
  for (const char* name : {"data", "data"}) {
    const auto made = make_folder(*env_, folder_.path() / name);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kStorage);
  }
}

}  // namespace
}  // namespace mrgc::engine
