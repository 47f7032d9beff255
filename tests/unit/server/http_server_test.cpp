#include "server/http_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "send_modes.h"
#include "support/http_client.h"
#include "support/no_descriptors.h"
#include "support/sanitizers.h"

namespace mrgc::server {
namespace {

using mrgc::testing::Client;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Each with both ways of sending.
class HttpServerTest : public ::testing::TestWithParam<SendQueue::Mode> {
 protected:
  // Answers with the body of the request, or with "none".
  void start(HttpServerOptions options = {}) {
    options.threads = 2;
    options.sends = GetParam();
    auto started = HttpServer::start(options, [this](HttpRequest request, Respond respond) {
      ++handled_;
      std::string body = request.body.empty() ? "none" : std::move(request.body);
      if (delay_.count() == 0) {
        return respond(
            [body]() mutable { return HttpResponse{.status = 200, .headers = {}, .body = std::move(body)}; });
      }
      const std::lock_guard lock(mutex_);
      others_.emplace_back([delay = delay_, body, respond = std::move(respond)]() mutable {
        std::this_thread::sleep_for(delay);
        respond([body] { return HttpResponse{.status = 200, .headers = {}, .body = body}; });
      });
    });
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  void TearDown() override { server_.reset(); }
  static std::string post(const std::string& body) {
    return "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::atomic<int> handled_{0};
  std::chrono::milliseconds delay_{0};
  std::mutex mutex_;
  std::vector<std::jthread> others_;  // guarded by mutex_
  std::unique_ptr<HttpServer> server_;
};

TEST_P(HttpServerTest, SaysWhyItCannotListen) {
  start();
  HttpServerOptions options;
  options.port = server_->port();
  const auto refused = HttpServer::start(options, [](const HttpRequest&, const Respond&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            options.host + ":" + std::to_string(options.port) + ": listening failed: Address already in use");
}

TEST_P(HttpServerTest, AnswersOneAfterTheOther) {
  start();
  Client client(server_->port());
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(client.exchange(post(std::to_string(i))).ends_with("\r\n\r\n" + std::to_string(i)));
}

TEST_P(HttpServerTest, AnswersPipelinedRequestsInTheirOrder) {
  for (const int delay_ms : {0, 2}) {
    delay_ = std::chrono::milliseconds(delay_ms);
    start();
    Client client(server_->port());
    std::string all;
    for (int i = 0; i < 50; ++i) all += post("body " + std::to_string(i));
    std::thread sender([&] { client.send(all); });
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(client.receive().ends_with("body " + std::to_string(i)));
    sender.join();
    server_.reset();
  }
}

// More than is read of one connection at a time, whether or not an answer is waited for.
TEST_P(HttpServerTest, AFloodOfRequestsIsAnsweredWhole) {
  start();
  Client client(server_->port());
  Client other(server_->port());
  constexpr int kRequests = 400;
  std::string all;
  for (int i = 0; i < kRequests; ++i) all += post(std::to_string(i) + ": " + std::string(3000, 'x'));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_NE(client.receive().find("\r\n\r\n" + std::to_string(i) + ": x"), std::string::npos) << i;
    if (i % 100 != 0) continue;
    EXPECT_TRUE(other.exchange(kGet).starts_with("HTTP/1.1 200"));
  }
  sender.join();
}

// What comes while a request is being handled is found afterwards, the end of what the client sends as well.
TEST_P(HttpServerTest, WhatComesWhileARequestIsHandledIsNotMissed) {
  delay_ = std::chrono::milliseconds(30);
  start();
  for (const bool ends : {false, true}) {
    Client client(server_->port());
    const int before = handled_;
    client.send(post("first"));
    while (handled_ == before) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    client.send(post("second"));
    if (ends) client.finish_sending();
    EXPECT_TRUE(client.receive().ends_with("first"));
    EXPECT_TRUE(client.receive().ends_with("second"));
    EXPECT_TRUE(!ends || client.is_closed());
  }
}

TEST_P(HttpServerTest, WhoSendsNoMoreIsStillAnswered) {
  start();
  for (const std::size_t size : {std::size_t{4}, std::size_t{64} << 10, std::size_t{1} << 20}) {
    Client client(server_->port());
    const std::string body(size, 'b');
    std::thread sender([&] {
      client.send(post(body));
      client.finish_sending();
    });
    EXPECT_TRUE(client.receive().ends_with(body));
    EXPECT_TRUE(client.is_closed());
    sender.join();
  }
}

TEST_P(HttpServerTest, LargeBodiesGoBothWays) {
  start();
  Client client(server_->port());
  const std::string body(8 << 20, 'b');
  std::thread sender([&] { client.send(post(body)); });
  EXPECT_TRUE(client.receive().ends_with(body));
  sender.join();
}

TEST_P(HttpServerTest, ClosesWhenAsked) {
  start();
  Client client(server_->port());
  EXPECT_NE(client.exchange("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").find("Connection: close"),
            std::string::npos);
  EXPECT_TRUE(client.is_closed());
}

TEST_P(HttpServerTest, AHeadAnswerHasNoBody) {
  start();
  Client client(server_->port());
  client.send("HEAD / HTTP/1.1\r\n\r\n");
  client.send(kGet);
  EXPECT_TRUE(client.receive().find("Content-Length: 4\r\n") != std::string::npos);
}

TEST_P(HttpServerTest, RefusesWhatIsTooLargeOrNoHttp) {
  start();
  EXPECT_TRUE(Client(server_->port()).exchange("\x16\x03\x01\x02 what\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(Client(server_->port())
                  .exchange("GET / HTTP/1.1\r\nA: " + std::string(100'000, 'a') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(Client(server_->port())
                  .exchange("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(Client(server_->port()).exchange(kGet).starts_with("HTTP/1.1 200"));
}

TEST_P(HttpServerTest, AnyBytesGetAnAnswerOrAnEnd) {
  start();
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    Client client(server_->port());
    std::string bytes = round % 2 == 0 ? post("hello") : std::string();
    for (int i = 0; i < 5; ++i) {
      const std::size_t at = random() % (bytes.size() + 1);
      bytes.insert(at, 1, static_cast<char>(random()));
    }
    client.send(bytes);
    client.finish_sending();
    client.receive();
  }
  EXPECT_TRUE(Client(server_->port()).exchange(kGet).starts_with("HTTP/1.1 200"));
}

TEST_P(HttpServerTest, SlowSendersAreCutOff) {
  HttpServerOptions options;
  options.transfer_timeout = std::chrono::seconds(1);
  start(options);
  Client slow(server_->port());
  slow.send("GET / HTTP/1.1\r\nHo");
  Client quick(server_->port());
  EXPECT_TRUE(quick.exchange(kGet).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(slow.is_closed());
  EXPECT_TRUE(quick.exchange(kGet).starts_with("HTTP/1.1 200"));
}

TEST_P(HttpServerTest, IdleConnectionsAreClosedInTheEnd) {
  HttpServerOptions options;
  options.idle_timeout = std::chrono::seconds(1);
  start(options);
  Client client(server_->port());
  client.exchange(kGet);
  EXPECT_TRUE(client.is_closed());
}

// It came in time, but the thread was busy until the connection's time was over.
TEST_P(HttpServerTest, ARequestThatWaitedForTheThreadIsAnswered) {
  HttpServerOptions options;
  options.sends = GetParam();
  options.idle_timeout = std::chrono::seconds(1);
  const auto server = HttpServer::start(options, [](const HttpRequest& request, Respond respond) {
    if (request.target == "/slow") std::this_thread::sleep_for(std::chrono::milliseconds(2200));
    respond([] { return HttpResponse{.status = 200, .headers = {}, .body = {}}; });
  });
  ASSERT_TRUE(server);
  Client waiting((*server)->port());
  EXPECT_TRUE(waiting.exchange(kGet).starts_with("HTTP/1.1 200"));
  Client busy((*server)->port());
  busy.send("GET /slow HTTP/1.1\r\n\r\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  waiting.send(kGet);
  EXPECT_TRUE(waiting.receive().starts_with("HTTP/1.1 200"));
}

TEST_P(HttpServerTest, ManyIdleConnectionsDoNotGetInTheWay) {
  start();
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 400; ++i) idle.push_back(std::make_unique<Client>(server_->port()));
  EXPECT_TRUE(Client(server_->port()).exchange(kGet).starts_with("HTTP/1.1 200"));
  for (const auto& client : idle) EXPECT_TRUE(client->exchange(kGet).starts_with("HTTP/1.1 200"));
}

// Of as many connections made at once: those accepted and not yet begun count, too.
std::size_t served_of(std::size_t connections, std::uint16_t port) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(port));
  return static_cast<std::size_t>(
      std::ranges::count_if(clients, [](const auto& client) { return client->exchange(kGet).contains(" 200 "); }));
}

TEST_P(HttpServerTest, TakesSoManyConnectionsAndNoMore) {
  HttpServerOptions options;
  options.max_connections = 3;
  start(options);
  for (int round = 0; round < 50; ++round) EXPECT_LE(served_of(8, server_->port()), 3u);
  // Places are free again once the server has seen their connections go.
  std::size_t served = 0;
  for (int i = 0; i < 500 && served < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    served = served_of(3, server_->port());
  }
  EXPECT_EQ(served, 3u);
}

TEST_P(HttpServerTest, TheEndDropsNoRequest) {
  delay_ = std::chrono::milliseconds(300);
  start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<Client>(server_->port()));
    clients.back()->send(post("body"));
  }
  Client half(server_->port());
  half.send(post("body").substr(0, 20));
  while (handled_ < 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::thread stopper([this] { server_->stop(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  half.send(post("body").substr(20));
  for (const auto& client : clients) {
    const std::string response = client->receive();
    EXPECT_TRUE(response.ends_with("body")) << response;
    EXPECT_NE(response.find("Connection: close"), std::string::npos);
  }
  EXPECT_TRUE(half.receive().ends_with("body"));
  stopper.join();
  EXPECT_THROW(Client late(server_->port()), std::runtime_error);
}

TEST_P(HttpServerTest, AClientThatLeavesDoesNoHarm) {
  delay_ = std::chrono::milliseconds(20);
  start();
  for (int i = 0; i < 50; ++i) {
    Client client(server_->port());
    client.send(post(std::string(100'000, 'x')));
  }
  EXPECT_TRUE(Client(server_->port()).exchange(kGet).starts_with("HTTP/1.1 200"));
}

INSTANTIATE_TEST_SUITE_P(Sends, HttpServerTest, testing::send_modes(), testing::send_mode_name);

TEST(HttpServerStart, SaysThatThereAreNoDescriptorsLeft) {
  if (mrgc::testing::kSanitized)
    GTEST_SKIP() << "a sanitizer looks at memory through a pipe, which would need descriptors";
  const auto started = [] {
    const mrgc::testing::NoDescriptors none;
    return HttpServer::start({}, [](const HttpRequest&, const Respond&) {});
  }();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(started.error().message.starts_with("the server's threads cannot be started: "))
      << started.error().message;
}

TEST(HttpServerStart, SaysWhyItCannotListen) {
  HttpServerOptions options;
  const auto first = HttpServer::start(options, [](const HttpRequest&, const Respond&) {});
  ASSERT_TRUE(first);
  options.port = (*first)->port();
  const auto second = HttpServer::start(options, [](const HttpRequest&, const Respond&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(second.error().message.find(std::to_string(options.port)), std::string::npos);
  options.host = "no such host";
  EXPECT_FALSE(HttpServer::start(options, [](const HttpRequest&, const Respond&) {}));
}

}  // namespace
}  // namespace mrgc::server
