#include "expression/parser.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "expression/limits.h"
#include "expression/reserved_words.h"

namespace mrgc::expression {

Parser::Parser(std::string_view text, Placeholders& placeholders, Role role)
    : text_(text), placeholders_(placeholders), role_(role) {
  if (text_.empty()) {
    fail("The expression can not be empty;");
  } else if (text_.size() > kMaxExpressionBytes && is_limited()) {
    // Of conditions and filters AWS tells how large they are, of the others not.
    const bool tells_size = role == Role::kCondition || role == Role::kFilter;
    fail("Expression size has exceeded the maximum allowed size;" +
         (tells_size ? fmt::format(" expression size: {}", text_.size()) : ""));
  } else {
    current_ = read_token(text_, position_);
    next_ = read_token(text_, position_);
  }
}

void Parser::advance() {
  previous_ = current_;
  current_ = next_;
  if (current_.kind != Token::Kind::kEnd) next_ = read_token(text_, position_);
}

bool Parser::accept(std::string_view symbol) {
  if (!current_.is_symbol(symbol)) return false;
  advance();
  return true;
}

bool Parser::accept(Keyword keyword) {
  if (current_.keyword != keyword) return false;
  advance();
  return true;
}

void Parser::expect(std::string_view symbol) {
  if (!accept(symbol)) syntax_error();
}

void Parser::expect(Keyword keyword) {
  if (!accept(keyword)) syntax_error();
}

void Parser::syntax_error() {
  if (failure_) return;
  // "near" shows the expression from the token before to the token after.
  const char* begin = previous_.text.empty() ? text_.data() : previous_.text.data();
  const char* end = at_end() ? text_.data() + text_.size() : next_.text.data() + next_.text.size();
  if (next_.kind == Token::Kind::kEnd && !at_end()) end = current_.text.data() + current_.text.size();
  fail(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", at_end() ? "<EOF>" : current_.text,
                   std::string_view(begin, end)));
}

void Parser::fail(std::string message) {
  if (failure_) return;
  failure_ = std::move(message);
  current_ = next_ = Token{};
}

void Parser::complain(Fault fault, std::string message) {
  auto& first = complaints_[static_cast<std::size_t>(fault)];
  if (!first) first = std::move(message);
}

void Parser::count_operator() {
  if (++operators_ != kMaxOperators + 1 || !is_limited()) return;
  complain(Fault::kSize, fmt::format("The expression contains too many operators; operator count: {}", operators_));
}

void Parser::enter() {
  if (++nesting_ <= kMaxNesting) return;
  fail(fmt::format("The expression has too many nesting levels; nesting levels: {}", nesting_));
}

Path Parser::read_path() {
  Path path{.name = read_path_name(), .steps = {}};
  while (true) {
    if (accept(".")) {
      path.steps.emplace_back(read_path_name());
    } else if (accept("[")) {
      path.steps.emplace_back(read_path_index());
      expect("]");
    } else {
      break;
    }
  }
  if (const std::size_t elements = path.steps.size() + 1; elements > kMaxPathElements) {
    complain(Fault::kMeaning,
             fmt::format("The document path has too many nesting levels; nesting levels: {}", elements));
  }
  return path;
}

std::string Parser::read_path_name() {
  const Token token = current_;
  if (token.kind == Token::Kind::kWord && token.keyword == Keyword::kNone) {
    if (is_reserved_word(token.text)) {
      complain(Fault::kVocabulary,
               fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", token.text));
    }
    advance();
    return std::string(token.text);
  }
  if (token.kind != Token::Kind::kName) {
    syntax_error();
    return {};
  }
  advance();
  const std::optional<std::string_view> name = placeholders_.use_name(token.text);
  if (!name) {
    complain(Fault::kMeaning,
             fmt::format("An expression attribute name used in the document path is not defined; attribute name: {}",
                         token.text));
  }
  return std::string(name.value_or(token.text));
}

std::uint32_t Parser::read_path_index() {
  const std::string_view digits = current_.text;
  if (current_.kind != Token::Kind::kNumber) {
    syntax_error();
    return 0;
  }
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || index > kMaxListIndex) {
    complain(Fault::kVocabulary, fmt::format("List index is not within the allowable range; index: [{}]", digits));
  }
  advance();
  return index;
}

std::optional<item::ValueView> Parser::read_value() {
  const Token token = current_;
  if (token.kind != Token::Kind::kValue) {
    syntax_error();
    return std::nullopt;
  }
  advance();
  const std::optional<item::ValueView> value = placeholders_.use_value(token.text);
  if (!value) {
    complain(Fault::kMeaning,
             fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                         token.text));
  }
  return value;
}

Result<void> Parser::finish() {
  if (!at_end()) syntax_error();
  std::string* message = failure_ ? &*failure_ : nullptr;
  for (auto& complaint : complaints_) {
    if (message == nullptr && complaint) message = &*complaint;
  }
  if (message == nullptr) return {};
  return base::invalid(fmt::format("Invalid {}: {}", to_string(role_), *message));
}

}  // namespace mrgc::expression
