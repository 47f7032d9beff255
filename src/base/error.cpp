#include "mrgc/base/error.h"

namespace mrgc::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kValidation: return "ValidationException";
    case ErrorCode::kResourceNotFound: return "ResourceNotFoundException";
    case ErrorCode::kResourceInUse: return "ResourceInUseException";
    case ErrorCode::kConditionalCheckFailed: return "ConditionalCheckFailedException";
    case ErrorCode::kTransactionCanceled: return "TransactionCanceledException";
    case ErrorCode::kTransactionConflict: return "TransactionConflictException";
    case ErrorCode::kLimitExceeded: return "LimitExceededException";
    case ErrorCode::kThroughputExceeded: return "ProvisionedThroughputExceededException";
    case ErrorCode::kInternal: return "InternalServerError";
    case ErrorCode::kIdempotentMismatch: return "IdempotentParameterMismatchException";
    case ErrorCode::kTrimmedData: return "TrimmedDataAccessException";
    case ErrorCode::kExpiredIterator: return "ExpiredIteratorException";
    case ErrorCode::kSerialization: return "SerializationException";
    case ErrorCode::kUnknownOperation: return "UnknownOperationException";
    case ErrorCode::kMissingToken: return "MissingAuthenticationTokenException";
    case ErrorCode::kIncompleteSignature: return "IncompleteSignatureException";
    case ErrorCode::kInvalidSignature: return "InvalidSignatureException";
    case ErrorCode::kAccessDenied: return "AccessDeniedException";
    case ErrorCode::kUnavailable: return "Unavailable";
    case ErrorCode::kStorage: return "StorageError";
    case ErrorCode::kWouldBlock: return "WouldBlock";
    case ErrorCode::kInvalidArgument: return "InvalidArgument";
    case ErrorCode::kNotFound: return "NotFound";
    case ErrorCode::kIllegalTransition: return "IllegalTransition";
    case ErrorCode::kRefused: return "Refused";
  }
  return "InternalServerError";
}

}  // namespace mrgc::base
