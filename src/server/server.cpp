#include "mrgc/server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "server/api.h"
#include "server/http_server.h"
#include "server/metrics.h"

namespace mrgc::server {
namespace {

constexpr std::string_view kPlainText = "Content-Type: text/plain; charset=utf-8\r\n";

HttpResponse plain(int status, std::string text) {
  return {.status = status, .headers = std::string(kPlainText), .body = std::move(text)};
}

// One processor is left to whoever commits, and to all else. Where each had a thread, these would wait for one
// another's slices, and the slowest requests with them: on two processors, P99 was six times as long, with no more
// requests served.
std::size_t default_threads() { return std::max(std::thread::hardware_concurrency(), 2U) - 1; }

std::string health(const ServerOptions& options, int& status) {
  std::string text;
  for (const ServedRegion& region : options.regions) {
    if (const auto trouble = region.trouble ? region.trouble() : std::nullopt) {
      text += fmt::format("{}: {}\n", region.name, *trouble);
    }
  }
  status = text.empty() ? 200 : 503;
  return text.empty() ? "ok\n" : text;
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : options_(std::move(options)) {}
  ~Impl() { stop(); }

  Result<void> start() {
    for (const ServedRegion& region : options_.regions) {
      if (auto started = start_region(region); !started) return started;
    }
    return start_admin();
  }

  std::uint16_t port(std::size_t region) const { return fronts_.at(region).http->port(); }
  std::uint16_t admin_port() const { return admin_ ? admin_->port() : 0; }

  void stop() {
    for (Front& front : fronts_) front.http->stop();
    // To the end it tells how things are.
    if (admin_) admin_->stop();
  }

 private:
  struct Front {
    std::unique_ptr<Api> api;
    std::unique_ptr<HttpServer> http;
  };

  HttpServerOptions http_options(std::uint16_t port, std::size_t threads) const {
    HttpServerOptions http;
    http.host = options_.host;
    http.port = port;
    http.threads = threads;
    return http;
  }

  Result<void> start_region(const ServedRegion& region) {
    const std::size_t threads = options_.threads > 0 ? options_.threads : default_threads();
    protocol::ServerIdentity identity{.region = region.name};
    identity.address = fmt::format("{}:{}", options_.host, region.port);
    auto api = std::make_unique<Api>(Region{.store = *region.store,
                                            .streams = region.streams,
                                            .identity = std::move(identity),
                                            .clock = options_.clock != nullptr ? *options_.clock : system_clock_},
                                     metrics_);
    auto http =
        HttpServer::start(http_options(region.port, threads), [api = api.get()](HttpRequest request, Respond respond) {
          api->handle(std::move(request), std::move(respond));
        });
    if (!http) return base::forward_error(http);
    fronts_.push_back({.api = std::move(api), .http = std::move(*http)});
    return {};
  }

  Result<void> start_admin() {
    if (!options_.admin_port) return {};
    auto http =
        HttpServer::start(http_options(*options_.admin_port, 1), [this](const HttpRequest& request, Respond respond) {
          respond([this, method = request.method, target = request.target] { return admin(method, target); });
        });
    if (!http) return base::forward_error(http);
    admin_ = std::move(*http);
    return {};
  }

  HttpResponse admin(HttpMethod method, std::string_view target) const {
    if (method != HttpMethod::kGet && method != HttpMethod::kHead) return plain(405, "GET is all that there is here\n");
    if (target == "/healthz") {
      int status = 0;
      std::string text = health(options_, status);
      return plain(status, std::move(text));
    }
    if (target == "/metrics") {
      return {.status = 200,
              .headers = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
              .body = metrics_.text()};
    }
    return plain(404, "here are /healthz and /metrics\n");
  }

  const ServerOptions options_;
  const base::SystemClock system_clock_;
  Metrics metrics_;
  std::vector<Front> fronts_;
  std::unique_ptr<HttpServer> admin_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  if (auto started = impl->start(); !started) return base::forward_error(started);
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port(std::size_t region) const { return impl_->port(region); }
std::uint16_t Server::admin_port() const { return impl_->admin_port(); }
void Server::stop() { impl_->stop(); }

}  // namespace mrgc::server
