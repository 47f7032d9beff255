#pragma once

#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// Why one action cancels its transaction.
store::CancellationReasons::Reason cancellation_reason(const Error& error);

/// The error of a transaction that is cancelled: `kTransactionCanceled` with `store::CancellationReasons`, one reason
/// for each action.
Error transaction_canceled(std::vector<store::CancellationReasons::Reason> reasons);

}  // namespace mrgc::engine
