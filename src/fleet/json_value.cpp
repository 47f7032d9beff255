#include "fleet/json_value.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <string>
#include <utility>
#include <vector>

namespace mrgc::fleet {
namespace {

// Receives the parser's events. What is open lies on a stack, so that depth is bounded and costs no recursion.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  bool Null() { return add(item::Value::Null{}); }
  bool Bool(bool flag) { return add(flag); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    const Result<item::Number> number = item::Number::parse({text, size});
    return number && add(*number);
  }
  bool String(const char* text, rapidjson::SizeType size, bool) { return add(std::string(text, size)); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    open_.back().name.assign(text, size);
    return true;
  }
  bool StartObject() { return open(item::Value::Map{}); }
  bool StartArray() { return open(item::Value::List{}); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  item::Value take() { return std::move(root_); }

 private:
  struct Container {
    item::Value value;
    std::string name;  // of the member that comes next
  };

  bool open(item::Value empty) {
    if (open_.size() >= item::kMaxNestingLevels) return false;
    open_.push_back({.value = std::move(empty), .name = {}});
    return true;
  }
  bool close() {
    item::Value closed = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(closed));
  }
  bool add(item::Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Container& container = open_.back();
    if (auto* map = container.value.as<item::Value::Map>()) {
      return map->emplace(container.name, std::move(value)).second;
    }
    container.value.as<item::Value::List>()->push_back(std::move(value));
    return true;
  }

  item::Value root_;
  std::vector<Container> open_;
};

}  // namespace

Result<item::Value> parse_json(std::string_view json) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  TreeBuilder builder;
  rapidjson::Reader reader;
  rapidjson::MemoryStream bytes(json.data(), json.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result) return builder.take();
  return base::invalid(
      fmt::format("no JSON: {} at byte {}", rapidjson::GetParseError_En(result.Code()), result.Offset()));
}

}  // namespace mrgc::fleet
