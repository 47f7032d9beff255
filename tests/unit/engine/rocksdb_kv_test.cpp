#include "engine/rocksdb_kv.h"

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
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

constexpr std::uint64_t kRoomBytes = std::uint64_t{1} << 20;

/// The machine's files, and how much was written to each log.
class CountingFiles final : public testing::WatchedFiles {
 public:
  /// How many logs of zeros were made.
  int zeros_made() const { return zeros_made_; }
  /// Makes flushes and compactions slow: each of their files takes that long to be made.
  void delay_tables(std::chrono::milliseconds delay) { table_delay_ = delay; }
  /// By name, and so in the order of their making.
  std::map<std::string, std::uint64_t> log_bytes() const {
    const std::lock_guard lock(mutex_);
    return log_bytes_;
  }

 private:
  class Log final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Log(std::unique_ptr<rocksdb::FSWritableFile> file, CountingFiles& files, std::string name)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files), name_(std::move(name)) {}
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* dbg) override {
      files_.count(name_, data.size());
      return FSWritableFileOwnerWrapper::Append(data, options, dbg);
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& info,
                    IODebugContext* dbg) override {
      files_.count(name_, data.size());
      return FSWritableFileOwnerWrapper::Append(data, options, info, dbg);
    }

   private:
    CountingFiles& files_;
    const std::string name_;
  };

  class Zeros final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Zeros(std::unique_ptr<rocksdb::FSWritableFile> file, CountingFiles& files)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files) {}
    IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
      IOStatus status = FSWritableFileOwnerWrapper::Close(options, dbg);
      ++files_.zeros_made_;
      return status;
    }

   private:
    CountingFiles& files_;
  };

  std::unique_ptr<rocksdb::FSWritableFile> watch(const std::string& path,
                                                 std::unique_ptr<rocksdb::FSWritableFile> file) override {
    if (path.ends_with(".sst")) std::this_thread::sleep_for(table_delay_.load());
    if (path.ends_with("NEXT-LOG")) return std::make_unique<Zeros>(std::move(file), *this);
    if (!path.ends_with(".log")) return file;
    const std::string name = std::filesystem::path(path).filename().string();
    count(name, 0);
    return std::make_unique<Log>(std::move(file), *this, name);
  }
  void count(const std::string& name, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    log_bytes_[name] += bytes;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> log_bytes_;  // guarded by mutex_
  std::atomic<int> zeros_made_ = 0;
  std::atomic<std::chrono::milliseconds> table_delay_{};
};

class RocksdbKvTest : public ::testing::Test {
 protected:
  std::filesystem::path folder() const { return folder_.path() / "store"; }

  std::size_t logs_left() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) count += entry.path().extension() == ".log";
    return count;
  }

  /// Writes to some twenty logs, and expects that each but the first and the last was filled.
  void fill_logs() {
    auto kv =
        open_rocksdb(folder(), {.memtable_bytes = 2 * kRoomBytes, .log_room_bytes = kRoomBytes, .env = env_.get()});
    ASSERT_TRUE(kv) << kv.error().message;
    const std::string value(5000, 'x');
    KvBatch batch;
    batch.put(Family::kExpiry, "only once", "");
    for (int i = 0; i < 2500; ++i) {
      batch.put(Family::kItems, std::to_string(i), value);
      batch.put(Family::kLog, std::to_string(i), value);
      ASSERT_TRUE((*kv)->write(batch, /*sync=*/true));
      batch.clear();
      // The thread that makes the next log may be slow. Each but the first was one of them.
      const auto logs = files_->log_bytes();
      if (logs.rbegin()->second > kRoomBytes / 2) await([&] { return files_->zeros_made() >= std::ssize(logs); });
    }
    const auto logs = files_->log_bytes();
    EXPECT_GT(logs.size(), 20U);
    for (auto log = std::next(logs.begin()); log != std::prev(logs.end()); ++log) {
      EXPECT_GE(log->second, kRoomBytes) << log->first;
    }
    await([&] { return logs_left() <= 4; });
  }

  testing::TemporaryFolder folder_;
  std::shared_ptr<CountingFiles> files_ = std::make_shared<CountingFiles>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
};

// RocksDB would, and read it back, with each start: a tenth of what that takes.
TEST_F(RocksdbKvTest, NoFileOfOptionsIsWritten) {
  for (int start = 0; start < 3; ++start) {
    auto kv = open_rocksdb(folder(), {});
    ASSERT_TRUE(kv) << kv.error().message;
    KvBatch batch;
    batch.put(Family::kItems, std::to_string(start), "value");
    ASSERT_TRUE((*kv)->write(batch, /*sync=*/true));
    for (int i = 0; i <= start; ++i) EXPECT_EQ((*kv)->get(Family::kItems, std::to_string(i)).value(), "value");
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      EXPECT_FALSE(entry.path().filename().string().starts_with("OPTIONS")) << entry.path();
    }
  }
}

// A log that ends early wastes its zeros, and the one after it has none yet.
TEST_F(RocksdbKvTest, NoMemtableEndsALogEarlyOrKeepsIt) { fill_logs(); }

// Then writes wait for flushes now and then, and RocksDB refuses to begin more of them.
TEST_F(RocksdbKvTest, NorDoesOneWhereFlushesLagBehind) {
  files_->delay_tables(std::chrono::milliseconds(200));
  fill_logs();
}

TEST_F(RocksdbKvTest, AScanKeepsNothingInMemoryAndAnotherWalkDoes) {
  auto kv = open_rocksdb(folder(), {.memtable_bytes = kRoomBytes});
  ASSERT_TRUE(kv) << kv.error().message;
  for (int i = 0; i < 400; ++i) {
    KvBatch batch;
    batch.put(Family::kItems, std::to_string(10'000 + i), std::string(5000, 'x'));
    ASSERT_TRUE((*kv)->write(batch, /*sync=*/false));
  }
  const auto first_is_in_memory = [&] { return (*kv)->in_memory().get(Family::kItems, "10000").has_value(); };
  await([&] { return !first_is_in_memory(); });  // its memtable is a file
  const auto walk_over = [](const std::unique_ptr<KvIterator>& entries) {
    int count = 0;
    for (entries->seek_to_first(); entries->valid(); entries->next()) ++count;
    return count;
  };
  EXPECT_EQ(walk_over((*kv)->scan(Family::kItems, "10000", "10100")), 100);
  EXPECT_FALSE(first_is_in_memory());
  EXPECT_EQ(walk_over((*kv)->iterate(Family::kItems, "10000", "10100")), 100);
  EXPECT_TRUE(first_is_in_memory());
}

// The reader of what is in memory must not take long either.
TEST_F(RocksdbKvTest, AWalkInMemoryEndsAtALongRowOfDeletions) {
  auto kv = open_rocksdb(folder(), {});
  ASSERT_TRUE(kv) << kv.error().message;
  const auto key = [](int i) { return std::to_string(10'000 + i); };
  const auto first_in_memory = [&]() -> Result<std::string> {
    const auto entries = (*kv)->in_memory().iterate(Family::kIndexes, "1", "2");
    entries->seek_to_first();
    if (auto whole = entries->status(); !whole) return std::unexpected(whole.error());
    return std::string(entries->key());
  };
  for (int i = 0; i <= 3000; ++i) {
    KvBatch batch;
    batch.put(Family::kIndexes, key(i), "entry");
    ASSERT_TRUE((*kv)->write(batch, /*sync=*/false));
  }
  for (int i = 0; i < 3000; ++i) {
    KvBatch batch;
    batch.remove(Family::kIndexes, key(i));
    ASSERT_TRUE((*kv)->write(batch, /*sync=*/false));
    if (i == 300) {
      EXPECT_EQ(first_in_memory().value(), key(301));
    }
  }
  const auto first = first_in_memory();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().code, ErrorCode::kWouldBlock);
  const auto entries = (*kv)->iterate(Family::kIndexes, "1", "2");
  entries->seek_to_first();
  ASSERT_TRUE(entries->valid());
  EXPECT_EQ(entries->key(), key(3000));
}

}  // namespace
}  // namespace mrgc::engine
