#pragma once

#include "protocol/operation.h"
#include "protocol/shape.h"

namespace mrgc::protocol {

/// What requests of the operation must look like.
const Shape& request_shape(Operation operation);

}  // namespace mrgc::protocol
