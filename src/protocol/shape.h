#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "mrgc/base/error.h"
#include "protocol/json.h"

namespace mrgc::protocol {

struct Field;

/// What a part of a request must look like: DynamoDB's service model as data. A request is checked against its shape in
/// two passes, as DynamoDB does it: first that every part has the right JSON type, then the constraints.
struct Shape {
  enum class Kind : std::uint8_t { kString, kLong, kDouble, kBoolean, kList, kMap, kStructure, kAttributeValue };
  static constexpr std::int64_t kNoMin = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kNoMax = std::numeric_limits<std::int64_t>::max();

  Kind kind = Kind::kString;
  /// Of a structure, a number or a map's elements: its Java class without the package, which is in messages.
  std::string_view java_class{};
  /// Bounds of a number, of a string's length in characters, or of how many elements a list or map has.
  std::int64_t min = kNoMin;
  std::int64_t max = kNoMax;
  /// The only strings allowed, in the order of DynamoDB's message; empty: any.
  std::span<const std::string_view> allowed{};
  /// What is told of any other string; empty: what is told of all such members.
  std::string_view violation{};
  bool told_alone = false;  ///< whether AWS tells that before all else, and nothing more
  /// Whether a string may hold only the characters of table names.
  bool name_characters = false;
  /// How many characters a name has at least, where AWS tells that before what is wrong with them. By newer rules a
  /// name has to have `min`; where it has, this is told as by the older ones.
  std::int64_t name_min = kNoMin;
  /// Whether a table's ARN may stand in the place of such a name.
  bool or_arn = false;
  /// Whether AWS checks it by its newer rules (since 2026): a violation is told alone, of the member under the name it
  /// has in the request, without the value. Unless a required member is missing: then it is told as the others are.
  bool newer = false;
  const Shape* key = nullptr;       ///< of maps: names of so many characters; null: any text
  const Shape* element = nullptr;   ///< of lists and maps
  std::span<const Field> fields{};  ///< of structures
};

/// A member of a structure. Members that no field names are ignored, as on DynamoDB.
struct Field {
  std::string_view name;
  const Shape* shape;
  bool required = false;
  /// Whether AWS tells alone, and in older words, that it is missing.
  bool told_alone = false;
};

/// Whether all parts of `value` have the JSON types of `shape`. Errors: `kSerialization`.
Result<void> check_types(JsonValue value, const Shape& shape);

/// Whether `value`, whose types are right, meets the constraints of `shape`. Adds the ARNs that tables are named by to
/// `table_arns`, unless that is null; the views are into the document. Errors: `kValidation` that lists up to ten
/// violations, or tells the first one of a `newer` shape.
Result<void> check_constraints(JsonValue value, const Shape& shape,
                               std::vector<std::string_view>* table_arns = nullptr);

}  // namespace mrgc::protocol
