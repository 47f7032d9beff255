#pragma once

#include <span>
#include <string_view>

#include "mrgc/base/error.h"
#include "protocol/table_requests.h"

/// Requests name a table by its name or, since 2024, by its ARN: `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`. Answers
/// on items name it as the request did (`ReplyOptions::shown`), descriptions of tables by its name.
namespace mrgc::protocol {

/// Whether this has the form of a table's ARN, of whichever region and account; at most 1,024 bytes.
bool is_table_arn(std::string_view text);

/// The table's name of a reference to it.
std::string_view table_name(std::string_view reference);

/// That the owner of this place may not do `operation` with a resource of another account.
std::unexpected<Error> access_denied(std::string_view arn, std::string_view operation, const ServerIdentity& identity);

/// Whether tables' ARNs are of this region and account. `operation` is the operation's name. Errors: `kValidation` for
/// another region, `kAccessDenied` for another account.
Result<void> check_table_arns(std::span<const std::string_view> arns, std::string_view operation,
                              const ServerIdentity& identity);

}  // namespace mrgc::protocol
