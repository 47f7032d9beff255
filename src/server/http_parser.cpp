#include "server/http_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

namespace mrgc::server {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Text = boost::beast::string_view;

HttpMethod method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get: return HttpMethod::kGet;
    case http::verb::head: return HttpMethod::kHead;
    case http::verb::post: return HttpMethod::kPost;
    case http::verb::options: return HttpMethod::kOptions;
    default: return HttpMethod::kOther;
  }
}

// Keeps the headers that are asked for and skips the others, which most are.
class RequestParser final : public http::basic_parser<true> {
 public:
  explicit RequestParser(const HttpLimits& limits) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
    eager(true);
  }

  HttpRequest take() {
    request_.keep_alive = keep_alive();
    return std::move(request_);
  }
  bool expects_continue = false;

 private:
  void on_request_impl(http::verb verb, Text, Text target, int, error_code& ec) override {
    ec = {};
    request_.method = method_of(verb);
    request_.target.assign(target.data(), target.size());
  }
  void on_response_impl(int, Text, int, error_code& ec) override { ec = {}; }
  void on_field_impl(http::field field, Text name, Text value, error_code& ec) override {
    ec = {};
    if (std::string* kept = kept_field(field, name)) kept->assign(value.data(), value.size());
    if (field == http::field::expect && boost::beast::iequals(value, "100-continue")) expects_continue = true;
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code& ec) override {
    ec = {};
    // What a sender announces is reserved only as far as it is likely to come.
    if (size) request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*size, kMaxReserved)));
  }
  std::size_t on_body_impl(Text body, error_code& ec) override { return append(body, ec); }
  void on_chunk_header_impl(std::uint64_t, Text, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code& ec) override { return append(body, ec); }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  static constexpr std::uint64_t kMaxReserved = 64 << 10;

  std::size_t append(Text body, error_code& ec) {
    ec = {};
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  std::string* kept_field(http::field field, Text name) {
    switch (field) {
      case http::field::authorization: return &request_.authorization;
      case http::field::content_type: return &request_.content_type;
      case http::field::content_encoding: return &request_.content_encoding;
      case http::field::accept_encoding: return &request_.accept_encoding;
      case http::field::date: return &request_.date;
      case http::field::origin: return &request_.origin;
      case http::field::access_control_request_method: return &request_.cors_method;
      case http::field::access_control_request_headers: return &request_.cors_headers;
      case http::field::unknown:
        if (boost::beast::iequals(name, "x-amz-target")) return &request_.amz_target;
        if (boost::beast::iequals(name, "x-amz-date")) return &request_.amz_date;
        return nullptr;
      default: return nullptr;
    }
  }

  HttpRequest request_;
};

}  // namespace

class HttpParser::Impl {
 public:
  explicit Impl(const HttpLimits& limits) : limits_(limits) { parser_.emplace(limits_); }

  std::size_t feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ == State::kIncomplete) {
      const std::size_t taken = feed_part(bytes.substr(used));
      used += taken;
      if (taken == 0) break;
    }
    return used;
  }

  HttpRequest take() {
    HttpRequest request = parser_->take();
    parser_.emplace(limits_);
    state_ = State::kIncomplete;
    started_ = false;
    header_bytes_ = 0;
    return request;
  }

  const HttpLimits limits_;
  std::optional<RequestParser> parser_;
  State state_ = State::kIncomplete;
  bool started_ = false;

 private:
  // The parser counts only what it sees of a header at a time, and does not bound the lines between chunks. So it is
  // given no more than these may have: what is not complete then is too large, in however many pieces it came.
  std::size_t feed_part(std::string_view bytes) {
    const bool in_header = !parser_->is_header_done();
    // No rest of a chunked body is shorter; of an end that comes in pieces the parser asserts it.
    constexpr std::string_view kShortestChunks = "0\r\n\r\n";
    if (!in_header && parser_->chunked() && bytes.size() < kShortestChunks.size()) return 0;
    const std::size_t room = limits_.header_bytes - (in_header ? header_bytes_ : 0);
    const std::string_view part = bytes.substr(0, room);
    error_code ec;
    const std::size_t taken = parser_->put(boost::asio::buffer(part.data(), part.size()), ec);
    started_ = started_ || taken > 0;
    const bool still_in_header = !parser_->is_header_done();
    if (still_in_header) header_bytes_ += taken;
    if (ec == http::error::need_more) {
      if (part.size() == room && (still_in_header || taken == 0)) state_ = State::kHeaderTooLarge;
    } else if (ec == http::error::header_limit) {
      state_ = State::kHeaderTooLarge;
    } else if (ec == http::error::body_limit) {
      state_ = State::kBodyTooLarge;
    } else if (ec) {
      state_ = State::kMalformed;
    } else if (parser_->is_done()) {
      state_ = State::kComplete;
    }
    return taken;
  }

  std::size_t header_bytes_ = 0;  // used of a header that is not complete
};

HttpParser::HttpParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
HttpParser::~HttpParser() = default;
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;

std::size_t HttpParser::feed(std::string_view bytes) { return impl_->feed(bytes); }
HttpParser::State HttpParser::state() const { return impl_->state_; }
bool HttpParser::started() const { return impl_->started_; }
bool HttpParser::take_expects_continue() {
  return impl_->parser_->is_header_done() && std::exchange(impl_->parser_->expects_continue, false);
}
HttpRequest HttpParser::take_request() { return impl_->take(); }

}  // namespace mrgc::server
