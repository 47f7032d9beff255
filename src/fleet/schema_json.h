#pragma once

#include <string_view>

namespace mrgc::fleet {

/// The content of `schema/tables.json`, as it was when the library was built.
extern const std::string_view kSchemaJson;

}  // namespace mrgc::fleet
