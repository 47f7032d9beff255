#include "mrgc/fleet/schema.h"

#include <algorithm>
#include <stdexcept>

#include "fleet/schema_json.h"

namespace mrgc::fleet {

std::optional<std::int64_t> Schema::region_ordinal(std::string_view region) const {
  const auto found = std::ranges::find(regions, region);
  if (found == regions.end()) return std::nullopt;
  return found - regions.begin();
}

std::string Schema::table_name(Table which, std::string_view prefix) const {
  return std::string(prefix) + "-" + table(which).name;
}

store::TableSpec Schema::table_spec(Table which, std::string_view prefix) const {
  return {.name = table_name(which, prefix), .keys = table(which).keys, .indexes = table(which).indexes};
}

const Schema& schema() {
  static const Schema parsed = [] {
    Result<Schema> read = parse_schema(kSchemaJson);
    if (!read) throw std::logic_error("the built-in schema is wrong: " + read.error().message);
    return std::move(*read);
  }();
  return parsed;
}

}  // namespace mrgc::fleet
