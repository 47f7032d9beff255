#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mrgc::protocol {

/// How deeply objects and arrays may nest in a request: more than twice what an item may (`item::kMaxNestingLevels`),
/// since each level of an item is two of its JSON, so that items that are too deep are told so as DynamoDB does.
inline constexpr std::size_t kMaxJsonDepth = 256;

/// A value in a `JsonDocument`. A view: valid as long as the document. Cheap to copy.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };
  struct Member;
  template <typename Part>
  class Parts;
  using Members = Parts<Member>;
  using Elements = Parts<JsonValue>;

  Kind kind() const { return node_->kind; }
  bool is(Kind kind) const { return node_->kind == kind; }
  bool is_null() const { return is(Kind::kNull); }
  bool is_bool() const { return is(Kind::kFalse) || is(Kind::kTrue); }

  /// The decoded text of a string, the digits as they were sent of a number.
  std::string_view text() const { return {node_->text, node_->size}; }
  /// How many elements an array or members an object has.
  std::size_t size() const { return node_->size; }

  /// The value of an object's last member of this name, or nothing when there is none or it is null: DynamoDB takes
  /// null for "not sent".
  std::optional<JsonValue> find(std::string_view name) const;

  /// An object's members, in the order in which they were sent.
  Members members() const;
  /// An array's elements.
  Elements elements() const;

 private:
  friend class JsonDocument;

  // Nodes lie in one array in the order of the text; `next` is how far behind this node the next sibling lies.
  struct Node {
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::uint32_t next = 1;
    Kind kind = Kind::kNull;
  };

  explicit JsonValue(const Node* node) : node_(node) {}

  const Node* node_;
};

struct JsonValue::Member {
  std::string_view name;
  JsonValue value;
};

/// Walks the members of an object, or the elements of an array.
template <typename Part>
class JsonValue::Parts {
  // A member is the node of its name, and behind it its value's.
  static constexpr std::size_t kNameNodes = std::is_same_v<Part, Member> ? 1 : 0;

 public:
  class Iterator {
   public:
    Iterator(const Node* at, std::size_t left) : at_(at), left_(left) {}
    Part operator*() const {
      const JsonValue value(at_ + kNameNodes);
      if constexpr (kNameNodes == 0) {
        return value;
      } else {
        return {.name = {at_->text, at_->size}, .value = value};
      }
    }
    Iterator& operator++() {
      at_ += kNameNodes + at_[kNameNodes].next;
      --left_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    const Node* at_;
    std::size_t left_;
  };
  explicit Parts(const Node* whole) : whole_(whole) {}
  Iterator begin() const { return {whole_ + 1, whole_->size}; }
  Iterator end() const { return {nullptr, 0}; }

 private:
  const Node* whole_;
};

inline JsonValue::Members JsonValue::members() const { return Members(node_); }
inline JsonValue::Elements JsonValue::elements() const { return Elements(node_); }

/// A parsed JSON text. Strings are decoded in place, so a document costs two allocations. Movable; values stay valid
/// when it moves.
class JsonDocument {
 public:
  /// Parses `text`, which must be one JSON value in UTF-8, nested at most `kMaxJsonDepth` levels. Returns nothing for
  /// any other text. Uses no recursion.
  static std::optional<JsonDocument> parse(std::string_view text);

  JsonValue root() const { return JsonValue(nodes_.data()); }

 private:
  class Builder;
  using Node = JsonValue::Node;

  JsonDocument() = default;

  std::vector<char> text_;
  std::vector<Node> nodes_;
};

/// Appends `text`, which is UTF-8, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace mrgc::protocol
