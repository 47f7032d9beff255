#include "server/send_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "send_modes.h"
#include "server/http_server.h"
#include "support/http_client.h"
#include "support/no_descriptors.h"

namespace mrgc::server {
namespace {

using mrgc::testing::Client;
using namespace std::chrono_literals;

/// A server of one thread, which a request for "/hold" holds up until `let_go`: what comes meanwhile is answered in one
/// turn. Other requests are answered with as many bytes as their bodies say, of the path's last character. With `later`
/// that is left to another thread, as the committer does, which hands all answers over while the thread is held up
/// once more.
class Held {
 public:
  explicit Held(SendQueue::Mode mode, bool later = false) : later_(later) {
    HttpServerOptions options;
    options.sends = mode;
    auto started = HttpServer::start(options, [this](const HttpRequest& request, Respond respond) {
      if (request.target == "/hold") held_up();
      if (request.target == "/hand-over") hand_over();
      const auto answer = [this, path = request.target, size = std::stoul(request.body)] {
        if (path == "/slow") std::this_thread::sleep_for(2ms);
        if (path == "/until") wait_for(seen_);
        return HttpResponse{.status = 200, .headers = {}, .body = std::string(size, path.back())};
      };
      if (!later_ || request.target == "/hand-over")
        return respond([response = answer()]() mutable { return std::move(response); });
      left_.emplace_back([answer, respond = std::move(respond)]() mutable { respond(answer); });
    });
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
    holder_ = std::make_unique<Client>(server_->port());
    holder_->send(request("/hold", 1));
    wait_for(holding_);
  }

  static std::string request(const std::string& path, std::size_t answer_bytes) {
    const std::string body = std::to_string(answer_bytes);
    return "POST " + path + " HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  /// One more client, which has sent its request.
  Client& ask(const std::string& path, std::size_t answer_bytes = 1) {
    clients_.push_back(std::make_unique<Client>(server_->port()));
    clients_.back()->send(request(path, answer_bytes));
    return *clients_.back();
  }
  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }

  void let_go() {
    std::this_thread::sleep_for(50ms);  // until the kernel has accepted, and has what was sent
    let_go_ = true;
  }
  /// Answers requests for "/until".
  void seen() { seen_ = true; }
  bool gave_up() const { return gave_up_; }

 private:
  void held_up() {
    holding_ = true;
    wait_for(let_go_);
  }
  void hand_over() {
    std::jthread([this] {
      for (auto& answer : left_) answer();
    }).join();
    left_.clear();
  }
  void wait_for(const std::atomic<bool>& flag) {
    for (int i = 0; i < 5000 && !flag; ++i) std::this_thread::sleep_for(1ms);
    if (!flag) gave_up_ = true;
  }

  const bool later_;
  std::vector<std::move_only_function<void()>> left_;  // the server's thread's
  std::atomic<bool> holding_ = false;
  std::atomic<bool> let_go_ = false;
  std::atomic<bool> seen_ = false;
  std::atomic<bool> gave_up_ = false;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Client> holder_;
  std::vector<std::unique_ptr<Client>> clients_;
};

bool is_answer(const std::string& response, std::size_t bytes, char letter) {
  return response.starts_with("HTTP/1.1 200") && response.ends_with("\r\n\r\n" + std::string(bytes, letter));
}

class SendQueueTest : public ::testing::TestWithParam<SendQueue::Mode> {
 protected:
  void SetUp() override {
    if (SendQueue(GetParam()).mode() != GetParam()) GTEST_SKIP() << "the kernel refuses io_uring";
  }
};

TEST_P(SendQueueTest, EachClientGetsItsOwnAnswer) {
  Held held(GetParam());
  const auto letter = [](std::size_t i) { return static_cast<char>('a' + i % 26); };
  const auto bytes = [](std::size_t i) { return i % 50 == 0 ? std::size_t{3'000'000} : 1 + i * 37; };
  for (std::size_t i = 0; i < 300; ++i) held.ask(std::string("/") + letter(i), bytes(i));
  held.let_go();
  for (std::size_t i = 0; i < 300; ++i) EXPECT_TRUE(is_answer(held.clients()[i]->receive(), bytes(i), letter(i))) << i;
}

TEST_P(SendQueueTest, WhoLeavesOrDoesNotReadHoldsNobodyUp) {
  Held held(GetParam());
  for (int i = 0; i < 60; ++i) {
    if (i % 3 == 0) held.ask("/large", 8'000'000);
    if (i % 3 == 1) held.ask("/gone", 1000);
    if (i % 3 == 2) held.ask("/x", 10);
  }
  for (std::size_t i = 1; i < 60; i += 3) held.clients()[i].reset();
  held.let_go();
  for (std::size_t i = 2; i < 60; i += 3) EXPECT_TRUE(is_answer(held.clients()[i]->receive(), 10, 'x')) << i;
  for (std::size_t i = 0; i < 60; i += 3) EXPECT_TRUE(is_answer(held.clients()[i]->receive(), 8'000'000, 'e')) << i;
}

// The last of the three answers is held back until the first has come.
void expect_the_first_while_others_are_made(Held& held, bool handed_over) {
  Client& first = held.ask("/a");
  Client& second = held.ask("/slow");
  Client& third = held.ask("/until");
  if (handed_over) held.ask("/hand-over");
  held.let_go();
  EXPECT_TRUE(is_answer(first.receive(), 1, 'a'));
  held.seen();
  for (Client* const other : {&second, &third}) other->receive();
  EXPECT_FALSE(held.gave_up());
}

TEST_P(SendQueueTest, AnAnswerDoesNotWaitForAllThatAreHandledAfterIt) {
  Held held(GetParam());
  expect_the_first_while_others_are_made(held, /*handed_over=*/false);
}

TEST_P(SendQueueTest, AnAnswerDoesNotWaitForAllThatAreMadeAfterIt) {
  Held held(GetParam(), /*later=*/true);
  expect_the_first_while_others_are_made(held, /*handed_over=*/true);
}

INSTANTIATE_TEST_SUITE_P(Sends, SendQueueTest, testing::send_modes(), testing::send_mode_name);

TEST(SendQueueMode, TogetherWhereTheKernelLets) {
  io_uring_params params{};
  const auto descriptor = static_cast<int>(::syscall(__NR_io_uring_setup, 1, &params));
  const bool lets = descriptor >= 0 && (params.features & IORING_FEAT_FAST_POLL) != 0;
  if (descriptor >= 0) ::close(descriptor);
  EXPECT_EQ(SendQueue().mode(), lets ? SendQueue::Mode::kTogether : SendQueue::Mode::kOneByOne);
  EXPECT_EQ(SendQueue(SendQueue::Mode::kOneByOne).mode(), SendQueue::Mode::kOneByOne);
}

TEST(SendQueueMode, OneByOneWhereTheKernelRefuses) {
  const mrgc::testing::NoDescriptors none;
  EXPECT_EQ(SendQueue().mode(), SendQueue::Mode::kOneByOne);
}

// The ring's descriptor leads elsewhere from some moment on.
TEST(SendQueueMode, ARingThatFailsLosesNoAnswer) {
  if (SendQueue().mode() != SendQueue::Mode::kTogether) GTEST_SKIP() << "the kernel refuses io_uring";
  Held held(SendQueue::Mode::kTogether);
  const int other = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ASSERT_GE(other, 0);
  std::vector<int> rings;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) != "anon_inode:[io_uring]") continue;
    rings.push_back(std::stoi(entry.path().filename()));
  }
  ASSERT_FALSE(rings.empty());
  for (const int ring : rings) ASSERT_GE(::dup2(other, ring), 0);
  ::close(other);
  for (int i = 0; i < 200; ++i) held.ask("/x", 100);
  held.let_go();
  for (const auto& client : held.clients()) EXPECT_TRUE(is_answer(client->receive(), 100, 'x'));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(is_answer(held.ask("/y", 5).receive(), 5, 'y'));
  for (const int ring : rings) {
    std::error_code closed;
    EXPECT_NE(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(ring), closed), "/dev/null")
        << "the ring was not used, or not given up";
  }
}

}  // namespace
}  // namespace mrgc::server
