#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <thread>

#include "engine_test.h"
#include "support/watched_files.h"

// A disk that fails under the store.
namespace mrgc::engine::testing {
namespace {

using rocksdb::IOStatus;

/// Which operation on the log fails from now on.
enum class Fault { kNone, kAppend, kSync };

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<Fault>& fault)
      : FSWritableFileOwnerWrapper(std::move(file)), fault_(fault) {}

  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* dbg) override {
    if (fault_ == Fault::kAppend) return IOStatus::NoSpace("no room on the test's disk");
    return FSWritableFileOwnerWrapper::Append(data, options, dbg);
  }
  IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, rocksdb::IODebugContext* dbg) override {
    if (fault_ == Fault::kAppend) return IOStatus::NoSpace("no room on the test's disk");
    return FSWritableFileOwnerWrapper::Append(data, options, info, dbg);
  }
  IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
    if (fault_ == Fault::kSync) return IOStatus::IOError("the test's disk does not sync");
    return FSWritableFileOwnerWrapper::Sync(options, dbg);
  }
  IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* dbg) override {
    if (fault_ == Fault::kSync) return IOStatus::IOError("the test's disk does not sync");
    return FSWritableFileOwnerWrapper::Fsync(options, dbg);
  }

 private:
  const std::atomic<Fault>& fault_;
};

class FailingFiles final : public mrgc::testing::WatchedFiles {
 public:
  std::atomic<Fault> fault = Fault::kNone;

 private:
  std::unique_ptr<rocksdb::FSWritableFile> watch(const std::string& path,
                                                 std::unique_ptr<rocksdb::FSWritableFile> file) override {
    if (!path.ends_with(".log")) return file;
    return std::make_unique<FailingFile>(std::move(file), fault);
  }
};

class ReadOnlyTest : public EngineTest, public ::testing::WithParamInterface<Fault> {
 protected:
  void SetUp() override {
    options_.durability = Durability::kSync;
    engine_.reset();
    engine_ = mrgc::testing::open_engine(folder_.path(), options_, env_.get()).value();
    create(sample_table("sample"));
    for (int i = 0; i < 20; ++i) put("sample", item(i));
  }
  void TearDown() override {
    engine_.reset();  // before the files under it
  }

  static Value::Map item(int number) { return {{"pk", "p"}, {"sk", number}, {"color", "red"}, {"score", number}}; }

  void expect_as_before() {
    EXPECT_EQ(scan_all(db(), "sample").size(), 20);
    EXPECT_EQ(scan_all(db(), "sample", "by-color").size(), 20);
    EXPECT_EQ(db().describe_table({.table = "sample"}).value().item_count, 20);
    EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", 3}}), make(item(3)));
    EXPECT_EQ(engine_->change_log().next_sequence(), 21);
  }

  std::shared_ptr<FailingFiles> files_ = std::make_shared<FailingFiles>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
};

TEST_P(ReadOnlyTest, AFailedWriteMakesTheStoreReadOnlyAndNothingOfItIsSeen) {
  EXPECT_FALSE(engine_->failure());
  files_->fault = GetParam();
  const Error first = error_of(db().transact_write_items(
      {.actions = {store::PutItemRequest{.table = "sample", .item = make(item(100))},
                   store::DeleteItemRequest{.table = "sample", .key = make({{"pk", "p"}, {"sk", 3}})}}}));
  EXPECT_EQ(first.code, ErrorCode::kInternal);
  EXPECT_NE(first.message.find("test's disk"), std::string::npos) << first.message;
  ASSERT_TRUE(engine_->failure());
  EXPECT_NE(engine_->failure()->message.find("test's disk"), std::string::npos) << engine_->failure()->message;
  expect_as_before();

  // Also when the disk works again: what it holds is not known.
  files_->fault = Fault::kNone;
  const Error errors[] = {
      error_of(db().put_item({.table = "sample", .item = make(item(101))})),
      error_of(db().update_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 3}})})),
      error_of(db().delete_item({.table = "sample", .key = make({{"pk", "p"}, {"sk", 3}})})),
      error_of(db().batch_write_item({.tables = {{"sample", {store::BatchWriteItemRequest::Put{make(item(102))}}}}})),
      error_of(
          db().transact_write_items({.actions = {store::PutItemRequest{.table = "sample", .item = make(item(1))}}})),
      error_of(db().create_table({.spec = sample_table("second")})),
      error_of(db().delete_table({.table = "sample"})),
      error_of(db().update_time_to_live({.table = "sample", .attribute = "ttl"})),
  };
  for (const Error& error : errors) {
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_NE(error.message.find("read-only because a write to its disk failed"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("the store's disk failed: "), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("test's disk"), std::string::npos) << error.message;
  }
  expect_as_before();
}

TEST_P(ReadOnlyTest, ATableWhoseDeletionFailedIsStillThere) {
  files_->fault = GetParam();
  EXPECT_EQ(error_of(db().delete_table({.table = "sample"})).code, ErrorCode::kInternal);
  expect_as_before();
}

TEST_P(ReadOnlyTest, ATableOfWhichAChangeFailedIsAsItWas) {
  files_->fault = GetParam();
  EXPECT_EQ(error_of(db().update_time_to_live({.table = "sample", .attribute = "ttl"})).code, ErrorCode::kInternal);
  EXPECT_EQ(db().describe_table({.table = "sample"}).value().time_to_live_attribute, std::nullopt);
  expect_as_before();
}

TEST_P(ReadOnlyTest, OpeningAgainBringsEverythingAcknowledged) {
  files_->fault = GetParam();
  ASSERT_FALSE(db().put_item({.table = "sample", .item = make(item(100))}));
  files_->fault = Fault::kNone;
  for (int round = 0; round < 2; ++round) {
    engine_.reset();
    engine_ = mrgc::testing::open_engine(folder_.path(), options_, env_.get()).value();
    // The write that failed may have happened: it was said to be unknown.
    const std::size_t items = scan_all(db(), "sample").size();
    EXPECT_TRUE(items == 20 || items == 21) << items;
    EXPECT_EQ(find_contradiction(*engine_), "");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(get("sample", {{"pk", "p"}, {"sk", i}}), make(item(i)));
    put("sample", item(7));
  }
}

TEST_P(ReadOnlyTest, UnderManyWritersEachAcknowledgedWriteIsThereAfterwards) {
  std::atomic<int> acknowledged[4] = {};
  {
    std::vector<std::jthread> writers;
    for (int thread = 0; thread < 4; ++thread) {
      writers.emplace_back([&, thread] {
        for (int i = 0; db().put_item({.table = "sample", .item = make(item((thread + 1) * 100'000 + i))}); ++i) {
          acknowledged[thread] = i + 1;
        }
      });
    }
    while (acknowledged[0] < 20) std::this_thread::yield();
    files_->fault = GetParam();
  }
  std::size_t total = 20;
  for (const auto& count : acknowledged) total += static_cast<std::size_t>(count);
  EXPECT_EQ(scan_all(db(), "sample").size(), total);
  EXPECT_EQ(find_contradiction(*engine_), "");
  files_->fault = Fault::kNone;
  engine_.reset();
  engine_ = mrgc::testing::open_engine(folder_.path(), options_, env_.get()).value();
  EXPECT_EQ(find_contradiction(*engine_), "");
  for (int thread = 0; thread < 4; ++thread) {
    for (int i = 0; i < acknowledged[thread]; ++i) {
      ASSERT_TRUE(get("sample", {{"pk", "p"}, {"sk", (thread + 1) * 100'000 + i}}));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, ReadOnlyTest, ::testing::Values(Fault::kAppend, Fault::kSync),
                         [](const auto& test) { return test.param == Fault::kAppend ? "Append" : "Sync"; });

}  // namespace
}  // namespace mrgc::engine::testing
