#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mrgc/base/error.h"
#include "protocol/json.h"

namespace mrgc::protocol::testing {

/// A parsed text that outlives the values taken from it.
class Parsed {
 public:
  explicit Parsed(std::string_view text) : document_(JsonDocument::parse(text).value()) {}
  JsonValue root() const { return document_.root(); }

 private:
  JsonDocument document_;
};

/// What a failure says; "no error" when there is none.
template <typename T>
std::string message_of(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

}  // namespace mrgc::protocol::testing
