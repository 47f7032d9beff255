#include "server/http_server.h"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <exception>
#include <optional>
#include <thread>
#include <vector>

#include "server/connection.h"
#include "server/io_thread.h"
#include "server/socket.h"

namespace mrgc::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler handler) : options_(options), handler_(std::move(handler)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(options.threads, 1); ++i) {
      threads_.push_back(std::make_unique<IoThread>(i, options.sends));
    }
  }

  ~Impl() { stop(); }

  Result<void> listen() {
    error_code ec;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, ec);
    if (!ec && found.empty()) ec = asio::error::host_not_found;
    if (ec) return failed("finding its address", ec);
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(4096, ec);
    if (!ec) acceptor_.non_blocking(true, ec);
    if (ec) return failed("listening", ec);
    port_ = acceptor_.local_endpoint(ec).port();
    accept();
    accepting_ = std::jthread([this] {
      pthread_setname_np(pthread_self(), "mrgc-accept");
      context_.run();
    });
    return {};
  }

  std::uint16_t port() const { return port_; }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    // Connections that wait to be accepted have been accepted as far as their clients can tell.
    asio::post(context_, [this] {
      accept_waiting();
      error_code ignored;
      acceptor_.close(ignored);
      retry_.cancel();
    });
    if (accepting_.joinable()) accepting_.join();
    for (const auto& thread : threads_) thread->post([draining = thread.get()] { draining->drain(); });
    // Ends: what is being handled is answered, and everything else has a deadline.
    while (connections() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    threads_.clear();
  }

 private:
  Result<void> failed(std::string_view at, const error_code& ec) const {
    return base::fail(ErrorCode::kUnavailable,
                      fmt::format("{}:{}: {} failed: {}", options_.host, options_.port, at, ec.message()));
  }

  std::size_t connections() const {
    std::size_t sum = 0;
    for (const auto& thread : threads_) sum += thread->connections();
    return sum;
  }

  void accept() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& ec) {
      if (ec || !acceptor_.is_open()) return;
      accept_waiting();
    });
  }

  // Takes all connections that wait, each for the next thread in turn.
  void accept_waiting() {
    while (true) {
      std::optional<Socket> socket = Socket::accept(acceptor_.native_handle());
      if (!socket && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (!socket) {
        // Too many open files, for example: go on when some may have been closed.
        retry_.expires_after(std::chrono::milliseconds(100));
        retry_.async_wait([this](const error_code& canceled) {
          if (!canceled) accept();
        });
        return;
      }
      if (connections() >= options_.max_connections) continue;  // closes it
      IoThread& thread = *threads_[next_thread_++ % threads_.size()];
      thread.take(std::make_shared<Connection>(std::move(*socket), thread, options_, handler_));
    }
    accept();
  }

  const HttpServerOptions options_;
  const HttpHandler handler_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  asio::io_context context_{1};  // of what follows, which is for the accepting thread only once that runs
  tcp::acceptor acceptor_{context_};
  asio::steady_timer retry_{context_};
  std::size_t next_thread_ = 0;
  std::uint16_t port_ = 0;
  bool stopped_ = false;
  std::jthread accepting_;  // last: it uses the others
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options, HttpHandler handler) {
  try {
    auto impl = std::make_unique<Impl>(options, std::move(handler));
    if (auto listening = impl->listen(); !listening) return base::forward_error(listening);
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
  } catch (const std::exception& failure) {  // no threads or descriptors are to be had
    return base::fail(ErrorCode::kUnavailable,
                      fmt::format("the server's threads cannot be started: {}", failure.what()));
  }
}

std::uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace mrgc::server
