#include "engine/log_check.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/log_reader.h"
#include "engine/synced_files.h"
#include "engine_test.h"
#include "support/seed.h"

namespace mrgc::engine::testing {
namespace {

class LogCheckTest : public EngineTest {
 protected:
  static constexpr const char* kOlder = "000003.log";
  static constexpr const char* kYounger = "999999.log";

  // Lets RocksDB write a log, with records of many sizes, some over several blocks.
  void SetUp() override {
    create(sample_table("sample"));
    for (int i = 0; i < 200; ++i) {
      const int size = i % 40 == 0 ? 80'000 : i * 37 % 3000;
      put("sample", {{"pk", "p"}, {"sk", i}, {"fill", Value(std::string(static_cast<std::size_t>(size), 'x'))}});
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() == ".log" && entry.file_size() > 0) name_ = entry.path().filename().string();
    }
    std::ifstream in(folder_.path() / name_, std::ios::binary);
    log_.assign(std::istreambuf_iterator<char>(in), {});
    ASSERT_GT(log_.size(), 500'000U);
  }

  void write(const std::string& name, const std::string& log) {
    std::ofstream(alone_.path() / name, std::ios::binary | std::ios::trunc) << log;
  }
  // What is said of a folder with this log, of which so many bytes were synced.
  Result<LogFindings> check(const std::string& log, std::uint64_t synced_bytes) {
    write(name_, log);
    return check_logs(*rocksdb::Env::Default(), alone_.path(),
                      Synced{.log = {.number = log_number(name_), .size_bytes = synced_bytes}});
  }
  std::uint64_t whole_bytes(const std::string& log) {
    write(name_, log);
    return measure_log(*rocksdb::Env::Default(), (alone_.path() / name_).string()).value().whole_bytes;
  }
  std::uint64_t size_of(const std::string& name) { return std::filesystem::file_size(alone_.path() / name); }

  mrgc::testing::TemporaryFolder alone_;
  std::string name_;
  std::string log_;
  mrgc::testing::Dice dice_{mrgc::testing::seeds().back()};
};

TEST_F(LogCheckTest, MeasuresWhatReadsBack) {
  EXPECT_EQ(whole_bytes(log_), log_.size());
  EXPECT_EQ(whole_bytes(""), 0U);
  EXPECT_EQ(measure_log(*rocksdb::Env::Default(), (alone_.path() / "none.log").string()).value().size_bytes, 0U);
  std::uint64_t last = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t kept = i < 20 ? static_cast<std::size_t>(i) : dice_.roll(log_.size());
    const std::uint64_t whole = whole_bytes(log_.substr(0, kept));
    ASSERT_LE(whole, kept);
    ASSERT_EQ(whole_bytes(log_.substr(0, whole)), whole);
    // Whatever stands behind that is not taken for more, and a changed byte never reads back.
    ASSERT_EQ(whole_bytes(log_.substr(0, whole) + std::string(1 + dice_.roll(100'000), '\0')), whole) << kept;
    std::string damaged = log_;
    damaged[kept] = static_cast<char>(static_cast<unsigned char>(damaged[kept]) ^ (1U << dice_.roll(8)));
    ASSERT_LE(whole_bytes(damaged), kept);
    last = std::max(last, whole);
  }
  EXPECT_GT(last, log_.size() / 2);
}

// A crash can cut a log anywhere behind what was synced, and leave anything there; that is never damage.
TEST_F(LogCheckTest, BehindWhatWasSyncedALogMayEndAnyhow) {
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t synced = whole_bytes(log_.substr(0, dice_.roll(log_.size())));
    const std::size_t kept = synced + dice_.roll(log_.size() - synced + 1);
    std::string left = log_.substr(0, kept);
    if (i % 3 == 1) left += std::string(dice_.roll(100'000), '\0');
    if (i % 3 == 2) left.append(100, 'y').append(log_.substr(0, 5000));  // something that reads back, out of place
    const auto found = check(left, synced);
    ASSERT_TRUE(found) << found.error().message;
    if (left.empty()) continue;
    ASSERT_EQ(found->logs.size(), 1U);
    EXPECT_EQ(found->logs[0].kept_bytes, whole_bytes(left));
    EXPECT_GE(found->logs[0].kept_bytes, synced);
    ASSERT_TRUE(keep_logs(*rocksdb::Env::Default(), alone_.path(), *found));
    EXPECT_EQ(size_of(name_), found->logs[0].kept_bytes);
  }
}

TEST_F(LogCheckTest, WhatWasSyncedMustReadBack) {
  const auto refused = [&](const std::string& log, std::uint64_t synced) {
    const auto found = check(log, synced);
    EXPECT_FALSE(found);
    if (found) return;
    EXPECT_EQ(found.error().code, ErrorCode::kStorage);
    EXPECT_NE(found.error().message.find(alone_.path().string()), std::string::npos);
    EXPECT_NE(found.error().message.find("is damaged: " + name_ + " does not read back behind byte "),
              std::string::npos)
        << found.error().message;
    EXPECT_EQ(size_of(name_), log.size());
  };
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t synced = whole_bytes(log_.substr(0, log_.size() / 2 + dice_.roll(log_.size() / 2)));
    const std::size_t at = dice_.roll(synced);
    std::string damaged = log_;
    damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ (1U << dice_.roll(8)));
    refused(damaged, synced);
    refused(log_.substr(0, at), synced);
    std::string zeroed = log_;
    const std::size_t zeros = std::min<std::size_t>(zeroed.size() - at, 7);
    zeroed.replace(at, zeros, zeros, '\0');
    if (zeroed != log_) refused(zeroed, synced);
  }
}

TEST_F(LogCheckTest, OlderLogsMustReadBackAndYoungerOnesEndWhereTheLogDoes) {
  const std::string torn = log_.substr(0, log_.size() - 1);
  write(kOlder, torn);
  EXPECT_FALSE(check(log_, log_.size()));
  write(kOlder, log_);
  write(kYounger, torn);
  auto found = check(log_, log_.size());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->logs.size(), 3U);
  EXPECT_EQ(found->logs[0].kept_bytes, log_.size());
  EXPECT_EQ(found->logs[2].kept_bytes, whole_bytes(torn));
  // What was written after a lost write is lost, too.
  found = check(torn, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->logs[2].kept_bytes, 0U);
  ASSERT_TRUE(keep_logs(*rocksdb::Env::Default(), alone_.path(), *found));
  EXPECT_EQ(size_of(kYounger), 0U);
  EXPECT_EQ(size_of(kOlder), log_.size());
}

TEST_F(LogCheckTest, WithoutAWatermarkEverythingMustReadBack) {
  const auto check_without = [&](const std::string& log) {
    write(name_, log);
    return check_logs(*rocksdb::Env::Default(), alone_.path(), std::nullopt);
  };
  EXPECT_TRUE(check_without(log_));
  EXPECT_TRUE(check_without(""));
  EXPECT_FALSE(check_without(log_.substr(0, log_.size() - 1)));
}

// The youngest log may have room left (`LogRoom`): nobody but the watermark could tell whether it was used.
TEST_F(LogCheckTest, WithoutAWatermarkTheYoungestLogMayEndInZeros) {
  const auto check_without = [&] { return check_logs(*rocksdb::Env::Default(), alone_.path(), std::nullopt); };
  const std::string room(100'000, '\0');
  write(name_, log_ + room);
  const auto found = check_without();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->logs.size(), 1U);
  ASSERT_TRUE(keep_logs(*rocksdb::Env::Default(), alone_.path(), *found));
  EXPECT_EQ(size_of(name_), log_.size());

  write(name_, log_ + room + "x");
  EXPECT_FALSE(check_without());
  write(name_, log_.substr(0, log_.size() - 1) + room);
  EXPECT_FALSE(check_without());
  write(name_, room);
  EXPECT_TRUE(check_without());
  write(kOlder, log_ + room);
  EXPECT_FALSE(check_without());
}

TEST_F(LogCheckTest, SaysWhenTheLogThatWasSyncedIsNotThere) {
  const auto missing = [&](std::uint64_t number) {
    return check_logs(*rocksdb::Env::Default(), alone_.path(), Synced{.log = {.number = number, .size_bytes = 0}})
        .value()
        .synced_log_missing;
  };
  write(name_, log_);
  EXPECT_FALSE(missing(0));
  EXPECT_FALSE(missing(log_number(name_)));
  EXPECT_TRUE(missing(log_number(name_) - 1));
}

}  // namespace
}  // namespace mrgc::engine::testing
