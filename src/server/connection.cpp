#include "server/connection.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace mrgc::server {
namespace {

/// How long an idle connection may still begin a request when the server ends: it may be under way.
constexpr auto kDrainGrace = std::chrono::milliseconds(500);
/// How long a request may still take to arrive then, and an answer to be taken: whoever waits for the end kills a
/// server that takes half a minute.
constexpr auto kDrainTransfer = std::chrono::seconds(5);
/// Smaller bodies are copied behind their heads: that costs less than to hand the kernel two pieces.
constexpr std::size_t kMaxJoinedBody = 4096;
/// Then those of other connections are handled.
constexpr int kMaxReadsAtOnce = 4;

}  // namespace

Connection::Connection(Socket socket, IoThread& thread, const HttpServerOptions& options, const HttpHandler& handler)
    : socket_(std::move(socket)), thread_(thread), options_(options), handler_(handler), parser_(options.limits) {}

void Connection::start() { enter(Phase::kIdle); }

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

void Connection::on_ready(std::uint32_t events) {
  constexpr std::uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if ((events & (EPOLLIN | kEnded)) != 0) readable_ = true;
  if ((events & kEnded) != 0) ended_ = true;
  if (phase_ == Phase::kWriting) {
    send();
  } else if (readable_) {
    proceed();
  }
}

void Connection::read() {
  auto& scratch = thread_.scratch();
  const Socket::Moved received = socket_.receive(scratch);
  // Less than was asked for is all there was, and of what comes after it the socket tells.
  readable_ = received.bytes == scratch.size() || (received.state == Socket::State::kDone && ended_);
  if (received.state == Socket::State::kEnded) return close();
  const std::string_view bytes(scratch.data(), received.bytes);
  if (unused_.empty()) {
    unused_.assign(bytes.substr(parser_.feed(bytes)));
  } else {
    unused_.append(bytes);
    feed();
  }
}

void Connection::feed() { unused_.erase(0, parser_.feed(unused_)); }

// Takes requests from what was read and is there to read, until one is not complete or not answered at once.
void Connection::proceed() {
  int reads = 0;
  while (phase_ == Phase::kIdle || phase_ == Phase::kReading) {
    switch (parser_.state()) {
      case HttpParser::State::kComplete: handle(parser_.take_request()); continue;
      case HttpParser::State::kMalformed: refuse(400); continue;
      case HttpParser::State::kHeaderTooLarge: refuse(431); continue;
      case HttpParser::State::kBodyTooLarge: refuse(413); continue;
      case HttpParser::State::kIncomplete: break;
    }
    if (readable_ && reads++ < kMaxReadsAtOnce) {
      read();
      continue;
    }
    if (phase_ == Phase::kIdle && (parser_.started() || !unused_.empty())) enter(Phase::kReading);
    // A client that does not take these few bytes gets on without them.
    if (parser_.take_expects_continue()) socket_.send("HTTP/1.1 100 Continue\r\n\r\n");
    if (readable_) go_on_later();
    break;
  }
}

// Others have their turn first.
void Connection::go_on_later() {
  if (std::exchange(going_on_later_, true)) return;
  thread_.post([self = shared_from_this()] {
    self->going_on_later_ = false;
    self->proceed();
  });
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
  sent_ = 0;
  enter(Phase::kWriting);
  send();
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

void Connection::send() {
  if (!std::exchange(is_queued_, true)) thread_.send(shared_from_this());
}

const msghdr& Connection::unsent() {
  const auto rest = [](std::string& text, std::size_t from) {
    return iovec{.iov_base = text.data() + from, .iov_len = text.size() - from};
  };
  const std::size_t of_head = std::min(sent_, head_.size());
  unsent_ = {rest(head_, of_head), rest(body_, sent_ - of_head)};
  unsent_message_.msg_iov = unsent_.data();
  unsent_message_.msg_iovlen = body_.empty() ? 1 : 2;
  return unsent_message_;
}

void Connection::on_sent(const Socket::Moved& sent) {
  is_queued_ = false;
  if (phase_ != Phase::kWriting) return;
  if (sent.state == Socket::State::kEnded) return close();
  if (sent.state == Socket::State::kWouldBlock) return;  // the socket tells when it takes more
  sent_ += sent.bytes;
  if (sent_ < head_.size() + body_.size()) return send();
  on_written();
}

void Connection::on_written() {
  if (!keep_alive_) return close();
  if (body_.capacity() > kMaxJoinedBody) body_ = std::string();
  enter(Phase::kIdle);
  if (!unused_.empty()) feed();
  proceed();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  enter(Phase::kClosed);
  thread_.remove(shared_from_this());
  socket_.close(thread_.scratch());
}

}  // namespace mrgc::server
