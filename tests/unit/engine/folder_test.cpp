#include "engine/folder.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

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

// As of a service whose data lies in a folder of its own below one that only root lists: the entry is then on the disk
// by whoever made the folder.
TEST_F(FolderTest, OneInAFolderThatCannotBeReadIsTaken) {
  const std::filesystem::path outer = folder_.path() / "listed by nobody";
  const std::filesystem::path inner = outer / "data";
  std::filesystem::create_directories(inner);
  ASSERT_EQ(::chmod(outer.c_str(), 0311), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  // In a process of its own, as root reads everything; and that ends without this one's exit handlers.
  enum Outcome { kMade, kRefused, kCannotTry };
  const auto make_it_as_nobody = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(kCannotTry);
    if (::access(outer.c_str(), X_OK) != 0) ::_exit(kCannotTry);
    ::_exit(make_folder(*rocksdb::Env::Default(), inner) ? kMade : kRefused);
  };
  int outcome = kRefused;
  const auto note_outcome = [&](int status) {
    outcome = WEXITSTATUS(status);
    return WIFEXITED(status);
  };
  EXPECT_EXIT(make_it_as_nobody(), note_outcome, "");
  ASSERT_EQ(::chmod(outer.c_str(), 0755), 0);  // so that it can be removed
  if (outcome == kCannotTry) GTEST_SKIP() << "nobody else can get at the folder of temporary files";
  EXPECT_EQ(outcome, kMade);
}

}  // namespace
}  // namespace mrgc::engine
