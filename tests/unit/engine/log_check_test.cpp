#include "engine/log_check.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine_test.h"
#include "support/seed.h"

namespace mrgc::engine::testing {
namespace {

class LogCheckTest : public EngineTest {
 protected:
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

  // What is said of a folder with this log alone.
  Result<void> check(const std::string& log) {
    std::ofstream(alone_.path() / name_, std::ios::binary | std::ios::trunc) << log;
    return check_logs(*rocksdb::Env::Default(), alone_.path());
  }

  mrgc::testing::TemporaryFolder alone_;
  std::string name_;
  std::string log_;
  mrgc::testing::Dice dice_{mrgc::testing::seeds().back()};
};

// A crash can cut a log anywhere; that is never damage.
TEST_F(LogCheckTest, ALogMayEndAnywhere) {
  EXPECT_TRUE(check(log_));
  EXPECT_TRUE(check(""));
  for (int i = 0; i < 200; ++i) {
    const std::size_t kept = i < 20 ? static_cast<std::size_t>(i) : dice_.roll(log_.size());
    ASSERT_TRUE(check(log_.substr(0, kept))) << kept;
    // Room that was set aside for more.
    ASSERT_TRUE(check(log_.substr(0, kept) + std::string(dice_.roll(100'000), '\0'))) << kept;
  }
}

// Types and lengths that make the rest look like something that is not there any more.
TEST_F(LogCheckTest, ARecordThatHidesOthersIsDamage) {
  std::size_t last_block = log_.size() - log_.size() % 32'768;
  for (const std::size_t record : {std::size_t{0}, last_block}) {
    for (const char type : {5, 6, 7, 8, 100}) {
      std::string damaged = log_;
      damaged[record + 6] = type;
      const auto checked = check(damaged);
      ASSERT_FALSE(checked);
      EXPECT_EQ(checked.error().code, ErrorCode::kStorage);
      EXPECT_NE(checked.error().message.find(alone_.path().string()), std::string::npos);
      EXPECT_NE(checked.error().message.find(name_ + " does not read back at byte " + std::to_string(record)),
                std::string::npos)
          << checked.error().message;
    }
  }
  std::string damaged = log_;
  damaged[last_block + 5] = '\x7F';
  EXPECT_FALSE(check(damaged));
}

}  // namespace
}  // namespace mrgc::engine::testing
