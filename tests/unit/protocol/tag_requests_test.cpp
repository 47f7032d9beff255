#include "protocol/tag_requests.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/protocol/requests.h"

namespace mrgc::protocol {
namespace {

using testing::message_of;
using testing::Parsed;

const ServerIdentity kIdentity{.region = "us-east-1", .address = "localhost:8000"};

// A request with members that only it needs, of a resource.
std::string tagged(std::string_view arn, std::string_view members) {
  return fmt::format(R"({{"ResourceArn":"{}",{}}})", arn, members);
}

TEST(TagRequests, TagsAreOfATableOfThisPlace) {
  const auto refused = [](std::string_view arn) {
    return message_of(decode_list_tags(Parsed(tagged(arn, R"("NextToken":null)")).root(), kIdentity));
  };
  EXPECT_EQ(refused(kIdentity.table_arn("things")), "no error");
  EXPECT_EQ(refused(""), "Invalid TableArn");
  EXPECT_EQ(refused(kIdentity.table_arn("ab")),
            "Invalid TableArn: Invalid ResourceArn provided as input " + kIdentity.table_arn("ab"));
  EXPECT_EQ(refused("no-arn"), "One or more parameter values were invalid: ARNs must start with 'arn:': no-arn");
  EXPECT_EQ(
      refused("arn:none"),
      "User: arn:aws:iam::123456789012:root is not authorized to perform: dynamodb:ListTagsOfResource on resource: "
      "arn:none");
  EXPECT_EQ(refused("arn:aws:s3:us-east-1:1:bucket/a"),
            "Invalid TableArn: Invalid ResourceArn provided as input arn:aws:s3:us-east-1:1:bucket/a");
  const std::string other = ServerIdentity{.region = "eu-west-1"}.table_arn("things");
  EXPECT_EQ(
      refused(kIdentity.table_arn("things/index/a")),
      "One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. "
      "Provided resource arn: " +
          kIdentity.table_arn("things/index/a"));
  EXPECT_EQ(refused(other), "Invalid TableArn: Invalid ResourceArn provided as input " + other);
  const std::string foreign = ServerIdentity{.region = "us-east-1", .account = "000000000000"}.table_arn("things");
  EXPECT_EQ(refused(foreign),
            "User: arn:aws:iam::123456789012:root is not authorized to perform: dynamodb:ListTagsOfResource on "
            "resource: " +
                foreign);
}

// Developer Guide, "Tagging restrictions".
TEST(TagRequests, KeysOfAwsAreNotForUsers) {
  const auto tagged_with = [](std::string_view key) {
    const std::string tags = fmt::format(R"("Tags":[{{"Key":"{}","Value":"b"}}])", key);
    return message_of(decode_tag_resource(Parsed(tagged(kIdentity.table_arn("things"), tags)).root(), kIdentity));
  };
  EXPECT_EQ(tagged_with("aws:stack"),
            "One or more parameter values were invalid: Tag keys that begin with 'aws:' are reserved: aws:stack");
  EXPECT_EQ(tagged_with("Aws:"),
            "One or more parameter values were invalid: Tag keys that begin with 'aws:' are reserved: Aws:");
  EXPECT_EQ(tagged_with("aws-stack"), "no error");
  EXPECT_EQ(tagged_with("aws"), "no error");
}

TEST(TagRequests, ATagAtLeastIsSetOrRemoved) {
  const std::string arn = kIdentity.table_arn("things");
  EXPECT_EQ(message_of(decode_tag_resource(Parsed(tagged(arn, R"("Tags":[])")).root(), kIdentity)),
            "Atleast one Tag needs to be provided as Input.");
  EXPECT_EQ(message_of(decode_untag_resource(Parsed(tagged(arn, R"("TagKeys":[])")).root(), kIdentity)),
            "Atleast one Tag Key needs to be provided as Input.");
  EXPECT_EQ(message_of(decode_tag_resource(Parsed("{}").root(), kIdentity)), "Invalid TableArn");
  EXPECT_EQ(message_of(decode_tag_resource(Parsed(tagged(arn, R"("Other":1)")).root(), kIdentity)),
            "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(message_of(decode_tag_resource(Parsed(tagged(arn, R"("Tags":[{"Value":"1"}])")).root(), kIdentity)),
            "The Tag Key provided is invalid, Key: null");
  EXPECT_EQ(message_of(decode_tag_resource(Parsed(tagged(arn, R"("Tags":[{"Key":"a"}])")).root(), kIdentity)),
            "The Tag Value provided is invalid, Value: null");
  const auto set = decode_tag_resource(Parsed(tagged(arn, R"("Tags":[{"Key":"a","Value":"1"}])")).root(), kIdentity);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->table, "things");
  EXPECT_EQ(set->set.at("a"), "1");
}

TEST(TagRequests, OfAMissingTableItsArnIsTold) {
  EXPECT_EQ(of_resource("arn", {.code = ErrorCode::kResourceNotFound, .message = "no table"}).message,
            "Requested resource not found: ResourcArn: arn not found");
  EXPECT_EQ(of_resource("arn", {.code = ErrorCode::kStorage, .message = "disk"}).message, "disk");
}

}  // namespace
}  // namespace mrgc::protocol
