#pragma once

#include "mrgc/base/clock.h"
#include "mrgc/store/store.h"
#include "mrgc/store/streams.h"
#include "protocol/table_requests.h"

namespace mrgc::server {

/// What a region's requests are answered from.
struct Region {
  store::Store& store;
  store::Streams* streams = nullptr;  ///< null: streams are an unknown operation
  protocol::ServerIdentity identity;
  const base::Clock& clock;
};

}  // namespace mrgc::server
