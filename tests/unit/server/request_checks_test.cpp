#include "server/request_checks.h"

#include <gtest/gtest.h>

namespace mrgc::server {
namespace {

HttpRequest signed_request() {
  HttpRequest request;
  request.target = "/";
  request.authorization =
      "AWS4-HMAC-SHA256 Credential=k/20260101/r/dynamodb/aws4_request, SignedHeaders=host, Signature=s";
  request.amz_date = "20260101T000000Z";
  return request;
}

TEST(RequestChecks, ASignedRequestPasses) {
  EXPECT_TRUE(check_signature_form(signed_request()));
  HttpRequest in_query;
  in_query.target =
      "/?X-Amz-Algorithm=a&X-Amz-Credential=c&X-Amz-Signature=s&X-Amz-SignedHeaders=h&X-Amz-Date=20260101T000000Z";
  EXPECT_TRUE(check_signature_form(in_query));
}

TEST(RequestChecks, WhatIsMissingIsNamed) {
  const auto refusal = [](const HttpRequest& request) { return check_signature_form(request).error(); };
  HttpRequest request = signed_request();
  request.authorization = "Basic x";
  EXPECT_EQ(refusal(request).code, ErrorCode::kMissingToken);
  EXPECT_EQ(refusal(request).message, "Request is missing Authentication Token");
  request.authorization = "AWS4-HMAC-SHA256 Credential=k, SignedHeaders=host";
  EXPECT_EQ(refusal(request).code, ErrorCode::kIncompleteSignature);
  EXPECT_EQ(refusal(request).message,
            "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=k, "
            "SignedHeaders=host");
  request.authorization = "AWS4-\xff\xc3";
  EXPECT_TRUE(refusal(request).message.ends_with("Authorization=AWS4-??")) << "no JSON holds other bytes than UTF-8";
  request = signed_request();
  request.amz_date.clear();
  EXPECT_NE(refusal(request).message.find("'X-Amz-Date' or a 'Date' header"), std::string::npos);
  request.date = "Thu, 01 Jan 2026 00:00:00 GMT";
  EXPECT_TRUE(check_signature_form(request));
  request.target = "/?X-Amz-Algorithm=a";
  EXPECT_EQ(refusal(request).code, ErrorCode::kInvalidSignature);
  EXPECT_EQ(refusal(request).message,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  request.authorization.clear();
  EXPECT_EQ(refusal(request).code, ErrorCode::kIncompleteSignature);
  EXPECT_TRUE(refusal(request).message.ends_with(
      "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."));
}

}  // namespace
}  // namespace mrgc::server
