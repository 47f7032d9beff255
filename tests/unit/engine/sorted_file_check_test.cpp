#include "engine/sorted_file_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "engine_test.h"
#include "support/seed.h"

namespace mrgc::engine::testing {
namespace {

class SortedFileCheckTest : public EngineTest {
 protected:
  // Lets RocksDB write sorted files: what the log still holds is flushed when the store opens again.
  void SetUp() override {
    create(sample_table("sample"));
    for (int i = 0; i < 100; ++i) put("sample", {{"pk", "p"}, {"sk", i}, {"fill", Value(std::string(500, 'x'))}});
    reopen();
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".sst") files_.push_back(entry.path());
    }
    std::ranges::sort(files_);
    ASSERT_FALSE(files_.empty());
  }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  // What is said of a file with these bytes.
  rocksdb::IOStatus check(const std::string& bytes) {
    const std::string name = (alone_.path() / "000009.sst").string();
    std::ofstream(name, std::ios::binary | std::ios::trunc) << bytes;
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    const rocksdb::IOStatus status = checked_.NewRandomAccessFile(name, rocksdb::FileOptions(), &file, nullptr);
    EXPECT_EQ(file != nullptr, status.ok());
    EXPECT_TRUE(status.ok() || (status.IsCorruption() && status.ToString().find(name) != std::string::npos))
        << status.ToString();
    return status;
  }

  mrgc::testing::TemporaryFolder alone_;
  CheckedSortedFiles checked_{rocksdb::FileSystem::Default()};
  std::vector<std::filesystem::path> files_;
};

TEST_F(SortedFileCheckTest, WhatRocksdbWroteIsTaken) {
  for (const auto& file : files_) EXPECT_TRUE(check(read(file)).ok()) << file;
}

// Followed before its checksum is compared, a flip of the last byte's highest bit ends the process, for one.
TEST_F(SortedFileCheckTest, EachByteOfThePropertiesAndOfWhereTheyAreCounts) {
  const std::string whole = read(files_.front());
  const std::size_t properties = whole.find("rocksdb.block.based.table");
  const std::size_t footer = whole.size() - 53;
  const std::size_t version = whole.size() - 12;
  ASSERT_LT(properties, footer);
  for (std::size_t at = properties; at < whole.size(); ++at) {
    if (at > footer && at < version) continue;  // the place of the index, which RocksDB checks; zeros behind it
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << bit));
      EXPECT_FALSE(check(damaged).ok()) << "byte " << at << " of " << whole.size() << ", bit " << bit;
    }
  }
}

TEST_F(SortedFileCheckTest, PlacesBehindTheEndAreNotReadFrom) {
  const std::string whole = read(files_.front());
  mrgc::testing::Dice dice(mrgc::testing::seeds().back());
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole;
    for (std::size_t at = whole.size() - 52; at < whole.size() - 12; ++at)
      damaged[at] = static_cast<char>(dice.roll(256));
    check(damaged);
  }
}

TEST_F(SortedFileCheckTest, AFileThatIsCutOffIsRefused) {
  const std::string whole = read(files_.front());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(check(whole.substr(0, size)).ok()) << size << " of " << whole.size();
  }
}

TEST_F(SortedFileCheckTest, AStoreWithDamagedPropertiesIsRefusedAndSaysWhichFile) {
  engine_.reset();
  const std::string whole = read(files_.front());
  std::string damaged = whole;
  // The properties' last byte tells whether they have an index by hash. Behind it come its block's five bytes of
  // checksum and the directory, whose names have three bytes in front of them.
  const std::size_t properties = whole.find("rocksdb.block.based.table");
  const std::size_t first_name =
      std::min(whole.find("fullfilter.rocksdb", properties), whole.find("rocksdb.properties", properties));
  const std::size_t last = first_name - 3 - 5 - 1;
  damaged[last] = static_cast<char>(static_cast<unsigned char>(damaged[last]) | 0x80U);
  std::ofstream(files_.front(), std::ios::binary | std::ios::trunc) << damaged;
  const auto opened = mrgc::testing::open_engine(folder_.path(), options_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kStorage);
  EXPECT_NE(opened.error().message.find("is damaged, and nothing was changed"), std::string::npos)
      << opened.error().message;
  EXPECT_NE(opened.error().message.find(files_.front().filename().string()), std::string::npos)
      << opened.error().message;
}

}  // namespace
}  // namespace mrgc::engine::testing
