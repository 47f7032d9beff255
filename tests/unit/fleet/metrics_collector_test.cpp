#include "mrgc/fleet/metrics_collector.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "fleet_world.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

constexpr const char* kEast = "us-east-1";
constexpr const char* kWest = "us-west-2";

struct Collector : testing::Test, FleetWorld {
  std::unique_ptr<MetricsCollector> new_collector(const CollectorOptions& options = {}) {
    return std::make_unique<MetricsCollector>(state, clock, random, options);
  }
  void flush(MetricsCollector& collector) {
    const FlushReport report = collector.flush();
    ASSERT_EQ(report.pending + report.dropped, 0U) << (report.error ? report.error->message : "");
  }
  std::vector<MetricReading> read(std::string_view name, std::int64_t from_s = kStartSeconds,
                                  std::int64_t to_s = kStartSeconds + 36'000) {
    const auto read = new_collector()->query_metric(name, from_s, to_s);
    EXPECT_TRUE(succeeds(read));
    EXPECT_EQ(read->malformed, 0U);
    return read->readings;
  }
  MetricReading read_one(std::string_view name) {
    const std::vector<MetricReading> readings = read(name);
    EXPECT_EQ(readings.size(), 1U) << name;
    return readings.empty() ? MetricReading{} : readings.front();
  }
  std::uint64_t requests() {
    std::uint64_t sum = 0;
    for (const MetricReading& reading : read("rps")) sum += reading.total.count;
    return sum;
  }
};

TEST_F(Collector, RequestsBecomeARate) {
  const auto collector = new_collector();
  for (int i = 0; i < 90; ++i) ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-b")));
  flush(*collector);
  const MetricReading reading = read_one("rps");
  EXPECT_EQ(reading.minute, kStartSeconds);
  EXPECT_EQ(reading.region, kEast);
  EXPECT_EQ(reading.unit, "Count/Second");
  EXPECT_EQ(reading.total.value, 2.0);
  EXPECT_EQ(reading.total.count, 120U);
  EXPECT_EQ(reading.pools.at("model-a").value, 1.5);
  EXPECT_EQ(reading.pools.at("model-b").count, 30U);
  const Metric row = state.get_metric("rps", kStartSeconds).value();
  EXPECT_EQ(row.value, 2.0) << "also for readers of the bare table";
  EXPECT_EQ(row.ttl, kStartSeconds + 30 * 86'400);
}

TEST_F(Collector, GivenRatesOfASourceAreAMeanAndThoseOfSeveralAddUp) {
  const auto first = new_collector({.source = "gateway-1"});
  const auto second = new_collector({.source = "gateway-2"});
  for (const double rps : {40.0, 50.0}) ASSERT_TRUE(succeeds(first->record_rps(kEast, "model-a", rps)));
  ASSERT_TRUE(succeeds(second->record_rps(kEast, "model-a", 10)));
  ASSERT_TRUE(succeeds(second->record_rps(kEast, "model-b", 1)));
  flush(*first);
  flush(*second);
  EXPECT_EQ(read_one("rps").total.value, 45 + 10 + 1);
  EXPECT_EQ(read_one("rps").pools.at("model-a").value, 55);
}

TEST_F(Collector, ARestartDoesNotDoubleGivenRatesAndRequestsStillAddUp) {
  for (int restart = 0; restart < 3; ++restart) {
    const auto collector = new_collector();
    ASSERT_TRUE(succeeds(collector->record_rps(kEast, "model-a", 45)));
    ASSERT_TRUE(succeeds(collector->record_rps(kEast, "model-a", 47)));
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-b")));
    flush(*collector);
    advance_s(10);
  }
  EXPECT_EQ(read_one("rps").pools.at("model-a").value, 46);
  EXPECT_EQ(read_one("rps").pools.at("model-b").value, 3);
  EXPECT_EQ(state.get_metric("rps", kStartSeconds).value().value, 49);
}

TEST_F(Collector, ASourceHasAName) {
  for (const std::string& bad : {std::string(), std::string("a b"), std::string(122, 's')}) {
    const auto collector = new_collector({.source = bad});
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_rps(kEast, "model-a", 1)));
  }
  const auto longest = new_collector({.source = std::string(121, 's')});
  EXPECT_TRUE(succeeds(longest->record_rps(kEast, "model-a", 1)));
  flush(*longest);
}

TEST_F(Collector, SamplesMayAddUpToMoreThanOneMayBe) {
  const auto collector = new_collector();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(succeeds(collector->record_model_load_time(kEast, "model-a", 1e15)));
  flush(*collector);
  EXPECT_EQ(read_one("model_load_time").total.value, 1e15);
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_model_load_time(kEast, "model-a", 2e15)));
}

TEST_F(Collector, SamplesAreAggregatedByKind) {
  const auto collector = new_collector();
  for (const std::int64_t depth : {0, 4, 8}) {
    ASSERT_TRUE(succeeds(collector->record_queue_depth(kEast, "model-a", depth)));
  }
  ASSERT_TRUE(succeeds(collector->record_model_load_time(kEast, "model-a", 32.5)));
  ASSERT_TRUE(succeeds(collector->record_inference_latency(kEast, "model-a", 150, "p95")));
  ASSERT_TRUE(succeeds(collector->record_enclave_operation(kEast, "model-a", "attest", 10)));
  ASSERT_TRUE(succeeds(collector->record_enclave_operation(kEast, "model-a", "start", 30)));
  ASSERT_TRUE(succeeds(collector->record_cleanup_result(kEast, "model-a", true)));
  ASSERT_TRUE(succeeds(collector->record_cleanup_result(kEast, "model-a", true)));
  ASSERT_TRUE(succeeds(collector->record_cleanup_result(kEast, "model-a", false)));
  flush(*collector);
  const MetricReading depth = read_one("queue_depth");
  EXPECT_EQ(depth.total.value, 4);
  EXPECT_EQ(depth.total.count, 3U);
  EXPECT_EQ(depth.total.min, 0);
  EXPECT_EQ(depth.total.max, 8);
  EXPECT_EQ(depth.total.p50, std::nullopt);
  EXPECT_EQ(read_one("model_load_time").total.value, 32.5);
  EXPECT_EQ(read_one("model_load_time").unit, "Seconds");
  EXPECT_EQ(read_one("inference_latency_p95").total.value, 150);
  EXPECT_EQ(read_one("enclave_operation").total.value, 20);
  EXPECT_EQ(read_one("enclave_operation").pools.at("model-a/attest").value, 10);
  EXPECT_EQ(read_one("cleanup_passed").total.value, 2);
  EXPECT_EQ(read_one("cleanup_failed").total.value, 1);
}

TEST_F(Collector, PercentilesAreOfAllWritersAndPoolsTogether) {
  std::vector<double> all;
  const auto first = new_collector();
  const auto second = new_collector();
  for (int i = 1; i <= 3000; ++i) {
    const double latency_ms = i * 0.7;
    all.push_back(latency_ms);
    MetricsCollector& collector = i % 3 == 0 ? *first : *second;
    ASSERT_TRUE(
        succeeds(collector.record_inference_latency_sample(kEast, i % 2 == 0 ? "model-a" : "model-b", latency_ms)));
  }
  flush(*first);
  flush(*second);
  const MetricReading reading = read_one("inference_latency");
  const auto near_exact = [&](std::optional<double> value, double q) {
    const double exact = all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
    ASSERT_TRUE(value.has_value());
    EXPECT_NEAR(*value, exact, exact * 0.0101) << q;
  };
  near_exact(reading.total.p50, 0.50);
  near_exact(reading.total.p95, 0.95);
  near_exact(reading.total.p99, 0.99);
  EXPECT_EQ(reading.total.value, *reading.total.p95);
  EXPECT_EQ(reading.total.count, 3000U);
  EXPECT_EQ(reading.total.max, all.back());
  EXPECT_EQ(state.get_metric("inference_latency", kStartSeconds).value().value, *reading.total.p95);
}

TEST_F(Collector, RegionsAndMinutesAreRowsOfTheirOwn) {
  const auto collector = new_collector();
  for (int minute = 0; minute < 3; ++minute) {
    for (const char* region : {kEast, kWest}) ASSERT_TRUE(succeeds(collector->record_request(region, "model-a")));
    ASSERT_TRUE(succeeds(collector->record_queue_depth(kWest, "model-a", minute)));
    advance_s(60);
  }
  flush(*collector);
  EXPECT_EQ(read("rps").size(), 6U);
  // A part of a minute is the whole of it.
  EXPECT_EQ(read("rps", kStartSeconds + 70, kStartSeconds + 125).size(), 4U);
  const auto west = collector->query_metrics_by_region(kWest, kStartSeconds + 61, kStartSeconds + 61);
  ASSERT_TRUE(succeeds(west));
  ASSERT_EQ(west->readings.size(), 2U);
  for (const MetricReading& reading : west->readings) {
    EXPECT_EQ(reading.region, kWest);
    EXPECT_EQ(reading.minute, kStartSeconds + 60);
  }
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->query_metric("rps", 2, 1)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->query_metrics_by_region("mars", 1, 2)));
}

TEST_F(Collector, ARestartInMidMinuteLosesAndDoublesNothingThatWasFlushed) {
  for (int restart = 0; restart < 4; ++restart) {
    const auto collector = new_collector();
    for (int flushes = 0; flushes < 3; ++flushes) {
      ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
      flush(*collector);
      flush(*collector);
    }
    // Not flushed, so lost with the collector.
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
    advance_s(3);
  }
  EXPECT_EQ(requests(), 12U);
  EXPECT_EQ(read("rps").size(), 1U);
}

TEST_F(Collector, AFailedFlushIsMadeUpForByTheNext) {
  const auto collector = new_collector();
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  flush(*collector);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  // Refused before the store; and done, but with the answer lost on the way: both look the same from here.
  store.cut_off();
  EXPECT_EQ(collector->flush().pending, 1U);
  store.pass();
  EXPECT_EQ(requests(), 1U);
  store.lose_answers();
  EXPECT_EQ(collector->flush().pending, 1U);
  store.pass();
  EXPECT_EQ(requests(), 2U);
  store.cut_off();
  advance_s(120);
  EXPECT_EQ(collector->flush().pending, 1U);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  EXPECT_EQ(collector->flush().pending, 2U);
  store.pass();
  EXPECT_EQ(collector->flush().written, 2U);
  EXPECT_EQ(collector->flush().written, 0U);
  EXPECT_EQ(requests(), 3U);
}

TEST_F(Collector, AFirstFlushWhoseAnswerIsLostIsNotDoubled) {
  const auto collector = new_collector();
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  store.lose_answers();
  EXPECT_EQ(collector->flush().pending, 1U);
  store.pass();
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  flush(*collector);
  EXPECT_EQ(requests(), 2U);
}

// Names that leave room for fewer pools than there are.
TEST_F(Collector, ARowThatIsFullIsDroppedAndNotTriedForEver) {
  const auto collector = new_collector();
  const std::string name(118, 'p');
  for (int i = 0; i < 4000; ++i) {
    ASSERT_TRUE(succeeds(collector->record_request(kEast, name + std::to_string(i))));
  }
  ASSERT_TRUE(succeeds(collector->record_queue_depth(kEast, "model-a", 1)));
  const FlushReport full = collector->flush();
  EXPECT_EQ(full.dropped, 1U);
  EXPECT_EQ(full.pending, 0U);
  EXPECT_EQ(full.written, 1U) << "the other row";
  ASSERT_TRUE(full.error.has_value());
  EXPECT_EQ(full.error->code, ErrorCode::kValidation) << full.error->message;
  const std::uint64_t writes = state.stats().writes;
  EXPECT_EQ(collector->flush().dropped, 0U);
  EXPECT_EQ(state.stats().writes, writes);
  EXPECT_GT(requests(), 1000U) << "what there was room for";
  // What is in the row does not begin anew.
  ASSERT_TRUE(succeeds(collector->record_request(kEast, name + "0")));
  flush(*collector);
  EXPECT_EQ(read_one("rps").pools.at(name + "0").count, 2U);
  // Memory is given back with the minute.
  advance_s(120);
  flush(*collector);
  for (std::size_t i = 0; i < MetricsCollector::kMaxParts; ++i) {
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "pool-" + std::to_string(i))));
  }
}

TEST_F(Collector, ATableThatIsMissingMayStillBeMade) {
  const auto collector = new_collector();
  ASSERT_TRUE(succeeds(store::BlockingStore(store).delete_table({.table = "mrgc-metrics"})));
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  EXPECT_EQ(collector->flush().pending, 1U);
  ASSERT_TRUE(succeeds(state.create_tables()));
  flush(*collector);
  EXPECT_EQ(requests(), 1U);
}

TEST_F(Collector, AValueThatWasNotBroughtUpToDateIsByTheNextFlushAndNeverMisleadsReaders) {
  const auto collector = new_collector();
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  flush(*collector);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  int updates = 0;
  store.intercept([&updates](std::string_view operation, const std::string&) {
    return operation == "update_item" && ++updates == 2 ? store::InterceptedStore::unreachable() : std::nullopt;
  });
  EXPECT_EQ(collector->flush().pending, 1U) << "the parts arrived, the value did not";
  store.pass();
  EXPECT_EQ(state.get_metric("rps", kStartSeconds).value().value, 1 / 60.0);
  EXPECT_EQ(read_one("rps").total.value, 2 / 60.0);
  flush(*collector);
  EXPECT_EQ(state.get_metric("rps", kStartSeconds).value().value, 2 / 60.0);
}

TEST_F(Collector, AWriterThatWasOvertakenLeavesTheValueToTheOther) {
  const auto slow = new_collector();
  const auto quick = new_collector();
  for (MetricsCollector* collector : {slow.get(), quick.get()}) {
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
    flush(*collector);
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  }
  int updates = 0;
  store.intercept([&](std::string_view operation, const std::string&) -> std::optional<Error> {
    if (operation != "update_item" || ++updates != 2) return std::nullopt;
    store.pass();
    // The slow one has written its part and computed the value; now the other writes its own part and value.
    flush(*quick);
    return std::nullopt;
  });
  flush(*slow);
  EXPECT_EQ(updates, 2);
  EXPECT_EQ(state.get_metric("rps", kStartSeconds).value().value, 4 / 60.0);
}

TEST_F(Collector, AClockThatGoesBackOverwritesNothing) {
  const auto collector = new_collector();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  advance_s(61);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  flush(*collector);  // forgets the first minute
  clock.set_ms((kStartSeconds + 30) * 1000);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "model-a")));
  flush(*collector);
  advance_s(120);
  flush(*collector);
  EXPECT_EQ(requests(), 7U);
  EXPECT_EQ(read("rps", kStartSeconds, kStartSeconds)[0].total.count, 6U);
}

TEST_F(Collector, NothingIsLostOrDoubledWhateverHappens) {
  EXPECT_TRUE(rc::check([this] {
    // A stretch of time of its own for each case.
    static std::int64_t next_s = kStartSeconds;
    const std::int64_t from_s = next_s += 86'400;
    clock.set_ms(from_s * 1000);
    std::uint64_t flushed = 0;
    std::uint64_t recorded = 0;  // by the present collector
    auto collector = new_collector();
    const int steps = *rc::gen::inRange(0, 60);
    for (int step = 0; step < steps; ++step) {
      switch (*rc::gen::inRange(0, 9)) {
        case 0:
          clock.advance_ms(*rc::gen::inRange(-150'000, 200'000));
          clock.set_ms(std::max(clock.now_ms(), from_s * 1000));
          break;
        case 1:  // a restart
          collector = new_collector();
          recorded = 0;
          break;
        case 2: store.cut_off(); break;
        case 3: store.pass(); break;
        case 4: {
          const FlushReport report = collector->flush();
          if (report.pending > 0) break;
          flushed += recorded;
          recorded = 0;
          break;
        }
        default:
          const std::string pool = *rc::gen::element<std::string>("model-a", "model-b", "model-c");
          RC_ASSERT(collector->record_request(*rc::gen::element(kEast, kWest), pool).has_value());
          ++recorded;
      }
    }
    store.pass();
    RC_ASSERT(collector->flush().pending == 0U);
    flushed += recorded;
    std::uint64_t found = 0;
    for (const MetricReading& reading : read("rps", from_s, from_s + 80'000)) found += reading.total.count;
    RC_ASSERT(found == flushed);
  }));
}

TEST_F(Collector, ManyWritersOfTheSameRowsMergeCompletely) {
  constexpr int kWriters = 6;
  constexpr int kRounds = 25;
  std::vector<std::jthread> writers;
  writers.reserve(kWriters);
  std::atomic<int> unfinished = 0;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const auto collector = new_collector();
      for (int i = 0; i < kRounds; ++i) {
        // Pools of several writers come up for the first time while others update the row.
        const std::string pool = "model-" + std::to_string((w + i / 5) % 4);
        if (!collector->record_request(kEast, pool)) ++unfinished;
        if (!collector->record_inference_latency_sample(kEast, pool, 100 + i)) ++unfinished;
        ignore(collector->flush());
      }
      if (collector->flush().pending > 0) ++unfinished;
    });
  }
  writers.clear();
  EXPECT_EQ(unfinished, 0);
  EXPECT_EQ(read_one("rps").total.count, static_cast<std::uint64_t>(kWriters * kRounds));
  EXPECT_EQ(read_one("rps").pools.size(), 4U);
  EXPECT_EQ(read_one("inference_latency").total.count, static_cast<std::uint64_t>(kWriters * kRounds));
  // Whoever came last brought the bare value up to date.
  EXPECT_EQ(state.get_metric("rps", kStartSeconds).value().value, read_one("rps").total.value);
  EXPECT_EQ(state.get_metric("inference_latency", kStartSeconds).value().value,
            read_one("inference_latency").total.value);
}

TEST_F(Collector, OneCollectorMayBeUsedByManyThreads) {
  const auto collector = new_collector();
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          ignore(collector->record_request(kEast, "model-a"));
          if (i % 100 == 0) ignore(collector->flush());
        }
      });
    }
  }
  flush(*collector);
  EXPECT_EQ(requests(), 2000U);
}

TEST_F(Collector, AThousandPoolsFitIntoOneRow) {
  const auto collector = new_collector();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "pool-" + std::to_string(i))));
  }
  flush(*collector);
  EXPECT_EQ(requests(), 1000U);
  ASSERT_TRUE(succeeds(collector->record_request(kEast, "pool-5")));
  flush(*collector);
  EXPECT_EQ(read_one("rps").pools.at("pool-5").count, 2U);
}

TEST_F(Collector, RefusesWhatItCannotTake) {
  const auto collector = new_collector();
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_request("mars", "model-a")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_request(kEast, "a/b")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_rps(kEast, "model-a", -1)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_rps(kEast, "model-a", not_a_number)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_queue_depth(kEast, "model-a", 11)));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_inference_latency(kEast, "model-a", 1, "p90")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, collector->record_enclave_operation(kEast, "model-a", "", 1)));
  EXPECT_EQ(collector->flush().written, 0U);
}

TEST_F(Collector, MemoryIsBoundedWhileTheStoreIsAway) {
  const auto collector = new_collector();
  store.cut_off();
  for (std::size_t i = 0; i < MetricsCollector::kMaxParts; ++i) {
    ASSERT_TRUE(succeeds(collector->record_request(kEast, "pool-" + std::to_string(i))));
  }
  EXPECT_TRUE(fails_with(ErrorCode::kLimitExceeded, collector->record_request(kEast, "one-more")));
  EXPECT_TRUE(succeeds(collector->record_request(kEast, "pool-7"))) << "what is there already can still grow";
}

TEST_F(Collector, RowsOfOthersMakingAreReadForTheirValue) {
  Metric foreign;
  foreign.metric_name = "disk_full";
  foreign.region = kEast;
  foreign.timestamp = kStartSeconds;
  foreign.value = 12.5;
  foreign.unit = "Percent";
  ASSERT_TRUE(succeeds(state.create_metric(foreign)));
  EXPECT_EQ(read_one("disk_full").total.value, 12.5);
  EXPECT_EQ(read_one("disk_full").unit, "Percent");
}

TEST_F(Collector, PartsOfOthersMakingDoNotBreakFlushes) {
  const auto collector = new_collector();
  ASSERT_TRUE(succeeds(collector->record_rps(kEast, "model-a", 1)));
  flush(*collector);
  store::UpdateItemRequest update;
  update.table = "mrgc-metrics";
  update.key = item::ItemBuilder().set("metric_name", "rps").set("timestamp", kStartSeconds).build();
  update.update_expression = "SET dimensions.#p.w = :part";
  update.names = {{"#p", "model-a"}};
  const item::Number huge = item::Number::parse("9E125").value();
  update.values = item::ItemBuilder()
                      .set(":part", item::Value::Map{{"count", 1}, {"sum", huge}, {"min", huge}, {"max", huge}})
                      .build();
  ASSERT_TRUE(succeeds(store::BlockingStore(store).update_item(update)));
  update.update_expression = "SET dimensions.#p.v = :part";
  ASSERT_TRUE(succeeds(store::BlockingStore(store).update_item(update)));
  // Their two rates are numbers, and their sum is none.
  ASSERT_TRUE(succeeds(collector->record_rps(kEast, "model-a", 3)));
  const FlushReport report = collector->flush();
  EXPECT_EQ(report.pending, 0U) << report.error->message;
  EXPECT_EQ(report.dropped, 0U) << report.error->message;
  EXPECT_EQ(report.written, 1U);
  const Metric row = state.get_metric("rps", kStartSeconds).value();
  EXPECT_EQ(row.value, 1) << "as it was";
  EXPECT_EQ(row.parts.at("model-a").at("source:default").sum, 4);
  EXPECT_EQ(collector->flush().written, 0U);
}

TEST(MetricKinds, ReadBackByName) {
  for (const MetricKind& kind : metric_kinds()) {
    EXPECT_EQ(find_metric_kind(kind.name), &kind);
    EXPECT_EQ(&metric_kind(kind.id), &kind);
  }
  EXPECT_EQ(find_metric_kind("nothing"), nullptr);
}

}  // namespace
}  // namespace mrgc::fleet
