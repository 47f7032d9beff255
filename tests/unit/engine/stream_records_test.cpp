#include "engine/stream_records.h"

#include <gtest/gtest.h>

#include <future>

#include "engine/keyspace.h"
#include "engine_test.h"
#include "support/kv.h"
#include "support/memory_kv.h"
#include "support/streams.h"

namespace mrgc::engine::testing {
namespace {

using mrgc::testing::streams_of;
using mrgc::testing::wait_for;
using Kind = store::StreamRecord::Kind;

class StreamsTest : public EngineTest {
 protected:
  void create_with(store::StreamView view) {
    store::TableSpec spec{.name = "things", .keys = {.partition = {"id"}, .sort = {}}};
    spec.settings.stream = view;
    create(spec);
  }
  store::StreamId only_stream() { return streams_of(*engine_).at(0); }
  store::ReadStreamResult read(const store::StreamId& stream, std::uint64_t sequence = 0, std::size_t limit = 1000) {
    if (sequence == 0) sequence = wait_for(*engine_, &store::Streams::describe_stream, stream).value().first_sequence;
    return wait_for(*engine_, &store::Streams::read_stream,
                    store::ReadStreamRequest{.stream = stream, .sequence = sequence, .limit = limit})
        .value();
  }
  void change_all() {
    put("things", {{"id", Value("a")}, {"v", Value(1)}});
    put("things", {{"id", Value("a")}, {"v", Value(2)}});
    put("things", {{"id", Value("a")}, {"v", Value(2)}});  // changes nothing
    ASSERT_TRUE(db().delete_item({.table = "things", .key = make({{"id", Value("a")}})}));
    ASSERT_TRUE(db().delete_item({.table = "things", .key = make({{"id", Value("a")}})}));  // is not there
  }
};

TEST_F(StreamsTest, TellEveryChangeInOrderWithItsImages) {
  create_with(store::StreamView::kNewAndOldImages);
  change_all();
  const auto result = read(only_stream());
  ASSERT_EQ(result.records.size(), 3);
  EXPECT_EQ(result.records[0].kind, Kind::kInsert);
  EXPECT_EQ(result.records[1].kind, Kind::kModify);
  EXPECT_EQ(result.records[2].kind, Kind::kRemove);
  EXPECT_FALSE(result.records[0].old_image);
  EXPECT_EQ(result.records[1].old_image->find_int64("v"), 1);
  EXPECT_EQ(result.records[1].new_image->find_int64("v"), 2);
  EXPECT_FALSE(result.records[2].new_image);
  EXPECT_EQ(result.records[2].keys, make({{"id", Value("a")}}));
  EXPECT_LT(result.records[0].sequence, result.records[1].sequence);
  EXPECT_FALSE(result.ended);
  EXPECT_TRUE(read(only_stream(), result.next_sequence).records.empty());
  put("things", {{"id", Value("b")}});
  EXPECT_EQ(read(only_stream(), result.next_sequence).records.size(), 1);
}

TEST_F(StreamsTest, TheViewSaysWhatARecordCarries) {
  for (const auto view : {store::StreamView::kKeysOnly, store::StreamView::kNewImage, store::StreamView::kOldImage}) {
    create_with(view);
    change_all();
    const auto stream = streams_of(*engine_).back();
    for (const auto& record : read(stream).records) {
      EXPECT_TRUE(view == store::StreamView::kNewImage || !record.new_image);
      EXPECT_TRUE(view == store::StreamView::kOldImage || !record.old_image);
      EXPECT_FALSE(record.keys.empty());
    }
    ASSERT_TRUE(db().delete_table({.table = "things"}));
    clock_.advance_ms(5);
  }
  log_is_whole_ = false;
}

TEST_F(StreamsTest, ArePagedAndSurviveARestart) {
  create_with(store::StreamView::kNewImage);
  for (int i = 0; i < 25; ++i) put("things", {{"id", Value("i" + std::to_string(i))}});
  reopen();
  std::uint64_t sequence = 0;
  std::size_t seen = 0;
  for (int page = 0; page < 4; ++page) {
    const auto result = read(only_stream(), sequence, 10);
    seen += result.records.size();
    sequence = result.next_sequence;
  }
  EXPECT_EQ(seen, 25);
}

TEST_F(StreamsTest, OutliveTheirTableForADay) {
  create_with(store::StreamView::kNewImage);
  put("things", {{"id", Value("a")}});
  ASSERT_TRUE(db().delete_table({.table = "things"}));
  log_is_whole_ = false;
  reopen();
  const auto stream = only_stream();
  EXPECT_FALSE(wait_for(*engine_, &store::Streams::describe_stream, stream)->enabled);
  const auto result = read(stream);
  EXPECT_EQ(result.records.size(), 1);
  EXPECT_TRUE(result.ended);
  clock_.advance_ms(24 * 3600 * 1000 + 1);
  engine_->sweep_expired(1);
  EXPECT_TRUE(streams_of(*engine_).empty());
  const Error gone = error_of(wait_for(*engine_, &store::Streams::describe_stream, stream));
  EXPECT_EQ(gone.code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(gone.message, "Requested resource not found: Stream not found");
}

TEST_F(StreamsTest, ForgetWhatIsADayOld) {
  create_with(store::StreamView::kNewImage);
  put("things", {{"id", Value("old")}});
  clock_.advance_ms(23 * 3600 * 1000);
  put("things", {{"id", Value("young")}});
  clock_.advance_ms(2 * 3600 * 1000);
  const auto stream = only_stream();
  const std::uint64_t first = wait_for(*engine_, &store::Streams::describe_stream, stream)->first_sequence;
  EXPECT_EQ(read(stream).records.size(), 1) << "hidden before it is gone";
  engine_->sweep_expired(1);
  EXPECT_EQ(read(stream).records.size(), 1);
  EXPECT_EQ(error_of(wait_for(*engine_, &store::Streams::read_stream,
                              store::ReadStreamRequest{.stream = stream, .sequence = first}))
                .code,
            ErrorCode::kTrimmedData);
}

TEST_F(StreamsTest, AreSwitchedOnAndOff) {
  create({.name = "things", .keys = {.partition = {"id"}, .sort = {}}});
  put("things", {{"id", Value("before")}});
  ASSERT_TRUE(db().update_table({.table = "things", .stream = store::StreamView::kNewImage}));
  EXPECT_EQ(error_of(db().update_table({.table = "things", .stream = store::StreamView::kNewImage})).message,
            "Table already has an enabled stream: TableName: things");
  put("things", {{"id", Value("during")}});
  ASSERT_TRUE(db().update_table({.table = "things", .stream = std::optional<store::StreamView>()}));
  put("things", {{"id", Value("after")}});
  EXPECT_EQ(error_of(db().update_table({.table = "things", .stream = std::optional<store::StreamView>()})).message,
            "Table has no stream to disable: TableName: things");
  const auto first = only_stream();
  const auto result = read(first);
  ASSERT_EQ(result.records.size(), 1);
  EXPECT_EQ(result.records[0].keys, make({{"id", Value("during")}}));
  EXPECT_TRUE(result.ended);
  ASSERT_TRUE(db().update_table({.table = "things", .stream = store::StreamView::kKeysOnly}));
  EXPECT_EQ(streams_of(*engine_).size(), 2);
  EXPECT_TRUE(read(first).ended);
}

TEST_F(StreamsTest, OfTablesOfOneNameAreNeverTheSame) {
  for (int i = 0; i < 3; ++i) {  // all in the same millisecond
    create_with(store::StreamView::kNewImage);
    put("things", {{"id", Value(std::to_string(i))}});
    ASSERT_TRUE(db().delete_table({.table = "things"}));
  }
  const auto streams = streams_of(*engine_);
  ASSERT_EQ(streams.size(), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto records = read(streams[i]).records;
    ASSERT_EQ(records.size(), 1);
    EXPECT_EQ(records[0].keys, make({{"id", Value(std::to_string(i))}}));
  }
  log_is_whole_ = false;
}

// A write is decided some time before it is committed, and who is told of a stream's end stops reading.
TEST_F(StreamsTest, TheirEndIsToldBehindTheirLastRecord) {
  mrgc::testing::GatedKv& gate = reopen_over<mrgc::testing::GatedKv>();
  for (const bool deletes : {false, true}) {
    create_with(store::StreamView::kNewImage);
    const store::StreamId stream = streams_of(*engine_).back();
    gate.close();
    auto put = start(&store::Store::put_item, {.table = "things", .item = make({{"id", Value("late")}})});
    gate.wait_for_writer();
    auto ended =
        deletes ? start(&store::Store::delete_table, {.table = "things"})
                : start(&store::Store::update_table, {.table = "things", .stream = std::optional<store::StreamView>()});
    const auto before = read(stream);
    EXPECT_TRUE(before.records.empty());
    EXPECT_FALSE(before.ended);
    EXPECT_TRUE(wait_for(*engine_, &store::Streams::describe_stream, stream)->enabled);
    gate.open();
    EXPECT_TRUE(put.get());
    EXPECT_TRUE(ended.get());
    const auto after = read(stream, before.next_sequence);
    EXPECT_EQ(after.records.size(), 1);
    EXPECT_TRUE(after.ended);
    EXPECT_FALSE(wait_for(*engine_, &store::Streams::describe_stream, stream)->enabled);
    if (!deletes) {
      ASSERT_TRUE(db().delete_table({.table = "things"}));
    }
  }
  log_is_whole_ = false;
}

// A stream with a record that is too old.
class StreamRecordsTest : public ::testing::Test {
 protected:
  class Kv final : public mrgc::testing::InterruptedKv {
   public:
    using InterruptedKv::InterruptedKv;
    std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                        const KvSnapshot* at) const override {
      if (readable) return InterruptedKv::iterate(family, std::move(begin), std::move(end), at);
      return std::make_unique<mrgc::testing::FailingIterator>(
          Error{.code = ErrorCode::kStorage, .message = "the test's disk cannot be read"});
    }
    bool readable = true;
  };

  StreamRecordsTest() {
    table_.spec = {.name = "things", .keys = {.partition = {"id"}, .sort = {}}};
    table_.spec.settings.stream = store::StreamView::kNewImage;
    table_.stream_created_ms = id_.created_ms;
    KvBatch batch;
    streams_.begin(batch, table_);
    std::string key = stream_prefix(table_.number, id_.created_ms);
    append_u64(key, log_->next_sequence());
    const Item item = make({{"id", Value("a")}});
    batch.put(Family::kStreams, key, encode_stream_record(table_, std::nullopt, item, clock_.now_ms(), false).value());
    EXPECT_TRUE(kv_.write(batch, false));
    streams_.note_begun(table_);
    clock_.advance_ms(StreamRecords::kRetention_ms + 1);
  }

  Kv kv_{std::make_unique<mrgc::testing::MemoryKv>()};
  base::ManualClock clock_{1'700'000'000'000};
  const std::unique_ptr<ChangeLog> log_ = ChangeLog::open(kv_, "identity", 1000).value();
  StreamRecords streams_{kv_, *log_, clock_};
  Table table_;
  const store::StreamId id_{.table = "things", .created_ms = streams_.new_created_ms("things")};
  KvBatch end_;
};

// Who took it for the end would miss what cannot be read.
TEST_F(StreamRecordsTest, WhoseEndCannotBeReadAreAnError) {
  streams_.end(end_, table_);
  streams_.note_ended(table_);
  kv_.readable = false;
  EXPECT_EQ(error_of(streams_.describe(id_)).code, ErrorCode::kStorage);
  EXPECT_EQ(error_of(streams_.read({.stream = id_, .sequence = log_->next_sequence()})).code, ErrorCode::kStorage);
}

// Else what is written of a stream while its records are trimmed could undo that it has ended.
TEST_F(StreamRecordsTest, NoneEndsWhileItsRecordsAreTrimmed) {
  std::future<void> ending;
  streams_.trim([&](const KvBatch& trimmed) {
    ending = std::async(std::launch::async, [&] {
      streams_.end(end_, table_);
      EXPECT_TRUE(kv_.write(end_, false));
    });
    EXPECT_EQ(ending.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    ASSERT_TRUE(kv_.write(trimmed, false));
  });
  ending.get();
  StreamRecords reopened(kv_, *log_, clock_);
  ASSERT_TRUE(reopened.load());
  EXPECT_FALSE(reopened.describe(id_)->enabled);
}

// There may be many to look at, and whoever ends a stream keeps all writes waiting.
TEST_F(StreamRecordsTest, NoneWaitsWhileItsRecordsAreLookedAt) {
  std::future<void> ending;
  kv_.interrupt(Family::kStreams, [&] {
    ending = std::async(std::launch::async, [&] { streams_.end(end_, table_); });
    EXPECT_EQ(ending.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  });
  streams_.trim([](const KvBatch&) { ADD_FAILURE() << "it is ending by now"; });
}

// Likewise.
TEST_F(StreamRecordsTest, NoneIsTrimmedWhileItEnds) {
  int batches = 0;
  const auto count = [&](const KvBatch&) { ++batches; };
  streams_.end(end_, table_);
  streams_.trim(count);
  EXPECT_EQ(batches, 0);
  streams_.note_ended(table_);
  streams_.trim(count);
  EXPECT_EQ(batches, 1);
}

TEST_F(StreamsTest, SayWhatExpired) {
  create_with(store::StreamView::kOldImage);
  ASSERT_TRUE(db().update_time_to_live({.table = "things", .attribute = "ttl"}));
  put("things", {{"id", Value("a")}, {"ttl", Value(kStart_s + 10)}});
  clock_.advance_ms(3600 * 1000);
  EXPECT_EQ(engine_->sweep_expired(10), 1);
  const auto records = read(only_stream()).records;
  ASSERT_EQ(records.size(), 2);
  EXPECT_TRUE(records[1].expired);
  EXPECT_EQ(records[1].kind, Kind::kRemove);
}

}  // namespace
}  // namespace mrgc::engine::testing
