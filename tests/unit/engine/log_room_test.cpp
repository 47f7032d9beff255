#include "engine/log_room.h"

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "support/await.h"
#include "support/temporary_folder.h"
#include "support/watched_files.h"

namespace mrgc::engine {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using testing::await;

constexpr std::uint64_t kRoomBytes = 64'000;

/// The machine's files, with as much free space as a test says, and with faults.
class FaultyDisk final : public testing::WatchedFiles {
 public:
  IOStatus GetFreeSpace(const std::string& name, const IOOptions& options, std::uint64_t* bytes,
                        IODebugContext* dbg) override {
    IOStatus status = WatchedFiles::GetFreeSpace(name, options, bytes, dbg);
    *bytes = std::min(*bytes, free_bytes.load());
    ++asked;
    return status;
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) override {
    if (reuse_fails) return IOStatus::IOError("reuse");
    return WatchedFiles::ReuseWritableFile(name, old_name, options, file, dbg);
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) override {
    if (reopening_fails) return IOStatus::IOError("reopen");
    return WatchedFiles::ReopenWritableFile(name, options, file, dbg);
  }

  std::atomic<std::uint64_t> free_bytes = 1'000'000'000;
  std::atomic<int> asked = 0;          // for free space: once for each next log that is begun
  std::atomic<int> good_syncs = 1000;  // of next logs, before they fail
  std::atomic<int> syncs = 0;
  std::atomic<bool> reuse_fails = false;
  std::atomic<bool> reopening_fails = false;

 private:
  class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyDisk& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
    IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
      ++disk_.syncs;
      if (disk_.good_syncs-- <= 0) return IOStatus::IOError("sync");
      return FSWritableFileOwnerWrapper::Fsync(options, dbg);
    }

   private:
    FaultyDisk& disk_;
  };

  std::unique_ptr<rocksdb::FSWritableFile> watch(const std::string& path,
                                                 std::unique_ptr<rocksdb::FSWritableFile> file) override {
    if (!path.ends_with("NEXT-LOG")) return file;
    return std::make_unique<FaultyFile>(std::move(file), *this);
  }
};

class LogRoomTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }
  std::uint64_t size_of(const std::string& name) const { return std::filesystem::file_size(path(name)); }
  std::string content_of(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::unique_ptr<rocksdb::FSWritableFile> make(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const IOStatus status = room_->NewWritableFile(path(name), {}, &file, nullptr);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    return file;
  }
  static void append(rocksdb::FSWritableFile& file, std::size_t bytes) {
    ASSERT_TRUE(file.Append(std::string(bytes, 'x'), {}, nullptr).ok());
    ASSERT_TRUE(file.Sync({}, nullptr).ok());
  }
  // Writes until the log has no room left and the next one is ready. Returns how much.
  std::size_t append_until_next_is_due(rocksdb::FSWritableFile& file, std::size_t room_bytes = kRoomBytes) {
    append(file, room_bytes);
    std::size_t bytes = room_bytes;
    await([&] {
      append(file, 1);
      ++bytes;
      return room_->next_log_is_due();
    });
    return bytes;
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<FaultyDisk> disk_ = std::make_shared<FaultyDisk>();
  std::optional<LogRoom> room_{std::in_place, disk_, kRoomBytes};
};

TEST_F(LogRoomTest, TheNextLogIsWrittenOverZeros) {
  const auto first = make("000001.log");
  const std::size_t size = append_until_next_is_due(*first);
  EXPECT_TRUE(content_of("NEXT-LOG") == std::string(kRoomBytes, '\0'));

  const auto second = make("000002.log");
  EXPECT_FALSE(exists("NEXT-LOG"));
  EXPECT_FALSE(room_->next_log_is_due());
  EXPECT_EQ(size_of("000001.log"), size);
  EXPECT_TRUE(content_of("000002.log") == std::string(kRoomBytes, '\0'));
  append(*second, 500);
  append(*second, 500);
  EXPECT_TRUE(content_of("000002.log") == std::string(1000, 'x') + std::string(kRoomBytes - 1000, '\0'));
}

TEST_F(LogRoomTest, ALogIsCutWhenTheNextOneIsMade) {
  const auto first = make("000001.log");
  append_until_next_is_due(*first);
  const auto second = make("000002.log");
  append(*second, 500);
  const auto third = make("000003.log");
  EXPECT_TRUE(content_of("000002.log") == std::string(500, 'x'));
  append(*second, 1);  // what is still to come goes behind it
  EXPECT_TRUE(content_of("000002.log") == std::string(501, 'x'));
  ASSERT_TRUE(second->Close({}, nullptr).ok());
  EXPECT_TRUE(content_of("000002.log") == std::string(501, 'x'));
  EXPECT_EQ(size_of("000003.log"), 0U);
}

TEST_F(LogRoomTest, ALogIsCutWhenItIsClosed) {
  const auto first = make("000001.log");
  append_until_next_is_due(*first);
  const auto second = make("000002.log");
  append(*second, 500);
  ASSERT_TRUE(second->Close({}, nullptr).ok());
  EXPECT_TRUE(content_of("000002.log") == std::string(500, 'x'));
}

TEST_F(LogRoomTest, ALogThatOutgrewItsRoomIsWhole) {
  const auto first = make("000001.log");
  append_until_next_is_due(*first);
  const auto second = make("000002.log");
  const std::size_t size = append_until_next_is_due(*second);
  const auto third = make("000003.log");
  EXPECT_TRUE(content_of("000002.log") == std::string(size, 'x'));
  EXPECT_EQ(size_of("000003.log"), kRoomBytes);
}

// The first log has no room, so the second must not be long in coming; but a store of little use should stay small.
TEST_F(LogRoomTest, EachLogHasTwiceTheRoomOfTheOneBeforeUpToAll) {
  constexpr std::size_t kMegabyte = std::size_t{1} << 20;
  room_.emplace(disk_, 12 * kMegabyte);
  auto log = make("000001.log");
  append(*log, kMegabyte / 16 - 1);
  append(*log, 4 * kMegabyte / 3 + 1);
  await([&] { return exists("NEXT-LOG") && size_of("NEXT-LOG") == 4 * kMegabyte; });
  append_until_next_is_due(*log, 1);
  std::size_t number = 2;
  for (const std::size_t megabytes : {4, 8, 12, 12}) {
    const std::string name = "00000" + std::to_string(number++) + ".log";
    log = make(name);
    EXPECT_EQ(size_of(name), megabytes * kMegabyte);
    append_until_next_is_due(*log, megabytes * kMegabyte);
  }
}

// Piece by piece, as the log grows.
TEST_F(LogRoomTest, TheNextLogIsFilledAtTheLogsPace) {
  constexpr std::size_t kLarge = 1'300'000;
  room_.emplace(disk_, kLarge);
  const auto first = make("000001.log");
  append(*first, kLarge / 5);
  await([&] { return disk_->syncs == 1; });
  const auto second = make("000002.log");  // what was filled stays
  append(*second, kLarge / 5);
  await([&] { return disk_->syncs == 2; });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(disk_->syncs, 2);
  EXPECT_LT(size_of("NEXT-LOG"), kLarge);
  append_until_next_is_due(*second, kLarge);
  EXPECT_EQ(disk_->asked, 1);
  EXPECT_TRUE(content_of("NEXT-LOG") == std::string(kLarge, '\0'));
  EXPECT_FALSE(room_->next_log_is_due()) << "it was said already";

  const auto third = make("000003.log");
  append(*third, kLarge / 5);
  await([&] { return disk_->syncs == 4; });
  room_->stop();  // with a part filled
  EXPECT_FALSE(exists("NEXT-LOG"));
}

TEST_F(LogRoomTest, NothingIsMadeForShortLogsAndOtherFiles) {
  const auto log = make("000001.log");
  append(*log, kRoomBytes / 64 - 1);
  const auto other = make("MANIFEST-000002");
  append(*other, 2 * kRoomBytes);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(disk_->asked, 0);
  EXPECT_FALSE(exists("NEXT-LOG"));
}

TEST_F(LogRoomTest, WhatIsNotUsedIsRemoved) {
  std::ofstream(path("NEXT-LOG")) << "left by a killed process";
  const auto log = make("000001.log");
  EXPECT_FALSE(exists("NEXT-LOG"));
  append_until_next_is_due(*log);
  EXPECT_TRUE(exists("NEXT-LOG"));
  room_->stop();
  EXPECT_FALSE(exists("NEXT-LOG"));
  append(*log, kRoomBytes);  // and no more is made
  EXPECT_FALSE(room_->next_log_is_due());
  const auto next = make("000002.log");
  EXPECT_EQ(size_of("000002.log"), 0U);
}

TEST_F(LogRoomTest, WithoutRoomNothingChangesButWhatWasLeftGoes) {
  room_.emplace(disk_, 0);
  std::ofstream(path("NEXT-LOG")) << "left by a killed process that had room";
  const auto log = make("000001.log");
  EXPECT_FALSE(exists("NEXT-LOG"));
  append(*log, 2'000'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(disk_->asked, 0);
  EXPECT_FALSE(room_->next_log_is_due());
  const auto next = make("000002.log");
  EXPECT_EQ(size_of("000001.log"), 2'000'000U);
}

TEST_F(LogRoomTest, AFullDiskIsLeftToTheLogs) {
  disk_->free_bytes = kRoomBytes * 15;
  const auto first = make("000001.log");
  append(*first, 2 * kRoomBytes);
  await([&] { return disk_->asked == 1; });
  append(*first, 2 * kRoomBytes);
  EXPECT_FALSE(exists("NEXT-LOG"));
  const auto second = make("000002.log");
  EXPECT_EQ(size_of("000002.log"), 0U);
  disk_->free_bytes = kRoomBytes * 17;  // tried again with each log
  append_until_next_is_due(*second);
}

TEST_F(LogRoomTest, ANextLogThatCannotBeFilledIsGivenUp) {
  constexpr std::size_t kLarge = 1'300'000;
  room_.emplace(disk_, kLarge);
  disk_->good_syncs = 1;
  const auto first = make("000001.log");
  append(*first, kLarge);
  await([&] { return disk_->syncs == 2 && !exists("NEXT-LOG"); });
  append(*first, kLarge);
  EXPECT_FALSE(room_->next_log_is_due());
  disk_->good_syncs = 1000;
  const auto second = make("000002.log");
  EXPECT_EQ(size_of("000002.log"), 0U);
  append_until_next_is_due(*second, kLarge);
  EXPECT_TRUE(content_of("NEXT-LOG") == std::string(kLarge, '\0'));
}

TEST_F(LogRoomTest, ALogIsMadeAlsoWhereTheZerosCannotBeUsed) {
  const auto first = make("000001.log");
  append_until_next_is_due(*first);
  disk_->reuse_fails = true;
  const auto second = make("000002.log");
  EXPECT_EQ(size_of("000002.log"), 0U);
  append(*second, 500);
  EXPECT_TRUE(content_of("000002.log") == std::string(500, 'x'));
}

// Or a start could not tell what an older log lost.
TEST_F(LogRoomTest, NoLogIsMadeBeforeTheOneBeforeItIsCut) {
  const auto first = make("000001.log");
  append_until_next_is_due(*first);
  const auto second = make("000002.log");
  append(*second, 500);
  disk_->reopening_fails = true;
  std::unique_ptr<rocksdb::FSWritableFile> third;
  EXPECT_FALSE(room_->NewWritableFile(path("000003.log"), {}, &third, nullptr).ok());
  EXPECT_FALSE(exists("000003.log"));
  disk_->reopening_fails = false;
  third = make("000003.log");
  EXPECT_TRUE(content_of("000002.log") == std::string(500, 'x'));
}

}  // namespace
}  // namespace mrgc::engine
