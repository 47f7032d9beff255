#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.h"
#include "support/sanitizers.h"
#include "support/temporary_folder.h"

/// `mrgc serve` as users run it: its output, its end, and what a crash leaves.
namespace mrgc {
namespace {

using testing::api_request;
using testing::body_of;
using testing::Client;

constexpr int kWriters = 8;

class ServeTest : public ::testing::Test {
 protected:
  ~ServeTest() override {
    if (server_ > 0) end(SIGKILL);
  }

  // Starts the server and waits until it is ready.
  void start() {
    const std::string out = (folder_.path() / "out").string();
    const std::string data = (folder_.path() / "data").string();
    std::filesystem::remove(out);  // or what the one before printed would be read
    server_ = ::fork();
    if (server_ == 0) {
      ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      ::execl(MRGC_BINARY, MRGC_BINARY, "serve", "--data", data.c_str(), "--regions", "us-east-1=0", "--admin-port",
              "0", nullptr);
      ::_exit(127);
    }
    for (int i = 0; i < 3000; ++i) {
      std::ifstream file(out);
      std::string first;
      std::string second;
      if (std::getline(file, first) && std::getline(file, second) && second == "ready") {
        ASSERT_TRUE(first.starts_with("us-east-1 ready at http://127.0.0.1:")) << first;
        port_ = static_cast<std::uint16_t>(std::stoi(first.substr(first.rfind(':') + 1)));
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << "the server did not get ready";
  }

  // Sends the signal and waits for the end; returns the exit code, or minus the signal.
  int end(int signal) {
    ::kill(server_, signal);
    int status = 0;
    ::waitpid(server_, &status, 0);
    server_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  void create_table() {
    Client client(port_);
    const std::string response = client.exchange(api_request(
        "CreateTable", R"({"TableName":"things","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],)"
                       R"("KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"})"));
    ASSERT_NE(response.find("TableDescription"), std::string::npos) << response;
  }

  static std::string key(int writer, int number) {
    return R"({"id":{"S":")" + std::to_string(writer) + "-" + std::to_string(number) + R"("}})";
  }

  // Writes items until the connection ends. Returns how many were acknowledged; `unanswered`: whether the last request
  // was sent whole and got no answer.
  int write_until_the_end(int writer, int first, bool& unanswered) {
    int acknowledged = 0;
    try {
      Client client(port_);
      while (true) {
        const std::string request =
            api_request("PutItem", R"({"TableName":"things","Item":)" + key(writer, first + acknowledged) + "}");
        if (!client.send(request)) return acknowledged;
        const std::string response = client.receive();
        unanswered = response.empty();
        if (!response.starts_with("HTTP/1.1 200")) return acknowledged;
        ++acknowledged;
        if (response.find("Connection: close") != std::string::npos) return acknowledged;
      }
    } catch (const std::runtime_error&) {
      return acknowledged;  // it is gone already
    }
  }

  // The server's memory.
  std::size_t resident_kb() const {
    std::ifstream status("/proc/" + std::to_string(server_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
    }
    throw std::runtime_error("the server is gone");
  }

  mrgc::testing::TemporaryFolder folder_;
  pid_t server_ = -1;
  std::uint16_t port_ = 0;
};

TEST_F(ServeTest, EndsCleanlyWhenTold) {
  start();
  EXPECT_EQ(end(SIGTERM), 0);
  start();
  EXPECT_EQ(end(SIGINT), 0);
}

TEST_F(ServeTest, AKillLosesNothingThatWasAcknowledged) {
  std::mt19937 random(std::random_device{}());
  start();
  create_table();
  std::vector<int> acknowledged(kWriters, 0);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        bool unanswered = false;
        acknowledged[w] += write_until_the_end(w, acknowledged[w], unanswered);
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 200));
    EXPECT_EQ(end(SIGKILL), -SIGKILL);
    for (std::thread& writer : writers) writer.join();
    start();
    Client client(port_);
    for (int w = 0; w < kWriters; ++w) {
      for (int n = 0; n < acknowledged[w]; ++n) {
        const std::string found =
            client.exchange(api_request("GetItem", R"({"TableName":"things","Key":)" + key(w, n) + "}"));
        ASSERT_EQ(body_of(found), R"({"Item":)" + key(w, n) + "}") << "round " << round;
      }
    }
  }
  EXPECT_GT(acknowledged[0], 10);
}

TEST_F(ServeTest, TheEndDropsNoRequestThatWasAccepted) {
  start();
  create_table();
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> dropped{0};
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&, w] {
        bool unanswered = false;
        write_until_the_end(w, round * 1'000'000, unanswered);
        if (unanswered) ++dropped;
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(end(SIGTERM), 0);
    for (std::thread& writer : writers) writer.join();
    EXPECT_EQ(dropped, 0);
    start();
  }
}

// Idle connections cost memory, but no time: those at work go on beside them.
TEST_F(ServeTest, TenThousandIdleConnectionsAreNoBurden) {
  start();
  create_table();
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  const std::size_t count = std::min<std::size_t>(10'000, files.rlim_max - 200);
  const std::size_t before_kb = resident_kb();
  std::vector<std::unique_ptr<Client>> idle;
  for (std::size_t i = 0; i < count; ++i) {
    idle.push_back(std::make_unique<Client>(port_));
    // A third says nothing, a third has begun a request, and a third has had one answered.
    if (i % 3 == 1) {
      ASSERT_TRUE(idle.back()->send("POST / HT"));
    } else if (i % 3 == 2) {
      ASSERT_TRUE(idle.back()->exchange(api_request("ListTables", "{}")).starts_with("HTTP/1.1 200"));
    }
  }
  Client working(port_);
  for (int i = 0; i < 200; ++i) {
    const std::string put = api_request("PutItem", R"({"TableName":"things","Item":)" + key(0, i) + "}");
    ASSERT_TRUE(working.exchange(put).starts_with("HTTP/1.1 200"));
  }
  for (std::size_t i = 0; i < count; i += 97) {
    if (i % 3 == 1) continue;
    ASSERT_TRUE(idle[i]->exchange(api_request("ListTables", "{}")).starts_with("HTTP/1.1 200")) << i;
  }
  EXPECT_LT((resident_kb() - before_kb) / count, 16) << "KB a connection";
  const auto told = std::chrono::steady_clock::now();
  EXPECT_EQ(end(SIGTERM), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - told, std::chrono::seconds(testing::kSanitized ? 60 : 10));
}

}  // namespace
}  // namespace mrgc
