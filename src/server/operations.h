#pragma once

#include <memory>

#include "protocol/json.h"
#include "protocol/operation.h"
#include "server/call.h"
#include "server/region.h"

namespace mrgc::server {

/// Checks the request, asks the store, and ends `call` with the outcome.
void perform(protocol::Operation operation, protocol::JsonDocument document, const Region& region,
             const std::shared_ptr<Call>& call);

}  // namespace mrgc::server
