#include <gtest/gtest.h>

#include <iostream>

#include "integration/engine_damage/stores.h"
#include "support/sanitizers.h"
#include "support/seed.h"
#include "support/temporary_folder.h"

// One byte of a store is changed. Either the store says so, or nothing is missing; never anything else. And whatever it
// says, it must not have made the damage worse.
namespace mrgc::damage {
namespace {

using testing::Dice;

/// A byte and what is done to it.
struct Flip {
  std::filesystem::path file;  ///< its name in the folder
  std::size_t position;
  unsigned char bits;
};

class DamageTest : public ::testing::TestWithParam<History> {
 protected:
  // Told at once: a process that ends by a signal takes what it has not yet written with it.
  DamageTest() { std::cout << "seed " << seed_ << std::endl; }

  // Opens a copy with the flip. Counts what came of it.
  void check(const Flip& flip) {
    SCOPED_TRACE(flip.file.string() + ", byte " + std::to_string(flip.position) + ", bits " +
                 std::to_string(flip.bits));
    copy_folder(store_.folder, copy_);
    const std::string original = read_file(copy_ / flip.file);
    std::string damaged = original;
    ASSERT_LT(flip.position, damaged.size());
    damaged[flip.position] = static_cast<char>(static_cast<unsigned char>(damaged[flip.position]) ^ flip.bits);
    write_file(copy_ / flip.file, damaged);

    const std::string outcome = open_and_check(copy_, store_);
    if (outcome.empty()) {
      ++harmless_;
      return;
    }
    ASSERT_FALSE(outcome.starts_with("LOST")) << outcome;
    ++refused_;
    EXPECT_NE(outcome.find(copy_.string()), std::string::npos) << outcome;
    EXPECT_EQ(outcome.find("open in another process"), std::string::npos) << outcome;
    EXPECT_EQ(read_file(copy_ / flip.file), damaged) << "the damaged file was overwritten; " << outcome;
    write_file(copy_ / flip.file, original);
    EXPECT_EQ(open_and_check(copy_, store_), "") << "without the damage again, after: " << outcome;
  }

  void check_random_bytes(const std::filesystem::path& file, std::size_t count) {
    const std::size_t size = std::filesystem::file_size(file);
    ASSERT_GT(size, 0U);
    for (std::size_t i = 0; i < count && !HasFatalFailure(); ++i) {
      check({file.filename(), dice_.roll(size), static_cast<unsigned char>(1 + dice_.roll(255))});
    }
  }

  // The first and last records, some in between, and in each its checksum, its length, its type and its content.
  void check_records(const std::filesystem::path& file, std::size_t count) {
    const std::string content = read_file(file);
    const std::vector<std::size_t> records = record_positions(content);
    ASSERT_FALSE(records.empty());
    for (std::size_t i = 0; i < count && !HasFatalFailure(); ++i) {
      const std::size_t record = i == 0               ? records.front()
                                 : i == 1             ? records.back()
                                 : records.size() > 1 ? records[records.size() - 2 - dice_.roll(records.size() - 1)]
                                                      : records.front();
      check({file.filename(), record + dice_.roll(4), static_cast<unsigned char>(1 + dice_.roll(255))});
      for (const std::size_t field : {4, 5, 6}) {
        check({file.filename(), record + field, static_cast<unsigned char>(1U << dice_.roll(field == 6 ? 4 : 8))});
      }
      const std::size_t in_content = record + 7 + dice_.roll(40);
      if (in_content < content.size())
        check({file.filename(), in_content, static_cast<unsigned char>(1U << dice_.roll(8))});
    }
  }

  static std::size_t some(std::size_t count) { return testing::kSanitized ? (count + 3) / 4 : count; }

  const std::uint64_t seed_ = testing::seeds().back();
  Dice dice_{seed_};
  testing::TemporaryFolder folder_;
  const KilledStore store_ = make_killed_store(folder_.path(), GetParam());
  const std::filesystem::path copy_ = folder_.path() / "copy";
  int refused_ = 0;
  int harmless_ = 0;
};

TEST_P(DamageTest, WithoutDamageEverythingIsThere) {
  copy_folder(store_.folder, copy_);
  EXPECT_EQ(open_and_check(copy_, store_), "");
  EXPECT_EQ(open_and_check(copy_, store_), "");
}

TEST_P(DamageTest, InTheLog) {
  const auto logs = files(store_.folder, "", ".log");
  ASSERT_FALSE(logs.empty());
  int in_logs = 0;
  for (const auto& log : logs) {
    if (std::filesystem::file_size(log) == 0) continue;
    check_records(log, some(15));
    check_random_bytes(log, some(25));
    ++in_logs;
  }
  // A log is checksummed throughout: there is no byte that does not matter.
  EXPECT_EQ(harmless_, 0);
  EXPECT_GE(refused_, in_logs * 25);
}

TEST_P(DamageTest, InTheManifest) {
  for (const auto& manifest : files(store_.folder, "MANIFEST-", "")) {
    check_records(manifest, some(15));
    check_random_bytes(manifest, some(25));
  }
  EXPECT_GT(refused_, 10);
}

TEST_P(DamageTest, InSortedFiles) {
  for (const auto& table : files(store_.folder, "", ".sst")) {
    check_random_bytes(table, some(15));
    const std::size_t size = std::filesystem::file_size(table);
    for (std::size_t back : {1, 9, 20, 53, 100}) {
      if (back <= size) check({table.filename(), size - back, 0x10});
    }
  }
  if (GetParam() == History::kThreeSessions) {
    EXPECT_GT(refused_, 10);
  }
}

TEST_P(DamageTest, AtTheEndOfASortedFile) {
  if (GetParam() == History::kOneSession) return;  // whose only session has flushed nothing
  const auto tables = files(store_.folder, "", ".sst");
  ASSERT_FALSE(tables.empty());
  const auto& table = dice_.pick(tables);
  const std::size_t size = std::filesystem::file_size(table);
  for (std::size_t back = 1; back <= 53 && !HasFatalFailure(); ++back) {
    check({table.filename(), size - back, static_cast<unsigned char>(1U << dice_.roll(8))});
  }
  EXPECT_GT(refused_, 12);  // the version and the mark, at least
}

TEST_P(DamageTest, InTheSmallFiles) {
  for (const char* name : {"CURRENT", "MRGC", "WATERMARK"}) {
    const std::size_t size = std::filesystem::file_size(store_.folder / name);
    for (std::size_t i = 0; i < size && !HasFatalFailure(); ++i) {
      check({name, i, static_cast<unsigned char>(1U << dice_.roll(8))});
    }
  }
  EXPECT_GT(refused_, 10);
}

TEST_P(DamageTest, AMissingFileIsNoticed) {
  for (const auto& [begin, end] : std::vector<std::pair<std::string, std::string>>{
           {"MANIFEST-", ""}, {"CURRENT", ""}, {"", ".sst"}, {"", ".log"}, {"MRGC", ""}}) {
    for (const auto& file : files(store_.folder, begin, end)) {
      if (std::filesystem::file_size(file) == 0) continue;
      SCOPED_TRACE(file.filename().string());
      copy_folder(store_.folder, copy_);
      std::filesystem::remove(copy_ / file.filename());
      const std::string outcome = open_and_check(copy_, store_);
      EXPECT_NE(outcome.find(copy_.string()), std::string::npos) << outcome;
      EXPECT_FALSE(outcome.starts_with("LOST")) << outcome;
      std::filesystem::copy(file, copy_ / file.filename());
      EXPECT_EQ(open_and_check(copy_, store_), "") << "with the file again, after: " << outcome;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, DamageTest, ::testing::Values(History::kOneSession, History::kThreeSessions),
                         [](const auto& history) {
                           return history.param == History::kOneSession ? "OneSession" : "ThreeSessions";
                         });

}  // namespace
}  // namespace mrgc::damage
