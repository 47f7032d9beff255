#include "server/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>

namespace mrgc::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// How long an idle connection may still begin a request when the server ends: it may be under way.
constexpr auto kDrainGrace = std::chrono::milliseconds(500);
/// How long a request may still take to arrive then, and an answer to be taken: whoever waits for the end kills a
/// server that takes half a minute.
constexpr auto kDrainTransfer = std::chrono::seconds(5);
/// Smaller bodies are copied behind their heads: that costs less than to hand the kernel two pieces.
constexpr std::size_t kMaxJoinedBody = 4096;

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, IoThread& thread, const HttpServerOptions& options,
                       const HttpHandler& handler)
    : socket_(std::move(socket)), thread_(thread), options_(options), handler_(handler), parser_(options.limits) {}

void Connection::start() {
  error_code ec;
  socket_.non_blocking(true, ec);
  if (!ec) socket_.set_option(asio::ip::tcp::no_delay(true), ec);
  if (ec) return;
  thread_.add(shared_from_this());
  enter(Phase::kIdle);
  wait_readable();
}

void Connection::enter(Phase phase) {
  if (phase_ == Phase::kClosed) return;
  phase_ = phase;
  switch (phase) {
    case Phase::kIdle:
      deadline_ = draining_ ? std::chrono::steady_clock::now() + kDrainGrace : thread_.now() + options_.idle_timeout;
      break;
    case Phase::kReading:
    case Phase::kWriting: deadline_ = thread_.now() + transfer_timeout(); break;
    case Phase::kHandling:
    case Phase::kClosed: deadline_ = std::chrono::steady_clock::time_point::max(); break;
  }
}

std::chrono::milliseconds Connection::transfer_timeout() const {
  return draining_ ? std::min<std::chrono::milliseconds>(kDrainTransfer, options_.transfer_timeout)
                   : options_.transfer_timeout;
}

void Connection::check_deadline() {
  if (thread_.now() >= deadline_) close();
}

void Connection::drain() {
  draining_ = true;
  if (phase_ != Phase::kHandling) enter(phase_);
}

void Connection::wait_readable() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& ec) { self->on_readable(ec); });
}

void Connection::on_readable(const error_code& ec) {
  if (phase_ == Phase::kClosed) return;
  if (ec) return close();
  read();
  proceed();
}

void Connection::read() {
  error_code ec;
  auto& scratch = thread_.scratch();
  const std::size_t size = socket_.read_some(asio::buffer(scratch), ec);
  if (ec == asio::error::would_block || ec == asio::error::interrupted) return;
  if (ec) return close();
  if (unused_.empty()) {
    const std::string_view bytes(scratch.data(), size);
    unused_.assign(bytes.substr(parser_.feed(bytes)));
  } else {
    unused_.append(scratch.data(), size);
    feed();
  }
}

void Connection::feed() { unused_.erase(0, parser_.feed(unused_)); }

// Takes requests from what was read, until one is not complete or not answered at once.
void Connection::proceed() {
  proceeding_ = true;
  while (phase_ == Phase::kIdle || phase_ == Phase::kReading) {
    switch (parser_.state()) {
      case HttpParser::State::kComplete: handle(parser_.take_request()); continue;
      case HttpParser::State::kMalformed: refuse(400); continue;
      case HttpParser::State::kHeaderTooLarge: refuse(431); continue;
      case HttpParser::State::kBodyTooLarge: refuse(413); continue;
      case HttpParser::State::kIncomplete: break;
    }
    if (phase_ == Phase::kIdle && (parser_.started() || !unused_.empty())) enter(Phase::kReading);
    if (parser_.take_expects_continue()) {
      // A client that does not take these few bytes gets on without them.
      error_code ec;
      socket_.write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ec);
    }
    wait_readable();
    break;
  }
  proceeding_ = false;
}

void Connection::handle(HttpRequest request) {
  keep_alive_ = request.keep_alive;
  without_body_ = request.method == HttpMethod::kHead;
  enter(Phase::kHandling);
  handler_(std::move(request), [self = shared_from_this()](MakeResponse response) mutable {
    IoThread& thread = self->thread_;
    if (thread.is_current()) return self->respond(response());
    thread.post([self = std::move(self), response = std::move(response)]() mutable { self->respond(response()); });
  });
}

void Connection::refuse(int status) {
  keep_alive_ = false;
  unused_.clear();
  enter(Phase::kHandling);
  respond({.status = status, .headers = {}, .body = {}});
}

void Connection::respond(HttpResponse response) {
  if (phase_ == Phase::kClosed) return;
  if (draining_) keep_alive_ = false;
  write_head(response);
  body_ = without_body_ ? std::string() : std::move(response.body);
  if (body_.size() <= kMaxJoinedBody) {
    head_ += body_;
    body_.clear();
  }
  written_ = 0;
  enter(Phase::kWriting);
  write();
}

// Without format strings: every answer comes by here.
void Connection::write_head(const HttpResponse& response) {
  head_.clear();
  const auto append = [this](auto... parts) { (head_.append(parts), ...); };
  append("HTTP/1.1 ", fmt::format_int(response.status).c_str(), " ", reason(response.status));
  append("\r\nServer: mrgc\r\nDate: ", thread_.date(), "\r\nConnection: ", keep_alive_ ? "keep-alive" : "close");
  append("\r\nContent-Length: ", fmt::format_int(response.body.size()).c_str(), "\r\n");
  append(std::string_view(response.headers), "x-amzn-RequestId: ");
  thread_.append_request_id(head_);
  append("\r\n\r\n");
}

void Connection::write() {
  const std::size_t total = head_.size() + body_.size();
  while (written_ < total) {
    const std::size_t of_head = std::min(written_, head_.size());
    const std::size_t of_body = written_ - of_head;
    const std::array<asio::const_buffer, 2> rest = {asio::buffer(head_.data() + of_head, head_.size() - of_head),
                                                    asio::buffer(body_.data() + of_body, body_.size() - of_body)};
    error_code ec;
    written_ += socket_.write_some(rest, ec);
    if (!ec) continue;
    if (ec != asio::error::would_block && ec != asio::error::interrupted) return close();
    socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](const error_code& failed) {
      if (self->phase_ != Phase::kWriting) return;
      if (failed) return self->close();
      self->write();
    });
    return;
  }
  on_written();
}

void Connection::on_written() {
  if (!keep_alive_) return close();
  if (body_.capacity() > kMaxJoinedBody) body_ = std::string();
  enter(Phase::kIdle);
  if (!unused_.empty()) feed();
  if (!proceeding_) proceed();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  enter(Phase::kClosed);
  error_code ignored;
  // What the client has yet to read must reach it, so no reset: end our side, and take what it still sends.
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  auto& scratch = thread_.scratch();
  for (int i = 0; i < 16 && !ignored; ++i) socket_.read_some(asio::buffer(scratch), ignored);
  socket_.close(ignored);
  thread_.remove(shared_from_this());
}

}  // namespace mrgc::server
