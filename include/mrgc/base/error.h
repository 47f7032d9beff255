#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mrgc::base {

/// What went wrong, in DynamoDB's own words where DynamoDB has one (Amazon DynamoDB Developer Guide, "Error handling
/// with DynamoDB"), and in the fleet's where the fault is the fleet's.
enum class ErrorCode : std::uint8_t {
  // DynamoDB's.
  kValidation,              ///< `ValidationException`: the request is wrong; sending it again cannot help.
  kResourceNotFound,        ///< `ResourceNotFoundException`: no such table or index.
  kResourceInUse,           ///< `ResourceInUseException`: the table exists already, or is being changed.
  kConditionalCheckFailed,  ///< `ConditionalCheckFailedException`: see `store::ConditionFailure` in the detail.
  kTransactionCanceled,     ///< `TransactionCanceledException`: see `store::CancellationReasons` in the detail.
  kTransactionConflict,     ///< `TransactionConflictException`: another transaction holds the item.
  kLimitExceeded,           ///< `LimitExceededException`: too many of something.
  kThroughputExceeded,      ///< `ProvisionedThroughputExceededException`: slow down and try again.
  kInternal,                ///< `InternalServerError`: the store failed; the outcome of a write is unknown.
  kIdempotentMismatch,      ///< `IdempotentParameterMismatchException`: the token was used for another request.
  kTrimmedData,             ///< `TrimmedDataAccessException`: the stream's records are no longer kept.
  kExpiredIterator,         ///< `ExpiredIteratorException`: a shard iterator lives for 15 minutes.
  // DynamoDB's, about how a request was sent.
  kSerialization,        ///< `SerializationException`: no JSON, or a part of the wrong type.
  kUnknownOperation,     ///< `UnknownOperationException`: no such operation.
  kMissingToken,         ///< `MissingAuthenticationTokenException`: the request is not signed.
  kIncompleteSignature,  ///< `IncompleteSignatureException`: a part of the signature is missing.
  kInvalidSignature,     ///< `InvalidSignatureException`: the request is signed in two ways at once.
  kAccessDenied,         ///< `AccessDeniedException`: the resource is not the caller's.
  // The store's own state.
  kUnavailable,  ///< The store or region cannot be reached or has gone read-only.
  kStorage,      ///< The data folder cannot be used: in use, damaged, too new, full.
  kWouldBlock,   ///< The answer would keep the thread waiting. Only inside of a store, which then asks elsewhere.
  // The fleet's.
  kInvalidArgument,    ///< A caller's value is outside its stated range.
  kNotFound,           ///< No such instance, pool or metric.
  kIllegalTransition,  ///< The instance's state does not allow this change.
  kRefused,            ///< A rule of the fleet forbids this (another boot id, quarantine, no wipe proof).
};

/// The code's name on the wire and in messages, such as `ValidationException`.
std::string_view to_string(ErrorCode code);

/// Base of what an `Error` may carry besides its message, such as the item that failed a condition.
struct ErrorDetail {
  virtual ~ErrorDetail() = default;
};

/// Why an operation did not succeed. Cheap to move; copies share the detail.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  /// One sentence that names the cause and, where there is one, the remedy. DynamoDB's own text where it has one.
  std::string message;
  /// Whether the same call may succeed later without a change by the caller.
  bool retryable = false;
  /// Further facts, by type; null when there are none.
  std::shared_ptr<const ErrorDetail> detail = nullptr;

  /// The detail as a `T`, or null when it is something else.
  template <typename T>
  const T* detail_as() const {
    return dynamic_cast<const T*>(detail.get());
  }
};

/// A value, or the `Error` that kept it from being. Exceptions are for broken invariants only.
template <typename T>
using Result = std::expected<T, Error>;

/// An error that sending again cannot mend.
inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

/// DynamoDB's `ValidationException` with its message.
inline std::unexpected<Error> invalid(std::string message) { return fail(ErrorCode::kValidation, std::move(message)); }

/// Hands on another result's error.
template <typename T>
std::unexpected<Error> forward_error(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace mrgc::base

namespace mrgc {
using base::Error;
using base::ErrorCode;
using base::Result;
}  // namespace mrgc
