#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mrgc::expression {

/// Words that the grammar keeps for itself, in any case; they are never attribute names.
enum class Keyword : std::uint8_t { kNone, kAnd, kOr, kNot, kBetween, kIn, kSet, kRemove, kAdd, kDelete };

/// A piece of an expression; its text is a view into the expression.
struct Token {
  enum class Kind : std::uint8_t {
    kEnd,      ///< nothing is left
    kWord,     ///< a letter, then letters, digits and underscores
    kName,     ///< `#` and letters, digits and underscores
    kValue,    ///< `:` and letters, digits and underscores
    kNumber,   ///< decimal digits without leading zeros
    kSymbol,   ///< one of `( ) [ ] . , = < > <= >= <> + -`
    kUnknown,  ///< a character, or a quoted literal, that no expression may contain
  };

  Kind kind = Kind::kEnd;
  Keyword keyword = Keyword::kNone;  ///< set for some words
  std::string_view text;

  bool is_symbol(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
};

/// Reads the token at or after `position` of `text` and moves `position` behind it. Space, tab, line feed and carriage
/// return separate tokens.
Token read_token(std::string_view text, std::size_t& position);

}  // namespace mrgc::expression
