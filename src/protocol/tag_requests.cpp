#include "protocol/tag_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "protocol/reply.h"
#include "protocol/table_reference.h"
#include "store/validation.h"

namespace mrgc::protocol {
namespace {

constexpr std::size_t kMaxTags = 50;

// Letters, digits and spaces of any script, and some signs (Developer Guide, Tagging restrictions). Of what is not
// ASCII only pictures are known to be refused.
bool is_tag_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return base::is_letter_or_digit(c) || (byte >= 0x80 && byte < 0xF0) ||
           std::string_view(" \t\n\r+-=._:/@").contains(c);
  });
}

// The `Key` or the `Value` of a tag.
Result<std::string> read_tag_text(const RequestReader& tag, std::string_view part) {
  const bool is_there = tag.has(part);
  std::string text = tag.text(part);
  if (is_there && is_tag_text(text)) return text;
  return base::invalid(fmt::format("The Tag {0} provided is invalid, {0}: {1}", part, is_there ? text : "null"));
}

std::unexpected<Error> no_such_resource(std::string_view arn) {
  return base::fail(ErrorCode::kResourceNotFound,
                    fmt::format("Requested resource not found: ResourcArn: {} not found", arn));
}

std::unexpected<Error> invalid_arn(std::string_view arn) {
  return base::invalid(fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}", arn));
}

// DynamoDB misses these only once it has looked at the ARN.
Result<void> check_there(const RequestReader& reader, std::string_view member, std::string_view named) {
  if (reader.has(member)) return {};
  return base::invalid(fmt::format(
      "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null", named));
}

// The table of an ARN. Refused in the order in which DynamoDB does it.
Result<std::string> table_of(const RequestReader& reader, const ServerIdentity& identity, std::string_view operation) {
  const std::string arn = reader.text("ResourceArn");
  if (arn.empty()) return base::invalid("Invalid TableArn");
  if (!arn.starts_with("arn:")) return invalid_parameters(fmt::format("ARNs must start with 'arn:': {}", arn));
  if (std::ranges::count(arn, ':') < 5 || arn.find('/') == std::string::npos) {
    return access_denied(arn, operation, identity);
  }
  const std::string tables = identity.table_arn("");
  if (!arn.starts_with("arn:aws:dynamodb:") || arn.find(":table/") == std::string::npos) {
    return invalid_arn(arn);
  }
  if (!arn.starts_with(tables)) {
    const bool is_here = arn.starts_with(fmt::format("arn:aws:dynamodb:{}:", identity.region));
    return is_here ? access_denied(arn, operation, identity) : invalid_arn(arn);
  }
  std::string table = arn.substr(tables.size());
  if (table.size() < store::kMinTableNameLength) {
    return invalid_arn(arn);
  }
  if (table.find('/') != std::string::npos) {
    return invalid_parameters(
        fmt::format("Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {}", arn));
  }
  return table;
}

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> read_tags(const RequestReader& reader) {
  std::map<std::string, std::string, std::less<>> tags;
  const auto sent = reader.find("Tags");
  if (!sent) return tags;
  for (const JsonValue element : sent->elements()) {
    const RequestReader tag(element);
    auto key = read_tag_text(tag, "Key");
    if (!key) return base::forward_error(key);
    if (base::is_in_any_case(key->substr(0, 4), "aws:")) {
      return invalid_parameters(fmt::format("Tag keys that begin with 'aws:' are reserved: {}", *key));
    }
    auto value = read_tag_text(tag, "Value");
    if (!value) return base::forward_error(value);
    if (!tags.emplace(*key, std::move(*value)).second) {
      return invalid_parameters(fmt::format("Duplicate tag key: {}", *key));
    }
  }
  if (tags.size() > kMaxTags) return invalid_parameters("Too many tags: a table can have at most 50");
  return tags;
}

Result<store::UpdateTagsRequest> decode_tag_resource(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  auto table = table_of(reader, identity, "TagResource");
  if (!table) return base::forward_error(table);
  if (auto checked = check_there(reader, "Tags", "tags"); !checked) return base::forward_error(checked);
  auto tags = read_tags(reader);
  if (!tags) return base::forward_error(tags);
  if (tags->empty()) return base::invalid("Atleast one Tag needs to be provided as Input.");
  return store::UpdateTagsRequest{.table = std::move(*table), .set = std::move(*tags), .remove = {}};
}

Result<store::UpdateTagsRequest> decode_untag_resource(JsonValue object, const ServerIdentity& identity) {
  const RequestReader reader(object);
  auto table = table_of(reader, identity, "UntagResource");
  if (!table) return base::forward_error(table);
  if (auto checked = check_there(reader, "TagKeys", "tagKeys"); !checked) return base::forward_error(checked);
  store::UpdateTagsRequest request{.table = std::move(*table), .set = {}, .remove = {}};
  for (const JsonValue key : reader.find("TagKeys")->elements()) request.remove.emplace_back(key.text());
  if (request.remove.empty()) return base::invalid("Atleast one Tag Key needs to be provided as Input.");
  return request;
}

Result<store::DescribeTableRequest> decode_list_tags(JsonValue object, const ServerIdentity& identity) {
  auto table = table_of(RequestReader(object), identity, "ListTagsOfResource");
  if (!table) return base::forward_error(table);
  return store::DescribeTableRequest{.table = std::move(*table)};
}

Error of_resource(std::string_view arn, Error error) {
  return error.code == ErrorCode::kResourceNotFound ? no_such_resource(arn).error() : std::move(error);
}

std::string encode_tags(const store::TableDescription& table) {
  std::string body;
  ObjectWriter reply(body);
  std::string& out = reply.member("Tags");
  out.push_back('[');
  bool first = true;
  for (const auto& [key, value] : table.spec.settings.tags) {
    if (!std::exchange(first, false)) out.push_back(',');
    ObjectWriter tag(out);
    tag.text("Key", key);
    tag.text("Value", value);
    tag.close();
  }
  out.push_back(']');
  reply.close();
  return body;
}

}  // namespace mrgc::protocol
