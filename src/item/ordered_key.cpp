#include "mrgc/item/ordered_key.h"

#include <stdexcept>

#include "mrgc/item/number.h"

// A part is the letter of its type, then for a number its ordered bytes, and for text and binaries their bytes with
// each 0x00 written as 0x00 0xFF, and 0x00 0x01 at the end: an end sorts before any byte that could follow, and no part
// is the beginning of another.

namespace mrgc::item {
namespace {

constexpr char kStringTag = 'S';
constexpr char kNumberTag = 'N';
constexpr char kBinaryTag = 'B';

constexpr char kEscape = '\x00';
constexpr char kEscapedZero = '\xFF';
constexpr char kEnd = '\x01';

void append_escaped(std::string& out, std::string_view bytes) {
  for (std::size_t zero = 0; (zero = bytes.find(kEscape)) != std::string_view::npos;) {
    out.append(bytes.substr(0, zero + 1));
    out.push_back(kEscapedZero);
    bytes.remove_prefix(zero + 1);
  }
  out.append(bytes);
  out.push_back(kEscape);
  out.push_back(kEnd);
}

// The size of the escaped bytes at the front of `in` with their end; nothing when they are malformed.
std::optional<std::size_t> escaped_size(std::string_view in) {
  std::size_t at = 0;
  while ((at = in.find(kEscape, at)) != std::string_view::npos && at + 1 < in.size()) {
    const char next = in[at + 1];
    at += 2;
    if (next == kEnd) return at;
    if (next != kEscapedZero) return std::nullopt;
  }
  return std::nullopt;
}

// `escaped` is well-formed and without its end.
std::string unescape(std::string_view escaped) {
  std::string bytes;
  bytes.reserve(escaped.size());
  for (std::size_t zero = 0; (zero = escaped.find(kEscape)) != std::string_view::npos;) {
    bytes.append(escaped.substr(0, zero + 1));
    escaped.remove_prefix(zero + 2);
  }
  bytes.append(escaped);
  return bytes;
}

}  // namespace

void append_ordered_key(std::string& out, const ValueView& value) {
  switch (value.type()) {
    case Type::kString: {
      out.push_back(kStringTag);
      return append_escaped(out, value.as_string());
    }
    case Type::kNumber: {
      out.push_back(kNumberTag);
      out.append(value.ordered_number());
      return;
    }
    case Type::kBinary: {
      out.push_back(kBinaryTag);
      return append_escaped(out, value.as_binary());
    }
    default: throw std::logic_error("a key cannot be of type " + std::string(to_string(value.type())));
  }
}

std::optional<std::string_view> skip_ordered_key(std::string_view& in) {
  if (in.empty()) return std::nullopt;
  std::string_view rest = in.substr(1);
  switch (in.front()) {
    case kNumberTag: {
      if (!Number::read_ordered(rest)) return std::nullopt;
      break;
    }
    case kStringTag:
    case kBinaryTag: {
      const std::optional<std::size_t> size = escaped_size(rest);
      if (!size) return std::nullopt;
      rest.remove_prefix(*size);
      break;
    }
    default: return std::nullopt;
  }
  const std::string_view part = in.substr(0, in.size() - rest.size());
  in = rest;
  return part;
}

std::optional<Value> read_ordered_key(std::string_view& in, Type type) {
  const char tag = type == Type::kString ? kStringTag : type == Type::kNumber ? kNumberTag : kBinaryTag;
  if (in.empty() || in.front() != tag) return std::nullopt;
  std::optional<std::string_view> part = skip_ordered_key(in);
  if (!part) return std::nullopt;
  part->remove_prefix(1);
  if (type == Type::kNumber) return Value(*Number::read_ordered(*part));
  part->remove_suffix(2);
  std::string bytes = unescape(*part);
  if (type == Type::kString) return Value(std::move(bytes));
  return Value(Value::Binary{std::move(bytes)});
}

}  // namespace mrgc::item
