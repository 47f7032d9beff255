#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/http_message.h"

namespace mrgc::server {

struct HttpLimits {
  /// Of a header up to its empty line, in however many pieces it comes; also of each line between the chunks of a body,
  /// and of what follows the last chunk.
  std::size_t header_bytes = std::size_t{16} << 10;
  std::size_t body_bytes = std::size_t{16} << 20;
};

/// Parses HTTP/1.1 requests out of a stream of bytes, one after the other. Not thread-safe.
class HttpParser {
 public:
  enum class State {
    kIncomplete,      ///< more bytes are needed
    kComplete,        ///< `take_request` gives a request
    kMalformed,       ///< no HTTP: answer 400 and close
    kHeaderTooLarge,  ///< answer 431 and close
    kBodyTooLarge,    ///< answer 413 and close
  };

  explicit HttpParser(const HttpLimits& limits);
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  /// Parses from the front of `bytes` until a request is complete; returns how many were used. The others, which are
  /// fewer than `HttpLimits::header_bytes`, must be given again, with what follows them: a line has to be in one piece.
  std::size_t feed(std::string_view bytes);

  State state() const;
  /// Whether bytes of the next request have been used.
  bool started() const;
  /// Whether the sender has sent its header and waits for "100 Continue" before it sends the body; true once for each
  /// request.
  bool take_expects_continue();

  /// The complete request. The parser is then ready for the next.
  HttpRequest take_request();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrgc::server
