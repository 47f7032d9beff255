#include "engine/committer.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "engine/rocksdb_kv.h"
#include "support/kv.h"
#include "support/temporary_folder.h"

namespace mrgc::engine {
namespace {

/// Remembers what it was asked to write.
class RecordingKv final : public mrgc::testing::ForwardingKv {
 public:
  struct Write {
    bool empty;
    bool sync;
    friend bool operator==(const Write&, const Write&) = default;
  };

  using ForwardingKv::ForwardingKv;

  Result<void> write(const KvBatch& batch, bool sync) override {
    if (failing) return base::fail(ErrorCode::kInternal, "the test's disk failed");
    writes.push_back({.empty = batch.empty(), .sync = sync});
    return ForwardingKv::write(batch, sync);
  }

  std::vector<Write> writes;
  bool failing = false;
};

/// Goes when the test says so.
class ManualAlarm final : public Alarm {
 public:
  void set(std::chrono::milliseconds delay, Task task) override {
    delays.push_back(delay);
    task_ = std::move(task);
  }
  void cancel() override { task_ = nullptr; }

  bool is_set() const { return task_ != nullptr; }
  void ring() { std::exchange(task_, nullptr)(); }

  std::vector<std::chrono::milliseconds> delays;

 private:
  Task task_;
};

/// Runs what was posted when the test says so.
class ManualExecutor final : public base::Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  void run_all() {
    while (!tasks_.empty()) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }

 private:
  std::deque<Task> tasks_;
};

class CommitterTest : public ::testing::Test {
 protected:
  void make(bool sync) {
    committer_.emplace(kv_, *log_, pending_, directories_, executor_, alarm_,
                       Committer::Options{.sync = sync, .async_sync_interval = std::chrono::milliseconds(700)});
  }
  void submit(const std::string& key) {
    CommitUnit unit;
    unit.batch.put(Family::kItems, key, "value");
    committer_->submit(std::move(unit));
  }

  static constexpr RecordingKv::Write kUnsynced{.empty = false, .sync = false};
  static constexpr RecordingKv::Write kSynced{.empty = false, .sync = true};
  static constexpr RecordingKv::Write kSyncOnly{.empty = true, .sync = true};

  mrgc::testing::TemporaryFolder folder_;
  RecordingKv kv_{open_rocksdb(folder_.path() / "kv", {.cache_bytes = 1 << 20}).value()};
  std::unique_ptr<ChangeLog> log_ = ChangeLog::open(kv_, "identity", 100).value();
  PendingItems pending_{1};
  ManualExecutor executor_;
  ManualAlarm alarm_;
  IndexDirectories directories_{kv_, executor_, 1 << 20};
  std::optional<Committer> committer_;
};

TEST_F(CommitterTest, WhatIsNotSyncedAtOnceIsSyncedAWhileLaterThoughNothingElseComes) {
  make(/*sync=*/false);
  submit("a");
  executor_.run_all();
  submit("b");
  executor_.run_all();
  EXPECT_EQ(kv_.writes, (std::vector{kUnsynced, kUnsynced}));
  EXPECT_EQ(alarm_.delays, std::vector{std::chrono::milliseconds(700)});  // from the first of them on
  alarm_.ring();
  executor_.run_all();
  EXPECT_EQ(kv_.writes, (std::vector{kUnsynced, kUnsynced, kSyncOnly}));
  EXPECT_FALSE(alarm_.is_set());
  EXPECT_EQ(committer_->commits(), 2U);

  submit("c");
  executor_.run_all();
  ASSERT_TRUE(alarm_.is_set());
  // A batch that is on its way when the alarm goes takes the sync with it.
  submit("d");
  alarm_.ring();
  executor_.run_all();
  EXPECT_EQ(kv_.writes, (std::vector{kUnsynced, kUnsynced, kSyncOnly, kUnsynced, kSynced}));
  EXPECT_FALSE(alarm_.is_set());
}

TEST_F(CommitterTest, WhereEveryBatchIsSyncedThereIsNoAlarm) {
  make(/*sync=*/true);
  submit("a");
  executor_.run_all();
  EXPECT_EQ(kv_.writes, std::vector{kSynced});
  EXPECT_FALSE(alarm_.is_set());
}

TEST_F(CommitterTest, ItsEndForgetsTheAlarm) {
  make(/*sync=*/false);
  submit("a");
  executor_.run_all();
  ASSERT_TRUE(alarm_.is_set());
  committer_.reset();
  EXPECT_FALSE(alarm_.is_set());
}

TEST_F(CommitterTest, ALateSyncThatFailsMakesTheStoreReadOnly) {
  make(/*sync=*/false);
  submit("a");
  executor_.run_all();
  kv_.failing = true;
  alarm_.ring();
  executor_.run_all();
  ASSERT_TRUE(committer_->failure());
  EXPECT_EQ(committer_->failure()->code, ErrorCode::kUnavailable);
}

// Who asks for a write need not wait until its removals are noted, as a directory may name too many keys.
TEST_F(CommitterTest, RemovalsLeaveTheirDirectoryAfterTheAnswer) {
  make(/*sync=*/true);
  const std::string partition = "part/";
  const auto submit_change = [&](const std::string& rest, bool added, std::function<void()> done) {
    CommitUnit unit;
    unit.index_changes.push_back({.key = partition + rest, .partition_size = 5, .added = added});
    if (added) {
      unit.batch.put(Family::kIndexes, partition + rest, "entry");
    } else {
      unit.batch.remove(Family::kIndexes, partition + rest);
    }
    unit.done = [done = std::move(done)](const Result<void>& written) {
      EXPECT_TRUE(written);
      done();
    };
    committer_->submit(std::move(unit));
    executor_.run_all();
  };
  const auto keys = [&] { return directories_.find(partition)->read(kv_, {}, {}, /*forward=*/true, 10)->keys; };
  for (std::uint32_t i = 0; i < IndexDirectories::kDeletionsForDirectory; ++i) submit_change("x", false, [] {});
  ASSERT_NE(directories_.find(partition), nullptr);
  submit_change("a", true, [&] { EXPECT_EQ(keys(), std::vector<std::string>{"part/a"}); });
  int answers = 0;
  submit_change("a", false, [&] {
    ++answers;
    EXPECT_EQ(keys(), std::vector<std::string>{"part/a"});
    EXPECT_FALSE(kv_.get(Family::kIndexes, "part/a", nullptr).value());
  });
  EXPECT_EQ(answers, 1);
  EXPECT_TRUE(keys().empty());
}

// The counters that the deletion removes must not be written behind it, in the same batch or later.
TEST_F(CommitterTest, CountersOfATableThatIsDroppedInTheSameRoundStayAway) {
  make(/*sync=*/true);
  const auto counters_of = [&](std::uint32_t number) {
    return kv_.get(Family::kMeta, counters_key({.table = number, .index = {}}), nullptr).value().has_value();
  };
  const auto dropped = std::make_shared<Counters>();
  const auto kept = std::make_shared<Counters>();
  const auto write_to_both = [&] {
    CommitUnit unit;
    unit.deltas = {{.counters = dropped, .id = {.table = 1, .index = {}}, .items = 1, .bytes = 10},
                   {.counters = kept, .id = {.table = 2, .index = {}}, .items = 1, .bytes = 10}};
    committer_->submit(std::move(unit));
  };
  write_to_both();
  executor_.run_all();
  EXPECT_TRUE(counters_of(1));
  EXPECT_TRUE(counters_of(2));
  write_to_both();
  CommitUnit drop;
  drop.batch.remove(Family::kMeta, counters_key({.table = 1, .index = {}}));
  drop.dropped.push_back(dropped);
  committer_->submit(std::move(drop));
  executor_.run_all();
  EXPECT_FALSE(counters_of(1));
  EXPECT_TRUE(counters_of(2));
}

}  // namespace
}  // namespace mrgc::engine
