#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::fleet {

/// `value` as a DynamoDB number; what is too small for one is zero. `value` must be finite and below 1E+126.
item::Number to_number(double value);

/// Reads the attributes of a map or row that may have been written by anyone. What a row cannot do without is asked for
/// with the methods without `optional_`; the first such attribute that is missing or of another type is remembered.
class AttributeReader {
 public:
  explicit AttributeReader(item::MapView attributes);

  std::string text(std::string_view name);
  std::int64_t integer(std::string_view name);
  double number(std::string_view name);

  std::string optional_text(std::string_view name) const;  ///< empty when absent
  std::optional<std::int64_t> optional_integer(std::string_view name) const;
  std::optional<double> optional_number(std::string_view name) const;
  bool optional_flag(std::string_view name) const;  ///< false when absent
  std::optional<item::MapView> optional_map(std::string_view name) const;

  /// A text that `parse` must understand.
  template <typename T>
  T word(std::string_view name, std::optional<T> (*parse)(std::string_view)) {
    const std::optional<T> parsed = parse(text(name));
    if (!parsed) miss(name);
    return parsed.value_or(T{});
  }

  /// Errors: `kValidation` when something needed was not there; `what` says of what kind the row is.
  Result<void> finish(std::string_view what) const;

 private:
  std::optional<item::ValueView> find(std::string_view name, item::Type type) const;
  void miss(std::string_view name) {
    if (missing_.empty()) missing_ = name;
  }

  // Taken apart once: whoever reads a row asks for most of it.
  std::vector<item::MapView::value_type> attributes_;
  std::string_view missing_;
};

}  // namespace mrgc::fleet
