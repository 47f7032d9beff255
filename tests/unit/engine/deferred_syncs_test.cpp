#include "engine/deferred_syncs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "support/counting_files.h"
#include "support/temporary_folder.h"

namespace mrgc::engine {
namespace {

class DeferredSyncsTest : public ::testing::Test {
 protected:
  using Syncs = std::map<std::string, int>;

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::unique_ptr<rocksdb::FSWritableFile> file(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> made;
    EXPECT_TRUE(syncs_.NewWritableFile(path(name), {}, &made, nullptr).ok());
    EXPECT_TRUE(made->Append("content", {}, nullptr).ok());
    return made;
  }
  std::unique_ptr<rocksdb::FSDirectory> directory() {
    std::unique_ptr<rocksdb::FSDirectory> made;
    EXPECT_TRUE(syncs_.NewDirectory(folder_.path().string(), {}, &made, nullptr).ok());
    return made;
  }

  const testing::TemporaryFolder folder_;
  const std::string folder_name_ = folder_.path().filename().string();
  std::shared_ptr<testing::CountingFiles> files_ = std::make_shared<testing::CountingFiles>();
  DeferredSyncs syncs_{files_};
};

TEST_F(DeferredSyncsTest, WithoutBeginSyncsAreDoneAtOnce) {
  EXPECT_TRUE(file("log")->Sync({}, nullptr).ok());
  EXPECT_TRUE(directory()->FsyncWithDirOptions({}, nullptr, {}).ok());
  EXPECT_EQ(files_->syncs, (Syncs{{"log", 1}, {folder_name_, 1}}));
}

TEST_F(DeferredSyncsTest, EndSyncsOnceWhatWasToBeSynced) {
  syncs_.begin();
  const auto log = file("log");
  const auto manifest = file("manifest");
  const auto folder = directory();
  const auto other = file("never-synced");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(log->Sync({}, nullptr).ok());
    EXPECT_TRUE(manifest->Fsync({}, nullptr).ok());
    EXPECT_TRUE(folder->Fsync({}, nullptr).ok());
  }
  EXPECT_EQ(files_->syncs, Syncs());
  EXPECT_TRUE(syncs_.end().ok());
  EXPECT_EQ(files_->syncs, (Syncs{{"log", 1}, {"manifest", 1}, {folder_name_, 1}}));
  EXPECT_TRUE(syncs_.end().ok());
  EXPECT_EQ(files_->syncs["log"], 1);
}

TEST_F(DeferredSyncsTest, FilesThatAreOpenAreSyncedAtOnceAfterEnd) {
  syncs_.begin();
  const auto log = file("log");
  const auto folder = directory();
  EXPECT_TRUE(syncs_.end().ok());
  EXPECT_EQ(files_->syncs, Syncs());
  EXPECT_TRUE(log->Sync({}, nullptr).ok());
  EXPECT_TRUE(folder->FsyncWithDirOptions({}, nullptr, {}).ok());
  EXPECT_EQ(files_->syncs, (Syncs{{"log", 1}, {folder_name_, 1}}));
}

TEST_F(DeferredSyncsTest, KnowsFilesUnderTheirNewNamesAndForgetsDeletedOnes) {
  syncs_.begin();
  EXPECT_TRUE(file("current.tmp")->Sync({}, nullptr).ok());
  EXPECT_TRUE(file("options")->Sync({}, nullptr).ok());
  EXPECT_TRUE(file("unsynced.tmp")->Close({}, nullptr).ok());
  EXPECT_TRUE(syncs_.RenameFile(path("current.tmp"), path("current"), {}, nullptr).ok());
  EXPECT_TRUE(syncs_.RenameFile(path("unsynced.tmp"), path("unsynced"), {}, nullptr).ok());
  EXPECT_TRUE(syncs_.DeleteFile(path("options"), {}, nullptr).ok());
  EXPECT_TRUE(syncs_.end().ok());
  EXPECT_EQ(files_->syncs, (Syncs{{"current", 1}}));
}

TEST_F(DeferredSyncsTest, EndSaysWhatFailed) {
  syncs_.begin();
  EXPECT_TRUE(file("log")->Sync({}, nullptr).ok());
  files_->fails = true;
  EXPECT_TRUE(syncs_.end().IsIOError());
}

}  // namespace
}  // namespace mrgc::engine
