#include "expression/lexer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"

namespace mrgc::expression {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
using base::is_digit;
using base::is_letter;
bool is_word_part(char c) { return base::is_letter_or_digit(c) || c == '_'; }

Keyword find_keyword(std::string_view word) {
  using Entry = std::pair<std::string_view, Keyword>;
  static constexpr std::array kKeywords = {
      Entry{"and", Keyword::kAnd},         Entry{"or", Keyword::kOr},   Entry{"not", Keyword::kNot},
      Entry{"between", Keyword::kBetween}, Entry{"in", Keyword::kIn},   Entry{"set", Keyword::kSet},
      Entry{"remove", Keyword::kRemove},   Entry{"add", Keyword::kAdd}, Entry{"delete", Keyword::kDelete},
  };
  constexpr auto same_letter = [](char a, char b) { return (a | 0x20) == b; };
  for (const auto& [name, keyword] : kKeywords) {
    if (name.size() == word.size() && std::ranges::equal(word, name, same_letter)) return keyword;
  }
  return Keyword::kNone;
}

// The length of the run of word characters from `start` on.
std::size_t word_length(std::string_view text, std::size_t start) {
  std::size_t end = start;
  while (end < text.size() && is_word_part(text[end])) ++end;
  return end - start;
}

std::size_t number_length(std::string_view text) {
  if (text.front() == '0') return 1;  // "01" is two numbers, which no grammar accepts
  std::size_t length = 1;
  while (length < text.size() && is_digit(text[length])) ++length;
  return length;
}

std::size_t symbol_length(std::string_view text) {
  const std::string_view two = text.substr(0, 2);
  if (two == "<=" || two == ">=" || two == "<>") return 2;
  return std::string_view("()[].,=<>+-").contains(text.front()) ? 1 : 0;
}

// What is shown of something that belongs in no expression: a quoted literal or one whole UTF-8 character.
std::size_t unknown_length(std::string_view text) {
  if (text.front() == '"' || text.front() == '\'') {
    const std::size_t close = text.find(text.front(), 1);
    if (close != std::string_view::npos) return close + 1;
  }
  std::size_t length = 1;
  if ((static_cast<unsigned char>(text.front()) & 0xC0) == 0xC0) {
    while (length < text.size() && length < 4 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) ++length;
  }
  return length;
}

}  // namespace

Token read_token(std::string_view text, std::size_t& position) {
  while (position < text.size() && is_space(text[position])) ++position;
  const std::string_view rest = text.substr(position);
  if (rest.empty()) return {Token::Kind::kEnd, Keyword::kNone, rest};

  const auto take = [&](Token::Kind kind, std::size_t length) {
    position += length;
    const std::string_view taken = rest.substr(0, length);
    return Token{kind, kind == Token::Kind::kWord ? find_keyword(taken) : Keyword::kNone, taken};
  };
  const char first = rest.front();
  if (is_letter(first)) return take(Token::Kind::kWord, word_length(rest, 0));
  if (first == '#' || first == ':') {
    const std::size_t length = word_length(rest, 1);
    if (length > 0) return take(first == '#' ? Token::Kind::kName : Token::Kind::kValue, length + 1);
    return take(Token::Kind::kUnknown, 1);
  }
  if (is_digit(first)) return take(Token::Kind::kNumber, number_length(rest));
  if (const std::size_t length = symbol_length(rest); length > 0) return take(Token::Kind::kSymbol, length);
  return take(Token::Kind::kUnknown, unknown_length(rest));
}

}  // namespace mrgc::expression
