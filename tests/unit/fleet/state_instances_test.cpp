#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fleet_world.h"
#include "mrgc/store/blocking.h"

namespace mrgc::fleet {
namespace {

using enum InstanceState;

struct StateInstances : testing::Test, FleetWorld {
  void put(const std::string& id, const std::string& region, const std::string& pool, InstanceState to) {
    ASSERT_TRUE(succeeds(state.register_instance(registration(id, region, pool))));
    if (to == kLaunching) return;
    if (to == kDraining) change(id, kAvailable);
    change(id, to);
  }
  void change(const std::string& id, InstanceState to) {
    StateChange wanted;
    wanted.to = to;
    ASSERT_TRUE(succeeds(state.update_instance_state(id, wanted)));
  }
};

std::set<std::string> ids(const Result<Listing<GpuInstance>>& listing) {
  EXPECT_TRUE(succeeds(listing));
  std::set<std::string> result;
  for (const GpuInstance& row : listing->rows) EXPECT_TRUE(result.insert(row.instance_id).second) << row.instance_id;
  EXPECT_EQ(listing->malformed, 0U);
  return result;
}

TEST_F(StateInstances, RegistrationStoresWhatWasSaid) {
  EXPECT_EQ(state.register_instance(registration("i-1")).value(), Registered::kCreated);
  const auto row = state.get_instance("i-1");
  ASSERT_TRUE(succeeds(row));
  EXPECT_EQ(row->state, kLaunching);
  EXPECT_EQ(row->region, "us-east-1");
  EXPECT_EQ(row->model_pool, "model-a");
  EXPECT_EQ(row->queue_depth, 0);
  EXPECT_EQ(row->launch_time, kStartSeconds);
  EXPECT_EQ(row->last_heartbeat, kStartSeconds);
  EXPECT_EQ(row->ip_address, "10.66.10.50");
  EXPECT_EQ(row->subnet_id, "subnet-12345");
  EXPECT_EQ(row->availability_zone, "us-east-1a");
  EXPECT_EQ(row->subnet_cidr, "10.66.10.0/23");
  EXPECT_EQ(row->metadata, (item::Value::Map{{"ami_id", "ami-12345"}}));
  EXPECT_EQ(row->ttl, std::nullopt) << "only terminated instances have a time to live";
}

TEST_F(StateInstances, SameBootRegisteringAgainRenewsFactsAndKeepsState) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  advance_s(100);
  Registration again = registration("i-1");
  again.ip_address = "10.66.10.51";
  EXPECT_EQ(state.register_instance(again).value(), Registered::kRefreshed);
  const GpuInstance row = state.get_instance("i-1").value();
  EXPECT_EQ(row.state, kAvailable);
  EXPECT_EQ(row.ip_address, "10.66.10.51");
  EXPECT_EQ(row.last_heartbeat, kStartSeconds + 100);
  EXPECT_EQ(row.launch_time, kStartSeconds);
}

TEST_F(StateInstances, WithoutBootIdsTheIdAloneTells) {
  EXPECT_EQ(state.register_instance(registration("i-1", "us-east-1", "model-a", "")).value(), Registered::kCreated);
  EXPECT_EQ(state.register_instance(registration("i-1", "us-east-1", "model-a", "")).value(), Registered::kRefreshed);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.register_instance(registration("i-1"))));
}

TEST_F(StateInstances, AliveElsewhereIsRefused) {
  for (const InstanceState alive : {kLaunching, kAvailable, kDraining}) {
    const std::string id = "i-" + std::string(to_string(alive));
    put(id, "us-east-1", "model-a", alive);
    const GpuInstance before = state.get_instance(id).value();
    const auto other_boot = state.register_instance(registration(id, "us-east-1", "model-a", "boot-2"));
    EXPECT_TRUE(fails_with(ErrorCode::kRefused, other_boot));
    EXPECT_NE(other_boot.error().message.find("boot-1"), std::string::npos) << other_boot.error().message;
    EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.register_instance(registration(id, "us-east-2"))));
    EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.register_instance(registration(id, "us-east-1", "model-b"))));
    EXPECT_EQ(state.get_instance(id).value(), before);
  }
}

TEST_F(StateInstances, QuarantineRefusesRegistrationUntilTerminated) {
  put("i-1", "us-east-1", "model-a", kQuarantined);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.register_instance(registration("i-1"))));
  EXPECT_TRUE(
      fails_with(ErrorCode::kRefused, state.register_instance(registration("i-1", "us-east-1", "model-a", "boot-2"))));
  change("i-1", kTerminated);
  EXPECT_EQ(state.register_instance(registration("i-1", "us-east-2", "model-b", "boot-2")).value(),
            Registered::kCreated);
  const GpuInstance row = state.get_instance("i-1").value();
  EXPECT_EQ(row.state, kLaunching);
  EXPECT_EQ(row.region, "us-east-2");
  EXPECT_EQ(row.ttl, std::nullopt);
  EXPECT_EQ(row.quarantine_reason, "");
}

TEST_F(StateInstances, ATerminatedBootDoesNotComeBack) {
  for (const InstanceState last : {kLaunching, kAvailable, kDraining, kQuarantined}) {
    const std::string id = "i-" + std::string(to_string(last));
    put(id, "us-east-1", "model-a", last);
    change(id, kTerminated);
    advance_s(100);
    const GpuInstance before = state.get_instance(id).value();
    const auto same_boot = state.register_instance(registration(id));
    ASSERT_TRUE(fails_with(ErrorCode::kRefused, same_boot)) << "its agent still runs, on an unwiped machine";
    EXPECT_NE(same_boot.error().message.find("this boot was terminated; a new boot may register"), std::string::npos);
    const auto nameless = state.register_instance(registration(id, "us-east-1", "model-a", ""));
    EXPECT_TRUE(fails_with(ErrorCode::kRefused, nameless)) << "it may be the same boot";
    const auto heartbeat = state.heartbeat(id, 1, "boot-1");
    ASSERT_TRUE(fails_with(ErrorCode::kRefused, heartbeat));
    EXPECT_NE(heartbeat.error().message.find("a new boot may register"), std::string::npos);
    EXPECT_EQ(state.get_instance(id).value(), before);
    EXPECT_EQ(state.register_instance(registration(id, "us-east-1", "model-a", "boot-2")).value(),
              Registered::kCreated);
  }
}

TEST_F(StateInstances, WhereNoBootHasAnIdATerminatedInstanceMayRegister) {
  ASSERT_TRUE(succeeds(state.register_instance(registration("i-1", "us-east-1", "model-a", ""))));
  change("i-1", kTerminated);
  EXPECT_EQ(state.register_instance(registration("i-1", "us-east-1", "model-a", "")).value(), Registered::kCreated);
  change("i-1", kTerminated);
  EXPECT_EQ(state.register_instance(registration("i-1")).value(), Registered::kCreated);
}

TEST_F(StateInstances, BadRegistrationsAreRefusedBeforeAnythingIsWritten) {
  for (const Registration& bad :
       {registration(""), registration("i 1"), registration(std::string(129, 'i')), registration("i-1", "mars"),
        registration("i-1", "us-east-1", ""), registration("i-1", "us-east-1", "a/b"),
        registration("i-1", "us-east-1", "model-a", "\n")}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.register_instance(bad)));
  }
  EXPECT_EQ(state.stats().writes, 0U);
}

TEST_F(StateInstances, HeartbeatsOfTheUnknownCreateNothing) {
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.heartbeat("i-1", 3)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_instance("i-1")));
  EXPECT_TRUE(state.scan_instances().value().rows.empty());
}

TEST_F(StateInstances, HeartbeatsTellTimeAndQueueInEveryStateButTheLast) {
  for (const InstanceState alive : {kLaunching, kAvailable, kDraining, kQuarantined}) {
    const std::string id = "i-" + std::string(to_string(alive));
    put(id, "us-east-1", "model-a", alive);
    advance_s(10);
    ASSERT_TRUE(succeeds(state.heartbeat(id, 3, "boot-1")));
    const GpuInstance row = state.get_instance(id).value();
    EXPECT_EQ(row.queue_depth, 3);
    EXPECT_EQ(row.last_heartbeat, clock.now_s());
    EXPECT_EQ(row.state, alive);
    EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.heartbeat(id, 3, "boot-2")));
  }
  put("i-1", "us-east-1", "model-a", kTerminated);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.heartbeat("i-1", 3)));
}

TEST_F(StateInstances, HeartbeatsRefuseImpossibleQueues) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  for (const std::int64_t depth : {-1, 11}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.heartbeat("i-1", depth)));
  }
  EXPECT_EQ(state.get_instance("i-1").value().queue_depth, 0);
}

TEST_F(StateInstances, AHeartbeatCostsOneWriteOfTheTableAlone) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  const StateStats before = state.stats();
  ASSERT_TRUE(succeeds(state.heartbeat("i-1", 3)));
  EXPECT_EQ(state.stats().writes - before.writes, 1U);
  EXPECT_EQ(state.stats().reads, before.reads);
  EXPECT_EQ(state.stats().write_units - before.write_units, 1.0) << "no index may be charged";
}

TEST_F(StateInstances, StateChangesSetWhatTheyShould) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  StateChange drain;
  drain.to = kDraining;
  drain.queue_depth = 4;
  advance_s(10);
  const auto draining = state.update_instance_state("i-1", drain);
  ASSERT_TRUE(succeeds(draining));
  EXPECT_EQ(draining->state, kDraining);
  EXPECT_EQ(draining->queue_depth, 4);
  EXPECT_EQ(draining->drained_at, kStartSeconds + 10);
  EXPECT_EQ(draining->state_changed_at, kStartSeconds + 10);
  EXPECT_EQ(*draining, state.get_instance("i-1").value());

  advance_s(10);
  StateChange end;
  end.to = kTerminated;
  const auto terminated = state.update_instance_state("i-1", end);
  ASSERT_TRUE(succeeds(terminated));
  EXPECT_EQ(terminated->ttl, kStartSeconds + 20 + 7 * 86'400);
}

TEST_F(StateInstances, LaunchingIsReachedOnlyByRegistering) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  StateChange back;
  back.to = kLaunching;
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.update_instance_state("i-1", back)));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.update_instance_state("i-2", {})));
}

TEST_F(StateInstances, OnlyTerminatedOnesAreDeletedOrExpire) {
  put("i-1", "us-east-1", "model-a", kQuarantined);
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, state.delete_instance("i-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.delete_instance("i-2")));
  change("i-1", kTerminated);
  EXPECT_TRUE(succeeds(state.delete_instance("i-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_instance("i-1")));

  put("i-3", "us-east-1", "model-a", kTerminated);
  put("i-4", "us-east-1", "model-a", kQuarantined);
  advance_s(7 * 86'400 - 1);
  EXPECT_EQ(ids(state.list_instances_by_region("us-east-1")), (std::set<std::string>{"i-3", "i-4"}));
  advance_s(1);
  EXPECT_TRUE(fails_with(ErrorCode::kNotFound, state.get_instance("i-3")));
  EXPECT_EQ(ids(state.list_instances_by_region("us-east-1")), (std::set<std::string>{"i-4"}));
  EXPECT_EQ(ids(state.scan_instances()), (std::set<std::string>{"i-4"}));
}

TEST_F(StateInstances, AreListedByRegionPoolAndState) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  put("i-2", "us-east-1", "model-b", kAvailable);
  put("i-3", "us-east-2", "model-a", kAvailable);
  put("i-4", "us-east-1", "model-a", kLaunching);
  put("i-5", "us-west-2", "model-b", kQuarantined);
  using Ids = std::set<std::string>;
  EXPECT_EQ(ids(state.list_instances_by_region("us-east-1")), (Ids{"i-1", "i-2", "i-4"}));
  EXPECT_EQ(ids(state.list_instances_by_pool("model-a")), (Ids{"i-1", "i-3", "i-4"}));
  EXPECT_EQ(ids(state.list_instances_by_pool("model-z")), Ids{});
  EXPECT_EQ(ids(state.list_instances_by_state(kAvailable)), (Ids{"i-1", "i-2", "i-3"}));
  EXPECT_EQ(ids(state.list_instances_by_state(kTerminated)), Ids{});
  EXPECT_EQ(ids(state.list_available_instances("us-east-1", "")), (Ids{"i-1", "i-2"}));
  EXPECT_EQ(ids(state.list_available_instances("", "model-a")), (Ids{"i-1", "i-3"}));
  EXPECT_EQ(ids(state.list_available_instances("us-east-1", "model-a")), (Ids{"i-1"}));
  EXPECT_EQ(ids(state.list_available_instances("", "")), (Ids{"i-1", "i-2", "i-3"}));
  EXPECT_EQ(ids(state.scan_instances()), (Ids{"i-1", "i-2", "i-3", "i-4", "i-5"}));
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.list_instances_by_region("mars")));
}

TEST_F(StateInstances, ListingsSayWhatIndexesHoldAndFetchingGetsTheRest) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  const GpuInstance full = state.get_instance("i-1").value();
  GpuInstance listed = state.list_instances_by_region("us-east-1").value().rows.at(0);
  EXPECT_EQ(listed.queue_depth, std::nullopt);
  EXPECT_EQ(listed.last_heartbeat, std::nullopt);
  EXPECT_EQ(listed.boot_id, "boot-1");
  EXPECT_EQ(listed.ip_address, full.ip_address);
  EXPECT_EQ(listed.launch_time, full.launch_time);
  const auto fetched = state.fetch_instances({"i-9", "i-1", "i-1"});
  ASSERT_TRUE(succeeds(fetched));
  EXPECT_EQ(fetched->rows, (std::vector<GpuInstance>{full, full}));
}

TEST_F(StateInstances, FetchManyInTheOrderAskedFor) {
  std::vector<std::string> wanted;
  for (int i = 0; i < 250; ++i) {
    wanted.push_back("i-" + std::to_string((i * 37) % 250));
    ASSERT_TRUE(succeeds(state.register_instance(registration(wanted.back()))));
  }
  const StateStats before = state.stats();
  const auto fetched = state.fetch_instances(wanted);
  ASSERT_TRUE(succeeds(fetched));
  EXPECT_TRUE(std::ranges::equal(fetched->rows, wanted, {}, &GpuInstance::instance_id));
  EXPECT_EQ(state.stats().reads - before.reads, 3U) << "100 keys a batch";
}

TEST_F(StateInstances, PagesJoinWithoutGapsOrDoubles) {
  std::set<std::string> all;
  for (int i = 0; i < 23; ++i) {
    put("i-" + std::to_string(i), "us-east-1", "model-a", i % 3 == 0 ? kLaunching : kAvailable);
    if (i % 3 != 0) all.insert("i-" + std::to_string(i));
  }
  for (const std::size_t limit : {1U, 4U, 23U, 100U}) {
    std::set<std::string> seen;
    ListOptions options;
    options.limit = limit;
    do {
      const auto page = state.list_available_instances("us-east-1", "", options);
      ASSERT_TRUE(succeeds(page));
      EXPECT_LE(page->rows.size(), limit);
      for (const GpuInstance& row : page->rows) EXPECT_TRUE(seen.insert(row.instance_id).second);
      options.start_after = page->next;
    } while (!options.start_after.empty());
    EXPECT_EQ(seen, all) << limit;
  }
  ListOptions none;
  none.limit = 0;
  EXPECT_TRUE(fails_with(ErrorCode::kInvalidArgument, state.scan_instances(none)));
}

TEST_F(StateInstances, AFilterThatLeavesOutNearlyAllCostsFewPages) {
  for (int i = 0; i < 300; ++i) put("i-" + std::to_string(i), "us-east-1", "model-a", kLaunching);
  put("i-last", "us-east-1", "model-a", kAvailable);
  const StateStats before = state.stats();
  ListOptions one;
  one.limit = 1;
  EXPECT_EQ(ids(state.list_available_instances("us-east-1", "", one)), std::set<std::string>{"i-last"});
  EXPECT_LE(state.stats().reads - before.reads, 5U) << "4 + 16 + 64 + 256 rows";
}

TEST_F(StateInstances, AListingIsJoinedHoweverManyParts) {
  std::set<std::string> all;
  for (int i = 0; i < 23; ++i) all.insert("i-" + std::to_string(i));
  for (const std::string& id : all) put(id, "us-east-1", "model-a", kLaunching);
  for (const std::size_t part : {1U, 5U, 23U, 100U}) {
    ListOptions parts;
    parts.limit = part;
    EXPECT_EQ(ids(list_all([&](const ListOptions& options) { return state.scan_instances(options); }, parts)), all);
  }
  store.cut_off();
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable,
                         list_all([&](const ListOptions& options) { return state.scan_instances(options); })));
}

TEST_F(StateInstances, AMalformedRowHidesNoOther) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  store::PutItemRequest put_request;
  put_request.table = "mrgc-gpu-instances";
  put_request.item =
      item::ItemBuilder().set("instance_id", "i-2").set("region", "us-east-1").set("state", "asleep").build();
  ASSERT_TRUE(succeeds(store::BlockingStore(store).put_item(put_request)));
  const auto listing = state.list_instances_by_region("us-east-1");
  ASSERT_TRUE(succeeds(listing));
  EXPECT_EQ(listing->rows.size(), 1U);
  EXPECT_EQ(listing->malformed, 1U);
  EXPECT_TRUE(fails_with(ErrorCode::kValidation, state.get_instance("i-2")));
}

TEST_F(StateInstances, AnUnreachableRegionIsNamed) {
  put("i-1", "us-east-1", "model-a", kAvailable);
  store.cut_off();
  const auto heartbeat = state.heartbeat("i-1", 1);
  ASSERT_TRUE(fails_with(ErrorCode::kUnavailable, heartbeat));
  EXPECT_TRUE(heartbeat.error().retryable);
  EXPECT_NE(heartbeat.error().message.find("us-east-1"), std::string::npos) << heartbeat.error().message;
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, state.get_instance("i-1")));
  EXPECT_TRUE(fails_with(ErrorCode::kUnavailable, state.scan_instances()));
}

}  // namespace
}  // namespace mrgc::fleet
