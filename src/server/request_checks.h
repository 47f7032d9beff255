#pragma once

#include "mrgc/base/error.h"
#include "server/http_message.h"

namespace mrgc::server {

/// Whether the request is signed in form: all that a signature has must be there, as DynamoDB demands it. Whether it is
/// the right signature is not looked at.
/// Errors: `kMissingToken`, `kIncompleteSignature`, `kInvalidSignature`, with DynamoDB's message.
Result<void> check_signature_form(const HttpRequest& request);

}  // namespace mrgc::server
