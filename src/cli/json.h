#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <optional>
#include <ostream>
#include <string_view>

#include "mrgc/item/value.h"

namespace mrgc::cli {

/// Writes one JSON document, on one line.
class Json {
 public:
  Json& begin_object() { return did(writer_.StartObject()); }
  Json& end_object() { return did(writer_.EndObject()); }
  Json& begin_array() { return did(writer_.StartArray()); }
  Json& end_array() { return did(writer_.EndArray()); }
  Json& key(std::string_view name) { return did(writer_.Key(name.data(), size_of(name))); }

  Json& value(std::string_view text) { return did(writer_.String(text.data(), size_of(text))); }
  Json& value(const char* text) { return value(std::string_view(text)); }
  Json& value(std::same_as<bool> auto flag) { return did(writer_.Bool(flag)); }
  Json& value(std::floating_point auto number) { return did(writer_.Double(number)); }
  Json& value(std::signed_integral auto number) { return did(writer_.Int64(number)); }
  Json& value(std::unsigned_integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return did(writer_.Uint64(number));
  }
  template <typename T>
  Json& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : did(writer_.Null());
  }
  /// An item's attribute: numbers keep all their digits, sets become arrays, binary becomes hexadecimal text.
  Json& attribute(const item::Value& value);

  template <typename T>
  Json& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  void print(std::ostream& out) const { out << buffer_.GetString() << '\n'; }

 private:
  static rapidjson::SizeType size_of(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }
  // The writer refuses only what is no JSON at all, such as infinity, which nothing here computes.
  Json& did(bool written);

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace mrgc::cli
