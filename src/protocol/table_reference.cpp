#include "protocol/table_reference.h"

#include <fmt/format.h>

#include <optional>

#include "store/validation.h"

namespace mrgc::protocol {
namespace {

constexpr std::string_view kService = "arn:aws:dynamodb:";
constexpr std::string_view kTable = "table/";
constexpr std::size_t kMaxArnBytes = 1024;

/// The parts of a table's ARN.
struct TableArn {
  std::string_view region;
  std::string_view account;
  std::string_view table;
};

std::optional<TableArn> parse_table_arn(std::string_view text) {
  if (!text.starts_with(kService) || text.size() > kMaxArnBytes) return std::nullopt;
  text.remove_prefix(kService.size());
  const std::size_t region_end = text.find(':');
  const std::size_t account_end = text.find(':', region_end + 1);
  if (region_end == std::string_view::npos || account_end == std::string_view::npos) return std::nullopt;
  const std::string_view resource = text.substr(account_end + 1);
  if (!resource.starts_with(kTable)) return std::nullopt;
  const TableArn arn{.region = text.substr(0, region_end),
                     .account = text.substr(region_end + 1, account_end - region_end - 1),
                     .table = resource.substr(kTable.size())};
  if (!store::check_table_name(arn.table)) return std::nullopt;
  return arn;
}

Result<void> check_arn(std::string_view text, std::string_view operation, const ServerIdentity& identity) {
  const auto arn = parse_table_arn(text);
  if (!arn) return {};
  if (arn->region != identity.region) {
    return base::invalid(
        fmt::format("Invalid TableArn: {} is of another region than this endpoint, {}", text, identity.region));
  }
  if (arn->account != identity.account) {
    auto denied = access_denied(text, operation, identity);
    denied.error().message += fmt::format(" because no resource-based policy allows the dynamodb:{} action", operation);
    return denied;
  }
  return {};
}

}  // namespace

std::unexpected<Error> access_denied(std::string_view arn, std::string_view operation, const ServerIdentity& identity) {
  return base::fail(ErrorCode::kAccessDenied,
                    fmt::format("User: arn:aws:iam::{}:root is not authorized to perform: dynamodb:{} on resource: {}",
                                identity.account, operation, arn));
}

bool is_table_arn(std::string_view text) { return parse_table_arn(text).has_value(); }

std::string_view table_name(std::string_view reference) {
  const auto arn = parse_table_arn(reference);
  return arn ? arn->table : reference;
}

Result<void> check_table_arns(std::span<const std::string_view> arns, std::string_view operation,
                              const ServerIdentity& identity) {
  for (const std::string_view arn : arns) {
    if (auto checked = check_arn(arn, operation, identity); !checked) return checked;
  }
  return {};
}

}  // namespace mrgc::protocol
