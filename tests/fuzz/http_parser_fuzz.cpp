// The input is, as its first byte says, either bytes for the parser or decisions from which requests and their bytes
// are made. Bytes are checked to be read the same in one piece and in many; what is made is checked to come out as it
// went in. The limits are small, so that they are reached.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/must_hold.h"
#include "server/http_parser.h"

namespace mrgc::server {
namespace {

using State = HttpParser::State;

constexpr HttpLimits kLimits{.header_bytes = 256, .body_bytes = 64};

std::vector<std::string_view> kept_headers(const HttpRequest& request) {
  return {
      request.amz_target,       request.amz_date,        request.date,   request.authorization, request.content_type,
      request.content_encoding, request.accept_encoding, request.origin, request.cors_method,   request.cors_headers};
}

bool same(const HttpRequest& a, const HttpRequest& b) {
  return a.method == b.method && a.keep_alive == b.keep_alive && a.target == b.target && a.body == b.body &&
         kept_headers(a) == kept_headers(b);
}

/// Feeds as a connection does: what the parser leaves is given again with what follows.
class Feeder {
 public:
  void feed(std::string_view bytes) {
    if (refused()) return;
    unused_ += bytes;
    do {
      const std::size_t used = parser_.feed(unused_);
      MUST_HOLD(used <= unused_.size());
      unused_.erase(0, used);
      if (parser_.take_expects_continue()) ++continues_;
      if (parser_.state() != State::kComplete) break;
      take();
    } while (!unused_.empty());
    // What a sender can make a connection hold back.
    MUST_HOLD(refused() || unused_.size() < kLimits.header_bytes);
  }

  const std::vector<HttpRequest>& requests() const { return requests_; }
  State state() const { return parser_.state(); }
  int continues() const { return continues_; }
  bool refused() const { return state() != State::kIncomplete; }
  // Bytes that are too few to look at: what they begin is seen with those that follow.
  bool holds_back() const { return state() == State::kIncomplete && !unused_.empty() && unused_.size() < 5; }
  bool at_an_end() const { return !parser_.started() && unused_.empty(); }

 private:
  void take() {
    requests_.push_back(parser_.take_request());
    const HttpRequest& request = requests_.back();
    MUST_HOLD(request.body.size() <= kLimits.body_bytes);
    std::size_t header_bytes = request.target.size();
    for (const std::string_view header : kept_headers(request)) header_bytes += header.size();
    MUST_HOLD(header_bytes <= kLimits.header_bytes);
    MUST_HOLD(!parser_.started() && parser_.state() == State::kIncomplete);
  }

  HttpParser parser_{kLimits};
  std::string unused_;
  std::vector<HttpRequest> requests_;
  int continues_ = 0;
};

// Pieces of 1 to 64 bytes, as `sizes` says, over and over.
Feeder feed_in_pieces(std::string_view bytes, std::string_view sizes) {
  Feeder feeder;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t size =
        std::min<std::size_t>(1 + static_cast<unsigned char>(sizes[i % sizes.size()]) % 64, bytes.size());
    feeder.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return feeder;
}

// A header that is no HTTP may be found out at once, at its end, or when it gets too long: the parser looks for the end
// of a header of which it saw a part before it looks at the rest.
// And a quote that is open at the end of a chunk's line goes on behind it for the parser, which takes the chunk's size
// off the body's limit whenever it looks again.
bool same_outcome(State a, State b, bool has_open_quotes) {
  const auto may_come_to_be_malformed = [](State state) {
    return state == State::kIncomplete || state == State::kHeaderTooLarge;
  };
  return a == b || (a == State::kMalformed && may_come_to_be_malformed(b)) ||
         (b == State::kMalformed && may_come_to_be_malformed(a)) ||
         (has_open_quotes && (a == State::kBodyTooLarge || b == State::kBodyTooLarge));
}

void check_bytes(std::string_view sizes, std::string_view bytes) {
  Feeder whole;
  whole.feed(bytes);
  const Feeder pieces = feed_in_pieces(bytes, sizes);
  MUST_HOLD(std::ranges::equal(whole.requests(), pieces.requests(), same));
  const bool has_open_quotes = bytes.find(";") != bytes.npos && bytes.find('"') != bytes.npos;
  MUST_HOLD(pieces.holds_back() || same_outcome(whole.state(), pieces.state(), has_open_quotes));
  if (whole.state() == pieces.state()) MUST_HOLD(whole.continues() == pieces.continues());
}

// --- Requests that are made ---------------------------------------------------------------------------------------

/// Takes decisions off the front of the input; zeros at its end.
class Choices {
 public:
  explicit Choices(std::string_view decisions) : rest_(decisions) {}

  bool more() const { return !rest_.empty(); }
  std::size_t below(std::size_t bound) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte % bound;
  }
  std::string text(std::string_view characters, std::size_t max_size) {
    std::string text(below(max_size + 1), '\0');
    for (char& c : text) c = characters[below(characters.size())];
    return text;
  }

 private:
  std::string_view rest_;
};

struct Made {
  HttpRequest request;
  std::string bytes;
};

constexpr std::string_view kPlain = "abcXYZ019-_=/.,:;";
constexpr std::string_view kAnyByte("\0\r\n{}\"ab\xff ", 10);

void add_header(Made& made, Choices& choices, std::string_view name, std::string HttpRequest::* member) {
  std::string shown(name);
  for (char& c : shown) {
    if (choices.below(4) == 0 && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const std::string value = choices.text(kPlain, 20);
  if (member != nullptr) made.request.*member = value;
  made.bytes += shown + ":" + choices.text(" \t", 3) + value + choices.text(" \t", 3) + "\r\n";
}

void add_headers(Made& made, Choices& choices) {
  constexpr std::pair<std::string_view, std::string HttpRequest::*> kHeaders[] = {
      {"x-amz-target", &HttpRequest::amz_target},
      {"x-amz-date", &HttpRequest::amz_date},
      {"date", &HttpRequest::date},
      {"authorization", &HttpRequest::authorization},
      {"content-type", &HttpRequest::content_type},
      {"content-encoding", &HttpRequest::content_encoding},
      {"accept-encoding", &HttpRequest::accept_encoding},
      {"origin", &HttpRequest::origin},
      {"access-control-request-method", &HttpRequest::cors_method},
      {"access-control-request-headers", &HttpRequest::cors_headers},
      {"user-agent", nullptr},
      {"x-other", nullptr},
  };
  for (std::size_t count = choices.below(5); count > 0; --count) {
    const auto& [name, member] = kHeaders[choices.below(std::size(kHeaders))];
    add_header(made, choices, name, member);
  }
}

void add_chunks(Made& made, Choices& choices) {
  made.bytes += "Transfer-Encoding: chunked\r\n\r\n";
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string_view rest = made.request.body;
  while (!rest.empty()) {
    const std::size_t size = std::min<std::size_t>(1 + choices.below(20), rest.size());
    if (size > 15) made.bytes += kDigits[size / 16];
    made.bytes += kDigits[size % 16];
    if (choices.below(4) == 0) made.bytes += ";x=1";
    made.bytes.append("\r\n").append(rest.substr(0, size)).append("\r\n");
    rest.remove_prefix(size);
  }
  made.bytes += choices.below(4) == 0 ? "0\r\nx-trailer: a\r\n\r\n" : "0\r\n\r\n";
}

Made make_request(Choices& choices) {
  constexpr std::pair<std::string_view, HttpMethod> kMethods[] = {{"POST", HttpMethod::kPost},
                                                                  {"GET", HttpMethod::kGet},
                                                                  {"HEAD", HttpMethod::kHead},
                                                                  {"OPTIONS", HttpMethod::kOptions},
                                                                  {"PUT", HttpMethod::kOther}};
  Made made;
  const auto& [name, method] = kMethods[choices.below(std::size(kMethods))];
  made.request.method = method;
  made.request.target = "/" + choices.text("abc?=&%", 20);
  const bool newer = choices.below(4) != 0;
  made.request.keep_alive = newer;
  made.bytes = std::string(name) + " " + made.request.target + (newer ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  if (choices.below(4) == 0) {
    made.request.keep_alive = choices.below(2) == 0;
    made.bytes += made.request.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  }
  add_headers(made, choices);
  made.request.body = choices.text(kAnyByte, kLimits.body_bytes + 2);
  if (made.request.body.empty() && choices.below(2) == 0) {
    made.bytes += "\r\n";
  } else if (newer && choices.below(3) == 0) {
    add_chunks(made, choices);
  } else {
    made.bytes += "Content-Length: " + std::to_string(made.request.body.size()) + "\r\n\r\n" + made.request.body;
  }
  return made;
}

void check_made(std::string_view sizes, std::string_view decisions) {
  Choices choices(decisions);
  std::string bytes;
  std::vector<HttpRequest> expected;
  State end = State::kIncomplete;
  for (int i = 0; i < 4 && choices.more() && end == State::kIncomplete; ++i) {
    Made made = make_request(choices);
    bytes += made.bytes;
    if (made.bytes.find("\r\n\r\n") + 4 > kLimits.header_bytes) {
      end = State::kHeaderTooLarge;
    } else if (made.request.body.size() > kLimits.body_bytes) {
      end = State::kBodyTooLarge;
    } else {
      expected.push_back(std::move(made.request));
    }
  }
  const Feeder pieces = feed_in_pieces(bytes, sizes);
  MUST_HOLD(std::ranges::equal(pieces.requests(), expected, same));
  MUST_HOLD(pieces.state() == end);
  if (end == State::kIncomplete) MUST_HOLD(pieces.at_an_end());
}

}  // namespace
}  // namespace mrgc::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSizes = 4;
  if (size < 1 + kSizes) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view sizes = input.substr(1, kSizes);
  const std::string_view rest = input.substr(1 + kSizes);
  if (input[0] % 2 == 0) {
    mrgc::server::check_bytes(sizes, rest);
  } else {
    mrgc::server::check_made(sizes, rest);
  }
  return 0;
}
