#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "unit/cli/command_test.h"

namespace mrgc::cli {
namespace {

using CommandsTest = CommandTest;

TEST_F(CommandsTest, TablesAreCreatedListedDescribedAndDeleted) {
  EXPECT_EQ(done({"--json", "tables", "create"}).json()["tables"].Size(), 5U);
  done({"tables", "create"});  // again: nothing to do
  const auto listed = done({"tables", "list", "--json"}).json();
  ASSERT_EQ(listed["tables"].Size(), 5U);
  EXPECT_STREQ(listed["tables"][0]["name"].GetString(), "mrgc-gpu-instances");
  EXPECT_STREQ(listed["tables"][0]["status"].GetString(), "ACTIVE");

  for (const std::string name : {"routing-state", "mrgc-routing-state"}) {
    const auto described = done({"tables", "describe", name, "--json"}).json();
    EXPECT_STREQ(described["name"].GetString(), "mrgc-routing-state");
    EXPECT_STREQ(described["indexes"][0]["sort_key"].GetString(), "routing_score");
    EXPECT_TRUE(described["sort_key"].IsNull());
  }
  EXPECT_NE(done({"tables", "describe", "metrics"}).out.find("metric_name + timestamp"), std::string::npos);
  expect_failure(mrgc({"tables", "describe", "chairs"}), 2, "gpu-instances");

  expect_failure(mrgc({"tables", "delete"}), 2, "--yes");
  EXPECT_EQ(done({"tables", "delete", "--yes", "--json"}).json()["deleted"].GetInt(), 5);
  EXPECT_STREQ(done({"tables", "list", "--json"}).json()["tables"][4]["status"].GetString(), "MISSING");
  expect_failure(mrgc({"tables", "describe", "metrics"}), 1, "tables create");
}

TEST_F(CommandsTest, AnInstanceLivesAndDies) {
  const auto state = [this] {
    return std::string(done({"instance", "get", "i-1", "--json"}).json()["state"].GetString());
  };
  EXPECT_STREQ(done({"instance", "register", "i-1", "--pool", "model-a", "--region", "us-east-2", "--boot-id", "b1",
                     "--ip", "10.0.0.1", "--metadata", "ami=ami-1", "--metadata", "rack=7", "--json"})
                   .json()["result"]
                   .GetString(),
               "created");
  EXPECT_EQ(state(), "launching");
  const auto got = done({"instance", "get", "i-1", "--json"}).json();
  EXPECT_STREQ(got["region"].GetString(), "us-east-2");
  EXPECT_STREQ(got["metadata"]["rack"].GetString(), "7");
  EXPECT_EQ(got["last_heartbeat"].GetInt64(), 1'700'000'000);
  EXPECT_TRUE(got["ttl"].IsNull());

  expect_failure(mrgc({"instance", "register", "i-1", "--pool", "model-a", "--region", "us-east-2", "--boot-id", "b2"}),
                 1, "terminate");
  expect_failure(mrgc({"instance", "drain", "i-1"}), 1, "launching");
  done({"instance", "available", "i-1"});
  clock_.advance_ms(10'000);
  done({"instance", "heartbeat", "i-1", "--queue-depth", "3"});
  EXPECT_EQ(done({"instance", "get", "i-1", "--json"}).json()["queue_depth"].GetInt(), 3);
  expect_failure(mrgc({"instance", "heartbeat", "i-1", "--queue-depth", "11"}), 2, "10");
  done({"instance", "drain", "i-1"});
  clock_.advance_ms(10'000);
  expect_failure(mrgc({"instance", "available", "i-1"}), 1, "cleanup");
  expect_failure(mrgc({"instance", "cleanup", "i-1", "--passed", "--failure", "smoke"}), 2, "--failure");
  EXPECT_TRUE(done({"instance", "cleanup", "i-1", "--passed", "--json"}).json()["applied"].GetBool());
  done({"instance", "available", "i-1"});
  EXPECT_EQ(state(), "available");

  done({"instance", "drain", "i-1"});
  const Ran failed = done({"instance", "cleanup", "i-1", "--failed", "--failure", "GPU memory not zero"});
  EXPECT_NE(failed.out.find("quarantined"), std::string::npos);
  EXPECT_EQ(state(), "quarantined");
  EXPECT_NE(done({"instance", "get", "i-1"}).out.find("GPU memory not zero"), std::string::npos);
  done({"instance", "terminate", "i-1"});
  EXPECT_EQ(state(), "terminated");
  const std::vector<std::string> again = {"instance", "register", "i-1", "--pool", "model-a", "--region", "us-east-2"};
  expect_failure(mrgc(again), 1, "a new boot may register");
  const auto again_with = [&again](const std::string& boot_id) {
    std::vector<std::string> arguments = again;
    arguments.insert(arguments.end(), {"--boot-id", boot_id});
    return arguments;
  };
  expect_failure(mrgc(again_with("b1")), 1, "a new boot may register");
  done(again_with("b2"));
  EXPECT_EQ(state(), "launching");
  done({"instance", "register", "i-2", "--pool", "model-b"});
  done({"instance", "quarantine", "i-2", "--reason", "ECC errors"});
  for (const std::string command : {"get", "available", "drain", "terminate", "heartbeat"}) {
    expect_failure(mrgc({"instance", command, "i-nobody"}), 1, "i-nobody");
  }
  expect_failure(mrgc({"instance", "register", "i 3", "--pool", "model-b"}), 2, "instance id");
  expect_failure(mrgc({"instance", "register", "i-3", "--pool", "model-b", "--metadata", "novalue"}), 2, "NAME=VALUE");
}

TEST_F(CommandsTest, AFailedCleanupNeedsNoReason) {
  done({"instance", "register", "i-1", "--pool", "model-a"});
  done({"instance", "cleanup", "i-1", "--failed"});
  EXPECT_STREQ(done({"instance", "get", "i-1", "--json"}).json()["quarantine_reason"].GetString(),
               "cleanup validation failed");
}

TEST_F(CommandsTest, ListsWhatIsAskedForWithHeartbeats) {
  done({"instance", "register", "i-1", "--pool", "model-a", "--region", "us-east-1"});
  done({"instance", "register", "i-2", "--pool", "model-b", "--region", "us-east-1"});
  done({"instance", "register", "i-3", "--pool", "model-a", "--region", "us-west-2"});
  done({"instance", "available", "i-3"});
  const auto ids = [this](std::vector<std::string> filters) {
    filters.insert(filters.begin(), {"instance", "list", "--json"});
    std::vector<std::string> found;
    const auto document = done(filters).json();
    for (const auto& instance : document["instances"].GetArray()) {
      found.emplace_back(instance["instance_id"].GetString());
      EXPECT_TRUE(instance["last_heartbeat"].IsInt64());
    }
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids({}), Ids({"i-1", "i-2", "i-3"}));
  EXPECT_EQ(ids({"--in-region", "us-east-1"}), Ids({"i-1", "i-2"}));
  EXPECT_EQ(ids({"--pool", "model-a"}), Ids({"i-1", "i-3"}));
  EXPECT_EQ(ids({"--pool", "model-a", "--in-region", "us-west-2"}), Ids({"i-3"}));
  EXPECT_EQ(ids({"--state", "launching"}), Ids({"i-1", "i-2"}));
  EXPECT_EQ(ids({"--state", "available", "--pool", "model-b"}), Ids());
  EXPECT_NE(done({"instance", "list"}).out.find("3 instances, 1 available, 2 launching"), std::string::npos);
}

TEST_F(CommandsTest, RoutesToTheBestAndSaysWhatItLeftOut) {
  for (const std::string id : {"i-1", "i-2", "i-3"}) {
    done({"instance", "register", id, "--pool", id == "i-3" ? "model-b" : "model-a"});
    done({"instance", "available", id});
  }
  EXPECT_EQ(done({"route", "update", "i-1", "--queue-depth", "2", "--latency-ms", "150", "--json"})
                .json()["routing_score"]
                .GetDouble(),
            85.5);
  const auto best = done({"route", "best", "--limit", "2", "--json"}).json();
  ASSERT_EQ(best["instances"].Size(), 2U);
  EXPECT_STREQ(best["instances"][0]["instance_id"].GetString(), "i-2");
  EXPECT_STREQ(best["instances"][1]["instance_id"].GetString(), "i-3");
  const auto pooled = done({"route", "best", "--pool", "model-a", "--json"}).json();
  ASSERT_EQ(pooled["instances"].Size(), 2U);
  EXPECT_EQ(pooled["instances"][1]["routing_score"].GetDouble(), 85.5);
  EXPECT_NE(done({"route", "best"}).out.find("85.50"), std::string::npos);
  EXPECT_NE(done({"route", "best", "--region", "us-west-2"}).out.find("no instance of us-west-2"), std::string::npos);

  clock_.advance_ms(100'000);
  done({"route", "update", "i-2", "--queue-depth", "0", "--latency-ms", "10"});
  clock_.advance_ms(100'000);
  const Ran stale = done({"route", "best"});
  EXPECT_NE(stale.err.find("mrgc: rows left out because they were not updated for more than 120 s: 2;"),
            std::string::npos)
      << stale.err;
  EXPECT_NE(stale.err.find("--max-age-s"), std::string::npos);
  EXPECT_EQ(done({"route", "best", "--max-age-s", "300", "--json"}).json()["instances"].Size(), 3U);
  clock_.advance_ms(3'600'000);
  EXPECT_NE(done({"route", "best", "--max-age-s", "300"}).err.find("expired"), std::string::npos);

  expect_failure(mrgc({"route", "update", "i-9", "--queue-depth", "0", "--latency-ms", "1"}), 1, "i-9");
  expect_failure(mrgc({"route", "update", "i-1", "--queue-depth", "0", "--latency-ms", "nan"}), 2, "latency");
}

TEST_F(CommandsTest, MetricsAreRecordedAndQueried) {
  done({"tables", "create"});
  const auto record = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"metrics", "record", "--pool", "model-a", "--metric"});
    return mrgc(std::move(arguments));
  };
  for (const std::string metric : {"rps", "queue_depth", "model_load_time", "inference_latency",
                                   "inference_latency_p50", "inference_latency_p95", "inference_latency_p99"}) {
    EXPECT_EQ(record({metric, "--value", "4"}).code, 0) << metric;
  }
  EXPECT_EQ(record({"enclave_operation", "--value", "4", "--operation", "attest"}).code, 0);
  EXPECT_EQ(record({"cleanup_passed"}).code, 0);
  EXPECT_EQ(record({"cleanup_failed"}).code, 0);
  EXPECT_EQ(record({"rps", "--value", "6", "--region", "us-east-2"}).code, 0);
  clock_.advance_ms(10'000);
  EXPECT_EQ(record({"rps", "--value", "4"}).code, 0) << "the same source again, which doubles nothing";
  expect_failure(record({"rps"}), 2, "--value");
  expect_failure(record({"rps", "--value", "-1"}), 2, "0");
  expect_failure(record({"queue_depth", "--value", "2.5"}), 2, "whole");
  expect_failure(record({"queue_depth", "--value", "nan"}), 2, "whole");
  expect_failure(record({"queue_depth", "--value", "11"}), 2, "10");
  expect_failure(record({"love", "--value", "1"}), 2, "rps");
  expect_failure(record({"cleanup_passed", "--value", "5"}), 2, "--value");
  expect_failure(record({"cleanup_failed", "--value", "1"}), 2, "--value");
  expect_failure(record({"enclave_operation", "--value", "4"}), 2, "--operation");
  expect_failure(record({"rps", "--value", "4", "--operation", "attest"}), 2, "--operation");

  const auto rps = done({"metrics", "query", "--metric", "rps", "--json"}).json();
  ASSERT_EQ(rps["readings"].Size(), 2U);
  EXPECT_EQ(rps["readings"][0]["value"].GetDouble(), 4.0);
  EXPECT_EQ(rps["readings"][1]["value"].GetDouble(), 6.0);
  EXPECT_EQ(
      done({"metrics", "query", "--metric", "rps", "--in-region", "us-east-2", "--json"}).json()["readings"].Size(),
      1U);
  EXPECT_EQ(done({"metrics", "query", "--in-region", "us-east-1", "--json"}).json()["readings"].Size(), 10U);
  EXPECT_NE(done({"metrics", "query", "--metric", "inference_latency"}).out.find("1 samples"), std::string::npos);
  clock_.advance_ms(10 * 60'000);
  EXPECT_EQ(done({"metrics", "query", "--metric", "rps", "--minutes", "5", "--json"}).json()["readings"].Size(), 0U);
}

TEST_F(CommandsTest, HealthCountsAndNamesTheSilent) {
  done({"instance", "register", "i-1", "--pool", "model-a"});
  done({"instance", "available", "i-1"});
  done({"instance", "register", "i-2", "--pool", "model-b"});
  const auto fresh = done({"health", "--json"}).json();
  EXPECT_EQ(fresh["total_instances"].GetInt(), 2);
  EXPECT_EQ(fresh["instances_by_state"]["available"].GetInt(), 1);
  EXPECT_EQ(fresh["late_heartbeats"].GetInt(), 0);
  EXPECT_TRUE(fresh["latency_p50_ms"].IsNull());
  clock_.advance_ms(150'000);
  done({"instance", "heartbeat", "i-2"});
  const auto late = done({"health", "--json"}).json();
  ASSERT_EQ(late["late_instances"].Size(), 1U);
  EXPECT_STREQ(late["late_instances"][0].GetString(), "i-1");
  EXPECT_EQ(done({"health", "--late-after-s", "200", "--json"}).json()["late_heartbeats"].GetInt(), 0);
  EXPECT_NE(done({"health"}).out.find("i-1"), std::string::npos);
}

TEST_F(CommandsTest, WhatOthersWroteCannotCommandTheTerminal) {
  done({"instance", "register", "i-1", "--pool", "model-a", "--ip", "\033[2J\a", "--metadata", "a=\033]0;x\a"});
  EXPECT_EQ(done({"instance", "list"}).out.find('\033'), std::string::npos);
  EXPECT_EQ(done({"instance", "get", "i-1"}).out.find('\033'), std::string::npos);
  EXPECT_EQ(done({"instance", "get", "i-1", "--json"}).out.find('\033'), std::string::npos);
}

// --- sim -----------------------------------------------------------------------------------------------------------

TEST_F(CommandsTest, SimNamesBadLinesUnlessTheyAreToBeSkipped) {
  const std::string trace = (folder_.path() / "trace.csv").string();
  std::ofstream(trace) << "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.97,4808,10\nnonsense\n"
                          "2023-11-16 18:17:05,480,x\n";
  const Ran refused = mrgc({"sim", "--trace", trace});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find(trace + ":3: "), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find(trace + ":4: "), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("--skip-bad-lines"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "data"));
  const Ran skipped = done({"sim", "--trace", trace, "--skip-bad-lines", "--instances", "9", "--json"});
  EXPECT_EQ(skipped.json()["requests"].GetInt(), 1);

  expect_failure(mrgc({"sim", "--trace", folder_.path().string()}), 2, "folder");
  expect_failure(mrgc({"sim", "--trace", trace + ".none"}), 2, "cannot be read");
  std::ofstream(trace) << "";
  expect_failure(mrgc({"sim", "--trace", trace}), 2, "TIMESTAMP");
  std::ofstream(trace) << "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  expect_failure(mrgc({"sim", "--trace", trace}), 2, "no requests");
}

TEST_F(CommandsTest, SimSummarisesForPeopleAndForPrograms) {
  const std::vector<std::string> sim = {"sim",         "--requests", "200",    "--minutes", "2",
                                        "--instances", "12",         "--seed", "5"};
  const Ran people = done(sim);
  for (const std::string word :
       {"200 requests", "served", "rejected", "latency", "consumed", "us-west-2", "model-c", "route best"}) {
    EXPECT_NE(people.out.find(word), std::string::npos) << word;
  }
  EXPECT_NE(people.out.find("  mrgc --store " + store() + " health\n"), std::string::npos) << people.out;
  auto with_json = sim;
  with_json.emplace_back("--json");
  const auto summary = done(with_json).json();
  for (const char* key : {"requests", "served", "rejected", "rejected_no_room", "rejected_lost", "p50_ms", "p95_ms",
                          "p99_ms", "state_reads", "state_writes", "read_units", "write_units", "wall_seconds",
                          "operations_per_second", "seed", "store", "per_region", "per_pool", "interrupted"}) {
    EXPECT_TRUE(summary.HasMember(key)) << key;
  }
  EXPECT_EQ(summary["served"].GetInt() + summary["rejected"].GetInt(), 200);
  EXPECT_EQ(summary["per_region"].Size(), 3U);
  EXPECT_EQ(summary["per_pool"].Size(), 3U);
  EXPECT_LE(summary["p50_ms"].GetDouble(), summary["p95_ms"].GetDouble());
  EXPECT_LE(summary["p95_ms"].GetDouble(), summary["p99_ms"].GetDouble());
}

TEST_F(CommandsTest, SimHintsAreCommandsThatFindItsState) {
  program_ = "./my tools/mrgc";
  const Ran ran = done({"--prefix", "trial", "sim", "--requests", "10", "--minutes", "1", "--instances", "3"});
  EXPECT_NE(ran.out.find("  './my tools/mrgc' --store " + store() + " --prefix trial instance list\n"),
            std::string::npos)
      << ran.out;
}

}  // namespace
}  // namespace mrgc::cli
