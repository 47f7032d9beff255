#include <fmt/format.h>

#include "engine/expression_length.h"
#include "engine/page.h"
#include "expression/placeholders.h"
#include "store/validation.h"

// What can be told of a query or scan without its table.
namespace mrgc::engine {
namespace {

Result<void> check_limit(const std::optional<std::int64_t>& limit) {
  if (!limit || *limit >= 1) return {};
  return base::invalid(
      "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than "
      "or equal to 1");
}

Result<void> check_segments(const store::ScanRequest& request) {
  if (request.segment.has_value() != request.total_segments.has_value()) {
    return base::invalid(
        request.segment ? "The TotalSegments parameter is required but was not present in the request when Segment "
                          "parameter is present"
                        : "The Segment parameter is required but was not present in the request when parameter "
                          "TotalSegments is present");
  }
  if (!request.segment) return {};
  if (*request.total_segments < 1 || *request.total_segments > store::kMaxScanSegments) {
    return base::invalid(
        fmt::format("1 validation error detected: Value '{}' at 'totalSegments' failed to satisfy "
                    "constraint: Member must have value between 1 and 1000000",
                    *request.total_segments));
  }
  if (*request.segment < 0 || *request.segment >= *request.total_segments) {
    return base::invalid(fmt::format(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {0} is "
        "not less than TotalSegments: {1}",
        *request.segment, *request.total_segments));
  }
  return {};
}

// Parses the filter and the projection into `parsed`, and finds out whether a placeholder is left over.
template <typename Request>
Result<PageExpressions> parse_rest(const Request& request, expression::Placeholders& placeholders,
                                   PageExpressions parsed) {
  if (!request.filter_expression.empty()) {
    auto filter = expression::Condition::parse(request.filter_expression, placeholders, expression::Role::kFilter);
    if (!filter) return base::forward_error(filter);
    parsed.filter = std::move(*filter);
  }
  if (!request.projection_expression.empty()) {
    auto projection = expression::Projection::parse(request.projection_expression, placeholders);
    if (!projection) return base::forward_error(projection);
    parsed.projection = std::move(*projection);
  }
  if (auto checked = placeholders.check_all_used(); !checked) return base::forward_error(checked);
  return parsed;
}

}  // namespace

Result<PageExpressions> parse_expressions(const store::QueryRequest& request) {
  if (auto checked = check_limit(request.limit); !checked) return base::forward_error(checked);
  if (request.key_condition_expression.empty()) {
    return base::invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  expression::Placeholders placeholders(request.names, request.values, length_of(request));
  if (auto checked = placeholders.check_syntax(); !checked) return base::forward_error(checked);
  auto key = expression::KeyExpression::parse(request.key_condition_expression, placeholders);
  if (!key) return base::forward_error(key);
  auto parsed = parse_rest(request, placeholders, {.key = std::move(*key), .filter = {}, .projection = {}});
  if (!parsed) return parsed;
  if (auto checked = parsed->key->check_form(); !checked) return base::forward_error(checked);
  return parsed;
}

Result<PageExpressions> parse_expressions(const store::ScanRequest& request) {
  if (auto checked = check_limit(request.limit); !checked) return base::forward_error(checked);
  if (auto checked = check_segments(request); !checked) return base::forward_error(checked);
  const bool any = !request.filter_expression.empty() || !request.projection_expression.empty();
  if (auto checked = store::check_expression_inputs(any, request.names, request.values); !checked) {
    return base::forward_error(checked);
  }
  expression::Placeholders placeholders(request.names, request.values, length_of(request));
  if (auto checked = placeholders.check_syntax(); !checked) return base::forward_error(checked);
  return parse_rest(request, placeholders, {});
}

}  // namespace mrgc::engine
