#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "fleet/json_value.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::fleet {
namespace {

constexpr std::array<std::string_view, kTableCount> kTableNames = {
    "gpu-instances", "routing-state", "autoscaling-state", "cleanup-validation", "metrics"};

// A second of the minute tells the regions apart.
constexpr std::size_t kMaxRegions = 60;

// Reads members of JSON objects and remembers the first thing that is wrong, so that the code below can read straight
// on and ask once at the end.
class Reader {
 public:
  using Json = item::Value;
  using Object = item::Value::Map;

  void complain(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  const std::string& error() const { return error_; }

  // The object that `json` must be, with `known` members only: a misspelt optional one would pass silently.
  const Object& object(const Json& json, std::string_view where, std::initializer_list<std::string_view> known) {
    static const Object kEmpty;
    const auto* found = json.as<Object>();
    if (found == nullptr) {
      complain(fmt::format("{} must be an object", where));
      return kEmpty;
    }
    for (const auto& [name, value] : *found) {
      if (std::ranges::find(known, name) == known.end()) {
        complain(fmt::format("{} has an unknown member \"{}\"", where, name));
      }
    }
    return *found;
  }

  std::string text(const Object& object, std::string_view name) {
    const auto* text = member<std::string>(object, name);
    if (text != nullptr && !text->empty()) return *text;
    complain(fmt::format("\"{}\" must be there and be a string that is not empty", name));
    return {};
  }
  std::string optional_text(const Object& object, std::string_view name) {
    return object.contains(name) ? text(object, name) : std::string();
  }
  bool optional_flag(const Object& object, std::string_view name) {
    if (!object.contains(name)) return false;
    const auto* flag = member<bool>(object, name);
    if (flag == nullptr) complain(fmt::format("\"{}\" must be true or false", name));
    return flag != nullptr && *flag;
  }
  std::int64_t positive_integer(const Object& object, std::string_view name) {
    const auto* number = member<item::Number>(object, name);
    const std::optional<std::int64_t> integer = number != nullptr ? number->to_int64() : std::nullopt;
    if (integer.value_or(0) >= 1) return *integer;
    complain(fmt::format("\"{}\" must be there and be an integer of at least 1", name));
    return 0;
  }

  // Calls `each` for the elements of a list; a missing list is like an empty one.
  template <typename Each>
  void list(const Object& object, std::string_view name, const Each& each) {
    if (!object.contains(name)) return;
    const auto* elements = member<item::Value::List>(object, name);
    if (elements == nullptr) return complain(fmt::format("\"{}\" must be a list", name));
    for (const Json& element : *elements) each(element);
  }
  std::vector<std::string> texts(const Object& object, std::string_view name) {
    std::vector<std::string> result;
    list(object, name, [&](const Json& element) {
      const auto* text = element.as<std::string>();
      if (text == nullptr) return complain(fmt::format("\"{}\" must hold strings", name));
      result.push_back(*text);
    });
    return result;
  }

 private:
  template <typename T>
  static const T* member(const Object& object, std::string_view name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : found->second.as<T>();
  }

  std::string error_;
};

std::optional<item::Type> parse_type(std::string_view name) {
  for (const item::Type type :
       {item::Type::kString, item::Type::kNumber, item::Type::kBinary, item::Type::kStringSet, item::Type::kNumberSet,
        item::Type::kBinarySet, item::Type::kMap, item::Type::kList, item::Type::kBool, item::Type::kNull}) {
    if (name == item::to_string(type)) return type;
  }
  return std::nullopt;
}

AttributeSchema read_attribute(Reader& reader, const Reader::Json& json) {
  const Reader::Object& object =
      reader.object(json, "an attribute", {"name", "type", "description", "allowed", "addition"});
  AttributeSchema attribute;
  attribute.name = reader.text(object, "name");
  attribute.description = reader.text(object, "description");
  attribute.allowed = reader.texts(object, "allowed");
  attribute.addition = reader.optional_flag(object, "addition");
  const std::string type = reader.text(object, "type");
  if (const std::optional<item::Type> parsed = parse_type(type)) {
    attribute.type = *parsed;
  } else {
    reader.complain(fmt::format("attribute \"{}\" has the unknown type \"{}\"", attribute.name, type));
  }
  return attribute;
}

store::KeySchema read_keys(Reader& reader, const Reader::Object& object,
                           const std::vector<AttributeSchema>& attributes) {
  const auto key_attribute = [&](const std::string& name) {
    const auto found = std::ranges::find(attributes, name, &AttributeSchema::name);
    if (found == attributes.end()) {
      reader.complain(fmt::format("the key \"{}\" is not among the attributes", name));
      return store::KeyAttribute{};
    }
    return store::KeyAttribute{.name = name, .type = found->type};
  };
  store::KeySchema keys{.partition = key_attribute(reader.text(object, "partition_key")), .sort = std::nullopt};
  if (const std::string sort = reader.optional_text(object, "sort_key"); !sort.empty()) keys.sort = key_attribute(sort);
  return keys;
}

store::IndexSpec read_index(Reader& reader, const Reader::Json& json, const std::vector<AttributeSchema>& attributes) {
  const Reader::Object& object =
      reader.object(json, "an index", {"name", "partition_key", "sort_key", "projection", "included"});
  store::IndexSpec index;
  index.name = reader.text(object, "name");
  index.keys = read_keys(reader, object, attributes);
  index.included = reader.texts(object, "included");
  const std::string projection = reader.text(object, "projection");
  if (projection == "ALL") {
    index.projection = store::Projection::kAll;
  } else if (projection == "KEYS_ONLY") {
    index.projection = store::Projection::kKeysOnly;
  } else if (projection == "INCLUDE") {
    index.projection = store::Projection::kInclude;
  } else {
    reader.complain(fmt::format("index \"{}\" has the unknown projection \"{}\"", index.name, projection));
  }
  return index;
}

TableSchema read_table(Reader& reader, const Reader::Json& json) {
  const Reader::Object& object =
      reader.object(json, "a table", {"name", "purpose", "partition_key", "sort_key", "attributes", "indexes", "ttl"});
  TableSchema table;
  table.name = reader.text(object, "name");
  table.purpose = reader.text(object, "purpose");
  reader.list(object, "attributes",
              [&](const Reader::Json& element) { table.attributes.push_back(read_attribute(reader, element)); });
  table.keys = read_keys(reader, object, table.attributes);
  reader.list(object, "indexes", [&](const Reader::Json& element) {
    table.indexes.push_back(read_index(reader, element, table.attributes));
  });
  static const Reader::Json kNothing;
  const auto ttl = object.find("ttl");
  const Reader::Object& times =
      reader.object(ttl == object.end() ? kNothing : ttl->second, "\"ttl\"", {"attribute", "after_s", "counts_from"});
  table.ttl = {.attribute = reader.text(times, "attribute"),
               .after_s = reader.positive_integer(times, "after_s"),
               .counts_from = reader.text(times, "counts_from")};
  return table;
}

Schema read_schema(Reader& reader, const Reader::Json& json) {
  const Reader::Object& object = reader.object(json, "the schema", {"format", "default_prefix", "regions", "tables"});
  Schema result;
  if (reader.positive_integer(object, "format") != 1) reader.complain("\"format\" must be 1");
  result.default_prefix = reader.text(object, "default_prefix");
  reader.list(object, "regions", [&](const Reader::Json& element) {
    result.regions.push_back(reader.text(reader.object(element, "a region", {"name", "role"}), "name"));
  });
  if (result.regions.empty() || result.regions.size() > kMaxRegions) {
    reader.complain(fmt::format("there must be 1 to {} regions", kMaxRegions));
  }
  reader.list(object, "tables",
              [&](const Reader::Json& element) { result.tables.push_back(read_table(reader, element)); });
  if (!std::ranges::equal(result.tables, kTableNames, {}, &TableSchema::name)) {
    reader.complain(fmt::format("the tables must be, in this order: {}", fmt::join(kTableNames, ", ")));
  }
  return result;
}

}  // namespace

Result<Schema> parse_schema(std::string_view json) {
  const Result<item::Value> parsed = parse_json(json);
  if (!parsed) return base::invalid("the schema is " + parsed.error().message);
  Reader reader;
  Schema result = read_schema(reader, *parsed);
  if (!reader.error().empty()) return base::invalid("the schema is wrong: " + reader.error());
  return result;
}

}  // namespace mrgc::fleet
