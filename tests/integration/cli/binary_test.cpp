#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>
// A look at what is not there must fail the test, in release builds too, and not end the process.
#define RAPIDJSON_ASSERT(holds) \
  if (!(holds)) throw std::logic_error("the JSON is other than expected: " #holds)
#include <rapidjson/document.h>

#include "support/temporary_folder.h"

/// The built command as users run it: processes, files, signals.
namespace mrgc {
namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

rapidjson::Document parse(const std::string& text) {
  rapidjson::Document document;
  if (document.Parse(text.c_str()).HasParseError()) throw std::logic_error("no JSON: " + text);
  return document;
}

class BinaryTest : public ::testing::Test {
 protected:
  struct Ran {
    int code = 0;
    std::string out;
    std::string err;

    rapidjson::Document json() const { return parse(out.empty() ? err : out); }
  };

  // Starts `mrgc ARGUMENTS...` with its output in files.
  pid_t start(const std::vector<std::string>& arguments, const std::string& name) {
    const std::string out = (folder_.path() / (name + ".out")).string();
    const std::string err = (folder_.path() / (name + ".err")).string();
    std::vector<char*> argv = {const_cast<char*>(MRGC_BINARY)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setenv("MRGC_STORE", store_.c_str(), 1);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    ::execv(MRGC_BINARY, argv.data());
    ::_exit(127);
  }

  Ran finish(pid_t child, const std::string& name) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            .out = content(folder_.path() / (name + ".out")),
            .err = content(folder_.path() / (name + ".err"))};
  }

  Ran mrgc(const std::vector<std::string>& arguments) { return finish(start(arguments, "run"), "run"); }

  // A trace with a calm and a crowded time.
  std::string write_trace() {
    const std::string path = (folder_.path() / "trace.csv").string();
    std::ofstream trace(path);
    trace << "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";
    for (int i = 0; i < 600; ++i) {
      const int second = i < 300 ? i : 300 + (i - 300) / 30;
      trace << "2023-11-16 18:" << (10 + second / 60) << ':' << (second % 60 < 10 ? "0" : "") << second % 60
            << ".9799600," << (i * 37) % 5000 << ',' << (i * 11) % 60 << "\r\n";
    }
    return path;
  }

  testing::TemporaryFolder folder_;
  std::string store_ = "embedded:" + (folder_.path() / "store").string();
};

TEST_F(BinaryTest, AReplayIsWhatTheOtherCommandsFind) {
  const Ran sim = mrgc({"sim", "--trace", write_trace(), "--instances", "50", "--json"});
  ASSERT_EQ(sim.code, 0) << sim.err;
  const auto summary = sim.json();
  EXPECT_EQ(summary["requests"].GetInt(), 600);
  EXPECT_EQ(summary["served"].GetInt() + summary["rejected"].GetInt(), 600);
  for (const char* key : {"p50_ms", "p95_ms", "p99_ms", "state_reads", "state_writes", "wall_seconds"}) {
    EXPECT_GT(summary[key].GetDouble(), 0) << key;
  }

  const auto health = mrgc({"health", "--json"}).json();
  EXPECT_EQ(health["total_instances"].GetInt(), 50);
  EXPECT_EQ(health["quarantined"].GetInt(), summary["quarantined"].GetInt());
  EXPECT_EQ(health["late_heartbeats"].GetInt(), summary["lost"].GetInt());

  const auto list = mrgc({"instance", "list", "--json"}).json();
  EXPECT_EQ(list["instances"].Size(), 50U);
  std::map<std::string, unsigned> by_region;
  for (const auto& instance : list["instances"].GetArray()) ++by_region[instance["region"].GetString()];
  for (const auto& row : summary["per_region"].GetArray()) {
    EXPECT_EQ(by_region[row["region"].GetString()], row["instances"].GetUint());
  }

  const auto best = mrgc({"route", "best", "--region", "us-east-1", "--limit", "5", "--json"}).json();
  ASSERT_EQ(best["instances"].Size(), 5U);
  for (rapidjson::SizeType i = 1; i < 5; ++i) {
    EXPECT_GE(best["instances"][i - 1]["routing_score"].GetDouble(), best["instances"][i]["routing_score"].GetDouble());
  }

  const auto rps = mrgc({"metrics", "query", "--metric", "rps", "--json"}).json();
  EXPECT_EQ(rps["counts"]["rps"].GetInt(), summary["served"].GetInt());
  const auto latency = mrgc({"metrics", "query", "--metric", "inference_latency", "--json"}).json();
  EXPECT_EQ(latency["counts"]["inference_latency"].GetInt(), summary["served"].GetInt());
}

TEST_F(BinaryTest, ASecondReplayFollowsTheFirst) {
  const std::vector<std::string> sim = {"sim", "--requests", "150", "--minutes", "2", "--instances", "12", "--json"};
  const auto first = mrgc(sim).json();
  const auto second = mrgc(sim).json();
  EXPECT_EQ(first["served"].GetInt(), second["served"].GetInt());
  EXPECT_EQ(first["p99_ms"].GetDouble(), second["p99_ms"].GetDouble());
  const auto health = mrgc({"health", "--json"}).json();
  EXPECT_EQ(health["total_instances"].GetInt(), 12);
  EXPECT_EQ(health["instances_by_state"]["terminated"].GetInt(), 12);
  EXPECT_EQ(mrgc({"metrics", "query", "--metric", "rps", "--json"}).json()["counts"]["rps"].GetInt(),
            2 * first["served"].GetInt());
}

// Also: a store is open to one process at a time.
TEST_F(BinaryTest, AnInterruptedReplayEndsCleanly) {
  const pid_t sim = start({"sim", "--requests", "200000", "--minutes", "2000", "--json"}, "sim");
  const auto progress = folder_.path() / "sim.err";
  for (int i = 0; i < 3000 && content(progress).empty(); ++i) ::usleep(20'000);
  const Ran other = mrgc({"health"});
  EXPECT_EQ(other.code, 3);
  EXPECT_EQ(other.err.rfind("mrgc: store folder ", 0), 0U) << other.err;
  ::kill(sim, SIGINT);
  const Ran ended = finish(sim, "sim");
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_NE(ended.err.find("mrgc: ended early"), std::string::npos);
  const auto summary = ended.json();
  EXPECT_TRUE(summary["interrupted"].GetBool());
  EXPECT_LT(summary["requests"].GetInt(), 200'000);
  EXPECT_EQ(summary["served"].GetInt() + summary["rejected"].GetInt(), summary["requests"].GetInt());
  EXPECT_EQ(mrgc({"health", "--json"}).json()["total_instances"].GetInt(), 50);
}

TEST_F(BinaryTest, ExitCodesAndErrorsAreForScripts) {
  EXPECT_EQ(mrgc({"--version"}).out, "mrgc " MRGC_VERSION "\n");
  const Ran missing = mrgc({"health"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_EQ(missing.err, "mrgc: there is no store in " + store_.substr(9) + " yet; 'mrgc --store " + store_ +
                             " tables create' makes one\n");
  EXPECT_EQ(mrgc({"tables", "create"}).code, 0);
  EXPECT_EQ(mrgc({"instance", "get", "i-1"}).code, 1);
  EXPECT_EQ(mrgc({"instance", "get"}).code, 2);
  EXPECT_EQ(mrgc({"health"}).out.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace mrgc
