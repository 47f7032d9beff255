#include "engine/cancellation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mrgc::engine {

store::CancellationReasons::Reason cancellation_reason(const Error& error) {
  switch (error.code) {
    case ErrorCode::kConditionalCheckFailed: {
      const auto* failure = error.detail_as<store::ConditionFailure>();
      return {.code = "ConditionalCheckFailed",
              .message = error.message,
              .item = failure == nullptr ? std::nullopt : failure->item};
    }
    case ErrorCode::kValidation: return {.code = "ValidationError", .message = error.message, .item = std::nullopt};
    default: return {.code = std::string(to_string(error.code)), .message = error.message, .item = std::nullopt};
  }
}

Error transaction_canceled(std::vector<store::CancellationReasons::Reason> reasons) {
  std::vector<std::string_view> codes;
  for (const auto& reason : reasons) codes.push_back(reason.code);
  std::string message = fmt::format(
      "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", fmt::join(codes, ", "));
  auto detail = std::make_shared<store::CancellationReasons>();
  detail->reasons = std::move(reasons);
  return {.code = ErrorCode::kTransactionCanceled,
          .message = std::move(message),
          .retryable = false,
          .detail = std::move(detail)};
}

}  // namespace mrgc::engine
