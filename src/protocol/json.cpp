#include "protocol/json.h"

#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <cstdint>
#include <cstring>

#include "item/utf8.h"

namespace mrgc::protocol {

// Receives the parser's events.
class JsonDocument::Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(std::vector<Node>& nodes) : nodes_(nodes) {}

  bool Null() { return add(JsonValue::Kind::kNull); }
  bool Bool(bool flag) { return add(flag ? JsonValue::Kind::kTrue : JsonValue::Kind::kFalse); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return add(JsonValue::Kind::kNumber, text, size); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add(JsonValue::Kind::kString, text, size); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return add(JsonValue::Kind::kString, text, size); }
  bool StartObject() { return open(JsonValue::Kind::kObject); }
  bool StartArray() { return open(JsonValue::Kind::kArray); }
  bool EndObject(rapidjson::SizeType members) { return close(members); }
  bool EndArray(rapidjson::SizeType elements) { return close(elements); }

 private:
  bool add(JsonValue::Kind kind, const char* text = nullptr, rapidjson::SizeType size = 0) {
    nodes_.push_back({.text = text, .size = size, .next = 1, .kind = kind});
    return true;
  }
  bool open(JsonValue::Kind kind) {
    if (open_.size() >= kMaxJsonDepth) return false;
    open_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    return add(kind);
  }
  bool close(rapidjson::SizeType size) {
    Node& node = nodes_[open_.back()];
    node.size = size;
    node.next = static_cast<std::uint32_t>(nodes_.size() - open_.back());
    open_.pop_back();
    return true;
  }

  std::vector<Node>& nodes_;
  std::vector<std::uint32_t> open_;
};

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  constexpr unsigned kFlags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  // The parser takes a NUL for the end. Its own check of the encoding would read on behind the end when the last
  // character is not complete.
  if (text.find('\0') != std::string_view::npos || !item::is_valid_utf8(text)) return std::nullopt;
  JsonDocument document;
  document.text_.reserve(text.size() + 1);
  document.text_.assign(text.begin(), text.end());
  document.text_.push_back('\0');
  document.nodes_.reserve(16 + text.size() / 12);
  Builder builder(document.nodes_);
  rapidjson::InsituStringStream stream(document.text_.data());
  rapidjson::Reader reader;
  if (!reader.Parse<kFlags>(stream, builder)) return std::nullopt;
  return document;
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  std::optional<JsonValue> found;
  for (const auto& [member, value] : members()) {
    if (member == name) found = value;
  }
  if (found && found->is_null()) return std::nullopt;
  return found;
}

namespace {

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// Whether any of eight characters needs an escape; now and then also when none does, but never the other way round.
bool may_need_escape(std::uint64_t eight) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHighs = 0x8080'8080'8080'8080;
  const auto below = [&](std::uint64_t bytes, std::uint64_t bound) {
    return (bytes - kOnes * bound) & ~bytes & kHighs;
  };
  return (below(eight, 0x20) | below(eight ^ kOnes * '"', 1) | below(eight ^ kOnes * '\\', 1)) != 0;
}

std::uint64_t eight_at(const char* at) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, at, sizeof eight);
  return eight;
}

// Where the first character from `at` on stands that needs an escape; the end when none does.
const char* find_escape(const char* at, const char* end) {
  if (end - at >= 8) {
    while (end - at >= 8 && !may_need_escape(eight_at(at))) at += 8;
    // What is left is looked at once more with what stands before it.
    if (end - at < 8 && !may_need_escape(eight_at(end - 8))) return end;
  }
  while (at != end && !needs_escape(*at)) ++at;
  return at;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      out += "\\u00";
      out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kDigits[c & 15]);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const char* const special = find_escape(at, end);
    out.append(at, special);
    if (special == end) break;
    append_escape(out, *special);
    at = special + 1;
  }
  out.push_back('"');
}

}  // namespace mrgc::protocol
