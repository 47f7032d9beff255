#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "fleet_world.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

constexpr std::int64_t kStaleAfterSeconds = 120;

struct BestInstancesSearch : testing::Test, FleetWorld {
  void put(const RoutingState& row) {
    store::PutItemRequest request;
    request.table = "mrgc-routing-state";
    request.item = row.to_item();
    ASSERT_TRUE(succeeds(store::BlockingStore(store).put_item(request)));
  }
  void put_all(const std::vector<RoutingState>& rows) {
    for (const RoutingState& row : rows) put(row);
  }
  void remove_all(const std::vector<RoutingState>& rows) {
    for (const RoutingState& row : rows) {
      ASSERT_TRUE(succeeds(state.delete_routing_state(row.instance_id, row.region)));
    }
  }
  RoutingState row(int number, double score) {
    RoutingState made;
    // Of different lengths, so that the order of ids is not the order of numbers.
    made.instance_id = "i-" + std::to_string(number);
    made.region = "us-east-1";
    made.model_pool = "model-a";
    made.routing_score = score;
    made.last_updated = clock.now_s();
    made.ttl = clock.now_s() + 3600;
    return made;
  }
  BestInstances best(std::size_t limit, std::string pool = "") {
    BestQuery query;
    query.region = "us-east-1";
    query.limit = limit;
    query.model_pool = std::move(pool);
    query.stale_after_s = kStaleAfterSeconds;
    const Result<BestInstances> found = state.find_best_instances(query);
    EXPECT_TRUE(succeeds(found));
    return *found;
  }
};

std::vector<std::string> ids(const std::vector<RoutingState>& rows) {
  std::vector<std::string> result;
  result.reserve(rows.size());
  for (const RoutingState& row : rows) result.push_back(row.instance_id);
  return result;
}

TEST_F(BestInstancesSearch, AreThoseOfASortedList) {
  EXPECT_TRUE(rc::check([this] {
    const int size = *rc::gen::inRange(0, 60);
    // Few scores make many ties.
    const int distinct_scores = *rc::gen::element(1, 3, 100);
    std::vector<RoutingState> fleet;
    for (int i = 0; i < size; ++i) {
      RoutingState made = row(i, *rc::gen::inRange(0, distinct_scores) * 0.5);
      made.region = *rc::gen::weightedElement<std::string>({{9, "us-east-1"}, {1, "us-east-2"}});
      made.model_pool = *rc::gen::element<std::string>("model-a", "model-b");
      made.last_updated -= *rc::gen::weightedElement<std::int64_t>({{7, 0}, {2, 120}, {2, 121}, {1, 3000}});
      made.ttl = clock.now_s() + *rc::gen::weightedElement<std::int64_t>({{9, 3600}, {1, 1}, {1, 0}, {1, -50}});
      fleet.push_back(made);
    }
    put_all(fleet);
    const std::string pool = *rc::gen::element<std::string>("", "model-a", "model-b", "model-c");
    const auto limit = *rc::gen::inRange<std::size_t>(1, 25);
    const BestInstances found = best(limit, pool);

    std::vector<RoutingState> wanted;
    for (const RoutingState& candidate : fleet) {
      const bool fresh = candidate.ttl > clock.now_s() && candidate.last_updated >= clock.now_s() - kStaleAfterSeconds;
      const bool asked_for = candidate.region == "us-east-1" && (pool.empty() || candidate.model_pool == pool);
      if (fresh && asked_for) wanted.push_back(candidate);
    }
    std::ranges::sort(wanted, [](const RoutingState& a, const RoutingState& b) {
      return std::tie(b.routing_score, a.instance_id) < std::tie(a.routing_score, b.instance_id);
    });
    wanted.resize(std::min(wanted.size(), limit));
    remove_all(fleet);
    RC_ASSERT(found.instances == wanted);
    RC_ASSERT(found.malformed == 0U);
  }));
}

TEST_F(BestInstancesSearch, TakeOneQueryWhenTheLastPlaceIsClear) {
  for (int i = 0; i < 100; ++i) put(row(i, i));
  const std::uint64_t before = state.stats().reads;
  EXPECT_EQ(ids(best(5).instances), (std::vector<std::string>{"i-99", "i-98", "i-97", "i-96", "i-95"}));
  EXPECT_EQ(state.stats().reads - before, 1U);
}

TEST_F(BestInstancesSearch, TakeTwoQueriesWhenTheLastPlaceIsContested) {
  for (int i = 0; i < 100; ++i) put(row(i, 100));
  put(row(500, 100.0000001));
  const std::uint64_t before = state.stats().reads;
  EXPECT_EQ(ids(best(4).instances), (std::vector<std::string>{"i-500", "i-0", "i-1", "i-10"}));
  EXPECT_EQ(state.stats().reads - before, 2U);
}

TEST_F(BestInstancesSearch, CountWhatIsPassedOver) {
  put(row(1, 10));
  RoutingState silent = row(2, 99);
  silent.last_updated -= kStaleAfterSeconds + 1;
  put(silent);
  RoutingState expired = row(3, 98);
  expired.ttl = clock.now_s();
  put(expired);
  store::PutItemRequest malformed;
  malformed.table = "mrgc-routing-state";
  malformed.item = item::ItemBuilder(row(4, 97).to_item()).set("health_status", "splendid").build();
  ASSERT_TRUE(succeeds(store::BlockingStore(store).put_item(malformed)));
  const BestInstances found = best(5);
  EXPECT_EQ(ids(found.instances), std::vector<std::string>{"i-1"});
  EXPECT_EQ(found.stale, 1U);
  EXPECT_EQ(found.expired, 1U);
  EXPECT_EQ(found.malformed, 1U);
}

TEST_F(BestInstancesSearch, OfARarePoolPageUntilThereAreEnough) {
  for (int i = 0; i < 2000; ++i) {
    RoutingState made = row(i, 50 + i % 40);
    made.model_pool = "model-b";
    put(made);
  }
  for (int i = 5000; i < 5008; ++i) put(row(i, 1 + i % 3));
  const std::uint64_t before = state.stats().reads;
  EXPECT_EQ(ids(best(5, "model-a").instances),
            (std::vector<std::string>{"i-5000", "i-5003", "i-5006", "i-5002", "i-5005"}));
  EXPECT_LE(state.stats().reads - before, 6U) << "pages grow";
}

TEST_F(BestInstancesSearch, RefuseWhatCannotBeAsked) {
  const auto ask = [this](std::size_t limit, std::string region, std::string pool) {
    BestQuery query;
    query.region = std::move(region);
    query.limit = limit;
    query.model_pool = std::move(pool);
    return state.find_best_instances(query);
  };
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, ask(0, "us-east-1", "")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, ask(1001, "us-east-1", "")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, ask(1, "mars", "")));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, ask(1, "us-east-1", "a b")));
}

}  // namespace
}  // namespace mrgc::fleet
