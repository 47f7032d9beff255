#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mrgc/base/error.h"
#include "mrgc/item/number.h"
#include "mrgc/item/value.h"

namespace mrgc::item {

/// The largest item, names and values together, as DynamoDB counts it (Developer Guide, "Item sizes and formats").
inline constexpr std::size_t kMaxItemSizeBytes = 400 * 1024;

class MapView;
class ListView;
class SetView;

/// An attribute value as it lies in an encoded buffer. Does not own the bytes: valid as long as the buffer it came
/// from. Views come from buffers that `Item` has checked or built, so accessors need no error path.
class ValueView {
 public:
  /// Over exactly one encoded value (type byte and payload). The bytes must be well-formed.
  explicit ValueView(std::string_view encoded) : encoded_(encoded) {}

  Type type() const { return static_cast<Type>(static_cast<std::uint8_t>(encoded_.front()) & 0x0F); }

  /// The encoded bytes. Equal bytes mean equal values: the encoding is canonical.
  std::string_view encoded() const { return encoded_; }

  /// Content by type; calling one that does not fit `type()` is a broken invariant.
  std::string_view as_string() const;  ///< S
  std::string_view as_binary() const;  ///< B
  Number as_number() const;            ///< N
  bool as_bool() const;                ///< BOOL
  MapView as_map() const;              ///< M
  ListView as_list() const;            ///< L
  SetView as_set() const;              ///< SS, NS, BS

  /// Bytes that order numbers under `memcmp`; N only. Cheaper than `as_number` for comparing.
  std::string_view ordered_number() const;

  /// The value's size as DynamoDB counts it, in bytes, without the attribute's name (Developer Guide, "Item sizes and
  /// formats"): S and B their bytes; N as `Number::size_bytes`; BOOL and NULL 1; sets the sum of their elements; L and
  /// M 3, and for each element 1, its own size and, in a map, its name's UTF-8 bytes.
  std::size_t size_bytes() const;

  /// An owning copy.
  Value to_value() const;

  friend bool operator==(const ValueView& a, const ValueView& b) { return a.encoded_ == b.encoded_; }

 private:
  std::string_view encoded_;
};

/// Input iterator machinery shared by the views: each knows how to read the element at the front of its bytes. Reads
/// every element once.
template <typename View>
class ViewIterator {
 public:
  using value_type = typename View::value_type;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  ViewIterator() = default;
  explicit ViewIterator(std::string_view rest) : rest_(rest) { read_next(); }
  value_type operator*() const { return *current_; }
  ViewIterator& operator++() {
    read_next();
    return *this;
  }
  ViewIterator operator++(int) {
    ViewIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const ViewIterator& a, const ViewIterator& b) {
    return a.rest_.size() == b.rest_.size() && a.current_.has_value() == b.current_.has_value();
  }

 private:
  void read_next() {
    if (rest_.empty()) {
      current_.reset();
    } else {
      current_.emplace(View::read(rest_));
    }
  }

  std::string_view rest_;
  std::optional<value_type> current_;
};

/// The attributes of a map or item, ordered by the bytes of their names.
class MapView {
 public:
  struct value_type {
    std::string_view name;
    ValueView value;
  };
  using iterator = ViewIterator<MapView>;

  MapView() = default;
  MapView(std::size_t count, std::string_view entries) : count_(count), entries_(entries) {}

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  iterator begin() const { return iterator(entries_); }
  iterator end() const { return iterator(); }

  /// The value of `name`, or nothing.
  std::optional<ValueView> find(std::string_view name) const;

  /// Reads the entry at the front of `rest` and removes it.
  static value_type read(std::string_view& rest);

 private:
  std::size_t count_ = 0;
  std::string_view entries_;
};

/// The elements of a list, in order.
class ListView {
 public:
  using value_type = ValueView;
  using iterator = ViewIterator<ListView>;

  ListView(std::size_t count, std::string_view elements) : count_(count), elements_(elements) {}

  std::size_t size() const { return count_; }
  iterator begin() const { return iterator(elements_); }
  iterator end() const { return iterator(); }

  /// The element at `index`, or nothing past the end.
  std::optional<ValueView> at(std::size_t index) const;

  static ValueView read(std::string_view& rest);

 private:
  std::size_t count_;
  std::string_view elements_;
};

/// The elements of a set, ascending, each as the raw content of one element: text, bytes, or an ordered number.
class SetView {
 public:
  using value_type = std::string_view;
  using iterator = ViewIterator<SetView>;

  SetView(Type type, std::size_t count, std::string_view elements) : type_(type), count_(count), elements_(elements) {}

  Type type() const { return type_; }
  std::size_t size() const { return count_; }
  iterator begin() const { return iterator(elements_); }
  iterator end() const { return iterator(); }
  bool contains(std::string_view element) const;

  static std::string_view read(std::string_view& rest);

 private:
  Type type_;
  std::size_t count_;
  std::string_view elements_;
};

/// Appends the encoding of `value` to `out`: what `ValueView` reads. Throws `std::length_error` for more than 64 nested
/// levels, twice what may be stored: only code can build them.
void append_encoded(std::string& out, const Value& value);

/// A set of named attributes in one shared, immutable, encoded buffer: an item, a key, or the values of an expression.
/// Copies share the buffer. Thread-safe once made. The encoding is described in `docs/formats.md`.
class Item {
 public:
  /// No attributes.
  Item() = default;

  /// Takes over bytes that `Item` or `ItemBuilder` encoded. They are trusted; use `from_bytes` for any other.
  static Item from_trusted(std::string encoded);

  /// Takes over bytes of unknown origin. Returns nothing unless they are exactly one well-formed, canonical encoding,
  /// with valid UTF-8 in names and strings, nested at most `kMaxNestingLevels`. It may still hold empty sets and names,
  /// which `check_storable` refuses.
  static std::optional<Item> from_bytes(std::string encoded);

  /// Throws `std::length_error` as `append_encoded`.
  static Item from_map(const Value::Map& attributes);

  MapView attributes() const;
  bool empty() const { return attributes().empty(); }
  std::optional<ValueView> find(std::string_view name) const { return attributes().find(name); }

  /// Convenience for readers that know what they expect: nothing when absent or of another type.
  std::optional<std::string_view> find_string(std::string_view name) const;
  std::optional<std::int64_t> find_int64(std::string_view name) const;
  std::optional<double> find_double(std::string_view name) const;
  std::optional<bool> find_bool(std::string_view name) const;

  /// The encoded bytes; empty for an item without attributes.
  std::string_view encoded() const { return buffer_ ? std::string_view(buffer_->bytes) : std::string_view(); }

  /// The item's size as DynamoDB counts it, in bytes: names and values, see `ValueView::size_bytes`. Counted once a
  /// buffer.
  std::size_t size_bytes() const;

  Value::Map to_map() const;

  friend bool operator==(const Item& a, const Item& b) { return a.encoded() == b.encoded(); }

 private:
  struct Buffer {
    explicit Buffer(std::string encoded) : bytes(std::move(encoded)) {}

    const std::string bytes;
    mutable std::atomic<std::size_t> size_bytes{0};  // 0: not counted yet
  };

  explicit Item(std::shared_ptr<const Buffer> buffer) : buffer_(std::move(buffer)) {}

  std::shared_ptr<const Buffer> buffer_;
};

/// Builds an `Item` attribute by attribute, in any order; a later `set` of the same name replaces the earlier.
class ItemBuilder {
 public:
  ItemBuilder() = default;

  /// Starts from the attributes of `base`, whose values are copied as bytes, not decoded.
  explicit ItemBuilder(Item base) : base_(std::move(base)) {}

  ItemBuilder& set(std::string_view name, const Value& value);
  ItemBuilder& set(std::string_view name, const ValueView& value);
  ItemBuilder& remove(std::string_view name);
  Item build() const;

 private:
  struct Change {
    std::string name;
    std::optional<std::string> encoded;  // nothing: the attribute is removed
  };

  void add(std::string_view name, std::optional<std::string> encoded);
  std::vector<const Change*> in_order() const;
  std::size_t most_bytes() const;

  Item base_;
  std::vector<Change> changes_;
  bool is_in_order_ = true;  // by name, and no two of a name
};

/// Checks what DynamoDB checks before it stores or compares a value, at every level: no empty set, nesting of at most
/// `kMaxNestingLevels`, no attribute name that is empty or longer than 65,535 bytes.
/// Errors: `kValidation` with DynamoDB's message.
Result<void> check_storable(const Item& item);

}  // namespace mrgc::item
