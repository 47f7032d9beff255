#include <gtest/gtest.h>

#include <map>

#include "integration/engine_damage/stores.h"
#include "support/temporary_folder.h"

// What a crash leaves behind the last sync may look like anything, and opens. What was synced and does not read back is
// damage, whatever it looks like, and is refused before anything is written.
namespace mrgc::damage {
namespace {

class TornLogsTest : public ::testing::Test {
 protected:
  // Opens the store with this log, which must bring everything.
  void expect_whole(const std::string& log) {
    copy_folder(store_.folder, folder_);
    write_file(folder_ / name_, log);
    EXPECT_EQ(open_and_check(folder_, store_), "");
    EXPECT_EQ(open_and_check(folder_, store_), "");
  }
  // Opens the store with this log, which must be refused.
  void expect_refused(const std::string& log) {
    copy_folder(store_.folder, folder_);
    write_file(folder_ / name_, log);
    expect_refused_as_it_is();
  }
  void expect_refused_as_it_is() {
    const auto before = contents();
    const std::string outcome = open_and_check(folder_, store_);
    EXPECT_NE(outcome.find("is damaged: "), std::string::npos) << outcome;
    EXPECT_EQ(contents(), before) << "something was written; " << outcome;
  }
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> result;
    for (const auto& file : files(folder_, "", "")) result[file.filename().string()] = read_file(file);
    return result;
  }

  testing::TemporaryFolder parent_;
  const KilledStore store_ = make_killed_store(parent_.path(), History::kOneSession);
  const std::filesystem::path folder_ = parent_.path() / "the-store";
  const std::string name_ = files(store_.folder, "", ".log").back().filename().string();
  const std::string log_ = read_file(store_.folder / name_);
  const std::vector<std::size_t> records_ = record_positions(log_);
  const std::string last_record_ = log_.substr(records_.back());
};

TEST_F(TornLogsTest, AZeroFilledTailIsNoDamage) {
  expect_whole(log_ + std::string(1, '\0'));
  expect_whole(log_ + std::string(200'000, '\0'));
  for (const std::size_t kept : {std::size_t{1}, std::size_t{7}, last_record_.size() / 2, last_record_.size() - 1}) {
    SCOPED_TRACE(kept);
    const std::string torn = log_ + last_record_.substr(0, kept);
    expect_whole(torn + std::string(10, '\0'));
    expect_whole(torn + std::string(200'000, '\0'));
  }
}

// A client can store the bytes of a record. When its write is cut off, they are in the torn part.
TEST_F(TornLogsTest, ATailThatHoldsWhatLooksLikeARecordIsNoDamage) {
  std::string torn = std::string(4, '\x5A') + std::string("\x00\x30\x01", 3);  // 12,288 bytes, of which there are fewer
  torn += std::string(100, 'v') + last_record_ + std::string(100, 'v');
  expect_whole(log_ + torn);
  expect_whole(log_ + torn + std::string(100'000, '\0'));
}

TEST_F(TornLogsTest, AZeroedHeaderInTheMiddleIsDamage) {
  for (const std::size_t record : {records_[0], records_[records_.size() / 2], records_.back()}) {
    SCOPED_TRACE(record);
    std::string zeroed = log_;
    zeroed.replace(record, 7, 7, '\0');
    expect_refused(zeroed);
  }
}

TEST_F(TornLogsTest, AFlippedByteInWhatWasSyncedIsDamage) {
  for (const std::size_t record : {records_[1], records_[records_.size() / 2], records_.back()}) {
    for (const std::size_t field : {0, 4, 5, 6, 9}) {
      SCOPED_TRACE(std::to_string(record) + " + " + std::to_string(field));
      std::string flipped = log_;
      flipped[record + field] = static_cast<char>(flipped[record + field] ^ 0x40);
      expect_refused(flipped);
    }
  }
}

TEST_F(TornLogsTest, ALogThatIsShorterThanWhatWasSyncedIsDamage) {
  expect_refused(log_.substr(0, records_.back()));
  expect_refused(log_.substr(0, records_[records_.size() / 2] + 3));
  expect_refused("");
}

TEST_F(TornLogsTest, ALogThatIsGoneIsDamage) {
  copy_folder(store_.folder, folder_);
  std::filesystem::remove(folder_ / name_);
  expect_refused_as_it_is();
}

}  // namespace
}  // namespace mrgc::damage
