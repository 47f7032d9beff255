#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/item/number.h"

namespace mrgc::item {

/// The ten attribute types of DynamoDB (Developer Guide, "Naming rules and data types").
enum class Type : std::uint8_t {
  kString,
  kNumber,
  kBinary,
  kStringSet,
  kNumberSet,
  kBinarySet,
  kMap,
  kList,
  kBool,
  kNull,
};

/// The type's name in requests and messages: `S`, `N`, `B`, `SS`, `NS`, `BS`, `M`, `L`, `BOOL`, `NULL`.
std::string_view to_string(Type type);

/// How many levels values may be nested in an item (Developer Guide, "Quotas: nested depth"). An attribute's value is
/// on the first, the elements of a list that is an attribute's value on the second.
inline constexpr int kMaxNestingLevels = 32;

/// An attribute value as a tree that owns its parts: for building items and for changing nested parts. What is stored
/// and handed around is the encoded form, `Item` and `ValueView`.
class Value {
 public:
  struct Binary {
    std::string bytes;
    friend auto operator<=>(const Binary&, const Binary&) = default;
  };
  struct Null {
    friend auto operator<=>(const Null&, const Null&) = default;
  };
  // Sorted and without duplicates; `string_set` and its sisters see to it.
  using StringSet = std::vector<std::string>;
  using NumberSet = std::vector<Number>;
  using BinarySet = std::vector<Binary>;
  using List = std::vector<Value>;
  using Map = std::map<std::string, Value, std::less<>>;

  Value() : data_(Null{}) {}
  Value(std::string text) : data_(std::move(text)) {}                // NOLINT(google-explicit-constructor)
  Value(std::string_view text) : data_(std::string(text)) {}         // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(std::string(text)) {}              // NOLINT(google-explicit-constructor)
  Value(Number number) : data_(number) {}                            // NOLINT(google-explicit-constructor)
  Value(std::int64_t number) : data_(Number::from_int64(number)) {}  // NOLINT(google-explicit-constructor)
  Value(int number) : data_(Number::from_int64(number)) {}           // NOLINT(google-explicit-constructor)
  Value(bool flag) : data_(flag) {}                                  // NOLINT(google-explicit-constructor)
  Value(Binary binary) : data_(std::move(binary)) {}                 // NOLINT(google-explicit-constructor)
  Value(Null null) : data_(null) {}                                  // NOLINT(google-explicit-constructor)
  Value(List list) : data_(std::move(list)) {}                       // NOLINT(google-explicit-constructor)
  Value(Map map) : data_(std::move(map)) {}                          // NOLINT(google-explicit-constructor)

  /// Sets. Duplicates are merged; a set must not be empty when it is stored (`check_storable`).
  static Value string_set(StringSet elements);
  static Value number_set(NumberSet elements);
  static Value binary_set(BinarySet elements);

  Type type() const;

  /// The content as `T` (one of the alternatives above), or null when the value has another type.
  /// `std::string` is a string, `StringSet` a string set, and so on.
  template <typename T>
  const T* as() const {
    return std::get_if<T>(&data_);
  }
  template <typename T>
  T* as() {
    return std::get_if<T>(&data_);
  }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  using Data = std::variant<std::string, Number, Binary, StringSet, NumberSet, BinarySet, Map, List, bool, Null>;

  explicit Value(Data data, int) : data_(std::move(data)) {}

  Data data_;
};

}  // namespace mrgc::item
