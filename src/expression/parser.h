#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "expression/lexer.h"
#include "expression/path.h"
#include "expression/placeholders.h"
#include "expression/role.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// What the grammars of all expressions share: the tokens, document paths, placeholders, and errors.
///
/// Errors are remembered, not returned. After a syntax error the parser pretends to be at the end of the text, so that
/// every grammar function comes to its end by itself. `finish` says whether all went well; what was built is to be used
/// only then.
class Parser {
 public:
  /// Faults of expressions that are well-formed, in the order in which DynamoDB looks for them.
  enum class Fault : std::uint8_t {
    kVocabulary,  ///< reserved words, functions unknown or out of place, list indexes, repeated clauses
    kClash,       ///< paths that stand in each other's way
    kMeaning,     ///< undefined placeholders, numbers and types of operands
    kSize,        ///< too many operators
  };

  Parser(std::string_view text, Placeholders& placeholders, Role role);

  const Token& current() const { return current_; }
  const Token& next() const { return next_; }
  bool at_end() const { return current_.kind == Token::Kind::kEnd; }
  void advance();

  /// Consumes the current token if it is the one that is asked for.
  bool accept(std::string_view symbol);
  bool accept(Keyword keyword);

  /// As `accept`; anything else is a syntax error.
  void expect(std::string_view symbol);
  void expect(Keyword keyword);

  /// The current token is not what the grammar wants.
  void syntax_error();

  /// Ends parsing with DynamoDB's `message`, unless it has ended with an error already.
  void fail(std::string message);

  /// Remembers that the expression is wrong and goes on, because a syntax error further on comes first.
  void complain(Fault fault, std::string message);

  /// Counts an operator or function against `kMaxOperators`.
  void count_operator();

  /// Enters a level of parentheses or of a function; ends parsing at `kMaxNesting`.
  void enter();
  void leave() { --nesting_; }

  /// Consumes a document path.
  Path read_path();

  /// Consumes a `:value` placeholder. Nothing when it is not defined, which is complained about.
  std::optional<item::ValueView> read_value();

  /// Expects the end of the text and returns the error to report, if any.
  Result<void> finish();

  /// Whether there is a limit to how much an expression may hold.
  bool is_limited() const { return placeholders_.length() == Length::kLimited; }

  const item::Item& values() const { return placeholders_.values(); }

 private:
  std::string read_path_name();
  std::uint32_t read_path_index();

  std::string_view text_;
  Placeholders& placeholders_;
  Role role_;
  std::size_t position_ = 0;  // behind `next_`
  Token previous_;
  Token current_;
  Token next_;
  int operators_ = 0;
  int nesting_ = 0;
  std::optional<std::string> failure_;
  std::array<std::optional<std::string>, 4> complaints_;  // the first of each `Fault`
};

}  // namespace mrgc::expression
