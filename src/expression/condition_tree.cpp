#include "expression/condition_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "expression/condition_checks.h"
#include "expression/limits.h"
#include "expression/parser.h"

namespace mrgc::expression {

std::string_view to_string(ConditionTree::Op op) {
  // In the order of the enumeration.
  static constexpr std::array<std::string_view, 16> kNames = {"AND",
                                                              "OR",
                                                              "NOT",
                                                              "=",
                                                              "<>",
                                                              "<",
                                                              "<=",
                                                              ">",
                                                              ">=",
                                                              "BETWEEN",
                                                              "IN",
                                                              "attribute_exists",
                                                              "attribute_not_exists",
                                                              "attribute_type",
                                                              "begins_with",
                                                              "contains"};
  return kNames[static_cast<std::size_t>(op)];
}

namespace {

using Op = ConditionTree::Op;
using Operand = ConditionTree::Operand;
using Fault = Parser::Fault;

std::optional<Op> find_comparator(const Token& token) {
  if (token.kind != Token::Kind::kSymbol) return std::nullopt;
  for (const Op op : {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual}) {
    if (token.text == to_string(op)) return op;
  }
  return std::nullopt;
}

std::optional<Op> find_test_function(std::string_view name) {
  for (const Op op :
       {Op::kAttributeExists, Op::kAttributeNotExists, Op::kAttributeType, Op::kBeginsWith, Op::kContains}) {
    if (name == to_string(op)) return op;
  }
  return std::nullopt;
}

/// What a part of the expression turned out to be. Only its surroundings tell whether that is allowed.
struct Part {
  enum class Kind : std::uint8_t {
    kOperand,  ///< a path, a value or a `size`
    kTest,     ///< something true or false: a node
    kWrong,    ///< complained about already; fits anywhere
  };
  Kind kind = Kind::kWrong;
  Operand operand = {};
  std::uint32_t node = 0;
  std::string_view function = {};  ///< the function's name when the part is one function
  bool is_parenthesised = false;
};

/// Recursive descent: OR of ANDs of NOTs of comparisons and functions.
class ConditionParser {
 public:
  ConditionParser(std::string_view text, Placeholders& placeholders, Role role)
      : parser_(text, placeholders, role), checks_(parser_, tree_) {}

  Result<ConditionTree> run() {
    require_test(read_or());
    if (Result<void> ok = parser_.finish(); !ok) return base::forward_error(ok);
    tree_.values = parser_.values();
    return std::move(tree_);
  }

 private:
  Part read_or() {
    Part left = read_and();
    while (parser_.current().keyword == Keyword::kOr) left = read_right(Op::kOr, left, &ConditionParser::read_and);
    return left;
  }

  Part read_and() {
    Part left = read_not();
    while (parser_.current().keyword == Keyword::kAnd) left = read_right(Op::kAnd, left, &ConditionParser::read_not);
    return left;
  }

  Part read_right(Op op, const Part& left, Part (ConditionParser::*read)()) {
    const std::uint32_t first = require_test(left);
    parser_.advance();
    parser_.count_operator();
    const std::uint32_t second = require_test((this->*read)());
    return add_node(op, first, second);
  }

  Part read_not() {
    std::size_t negations = 0;
    while (parser_.accept(Keyword::kNot)) {
      ++negations;
      parser_.count_operator();
    }
    Part part = read_comparison();
    for (; negations > 0; --negations) part = add_node(Op::kNot, require_test(part), 0);
    return part;
  }

  Part read_comparison() {
    Part left = read_primary();
    if (left.kind == Part::Kind::kTest && left.function.empty()) return left;
    if (const std::optional<Op> op = find_comparator(parser_.current())) {
      const std::uint32_t first = start_operands(left);
      parser_.advance();
      add_operand(read_operand());
      return finish_operands(*op, first);
    }
    if (parser_.current().keyword == Keyword::kBetween) {
      const std::uint32_t first = start_operands(left);
      parser_.advance();
      add_operand(read_operand());
      parser_.expect(Keyword::kAnd);
      add_operand(read_operand());
      return finish_operands(Op::kBetween, first);
    }
    if (parser_.current().keyword == Keyword::kIn) {
      const std::uint32_t first = start_operands(left);
      parser_.advance();
      read_operand_list();
      return finish_operands(Op::kIn, first);
    }
    return left;
  }

  /// Parentheses around anything, or an operand or function.
  Part read_primary() {
    if (!parser_.current().is_symbol("(")) return read_simple();
    return read_parenthesised(&ConditionParser::read_or);
  }

  /// An operand where nothing else may stand.
  Operand read_operand() { return require_operand(read_operand_part()); }

  Part read_operand_part() {
    if (!parser_.current().is_symbol("(")) return read_simple();
    return read_parenthesised(&ConditionParser::read_operand_part);
  }

  Part read_parenthesised(Part (ConditionParser::*read)()) {
    parser_.enter();
    parser_.expect("(");
    Part part = (this->*read)();
    parser_.expect(")");
    parser_.leave();
    if (part.is_parenthesised) parser_.fail("The expression has redundant parentheses;");
    part.is_parenthesised = true;
    return part;
  }

  Part read_simple() {
    if (parser_.current().kind == Token::Kind::kValue) {
      return {.kind = Part::Kind::kOperand, .operand = {.value = parser_.read_value(), .path = kWrongPath}};
    }
    if (parser_.current().kind == Token::Kind::kWord && parser_.next().is_symbol("(")) return read_function();
    tree_.paths.push_back(parser_.read_path());
    return {.kind = Part::Kind::kOperand, .operand = {.path = static_cast<std::uint32_t>(tree_.paths.size() - 1)}};
  }

  Part read_function() {
    const Token name = parser_.current();
    if (name.keyword != Keyword::kNone) parser_.syntax_error();
    parser_.advance();
    const auto first = static_cast<std::uint32_t>(tree_.operands.size());
    const std::optional<Op> test = find_test_function(name.text);
    if (!test && name.text != "size") complain_unknown(name.text);
    parser_.enter();
    read_operand_list();
    parser_.leave();
    if (test) {
      Part part = finish_operands(*test, first);
      part.function = name.text;
      return part;
    }
    parser_.count_operator();
    if (name.text != "size") return {};
    checks_.check_size(first);
    Part part{.kind = Part::Kind::kOperand, .operand = tree_.operands[first], .function = name.text};
    part.operand.is_size = true;
    tree_.operands.resize(first);
    return part;
  }

  void complain_unknown(std::string_view function) {
    const bool is_known = function == "if_not_exists" || function == "list_append";
    parser_.complain(Fault::kVocabulary, fmt::format("{}; function: {}",
                                                     is_known ? "The function is not allowed in a condition expression"
                                                              : "Invalid function name",
                                                     function));
  }

  /// `(operand, ...)`, at least one.
  void read_operand_list() {
    parser_.expect("(");
    do {
      add_operand(read_operand());
    } while (parser_.accept(","));
    parser_.expect(")");
  }

  std::uint32_t start_operands(const Part& left) {
    const auto first = static_cast<std::uint32_t>(tree_.operands.size());
    add_operand(require_operand(left));
    return first;
  }

  void add_operand(const Operand& operand) { tree_.operands.push_back(operand); }

  /// Makes a node of the operands from `first` on.
  Part finish_operands(Op op, std::uint32_t first) {
    parser_.count_operator();
    checks_.check(op, first);
    return add_node(op, first, static_cast<std::uint32_t>(tree_.operands.size() - first));
  }

  Part add_node(Op op, std::uint32_t first, std::uint32_t second) {
    tree_.nodes.push_back({op, first, second});
    return {.kind = Part::Kind::kTest, .node = static_cast<std::uint32_t>(tree_.nodes.size() - 1)};
  }

  std::uint32_t require_test(const Part& part) {
    if (part.kind == Part::Kind::kOperand) refuse(part);
    return part.node;
  }

  Operand require_operand(const Part& part) {
    if (part.kind == Part::Kind::kTest) refuse(part);
    return part.kind == Part::Kind::kOperand ? part.operand : Operand{.path = kWrongPath};
  }

  /// The part is an operand where a test is needed or the other way round.
  void refuse(const Part& part) {
    if (part.function.empty()) return parser_.syntax_error();
    parser_.complain(
        Fault::kVocabulary,
        fmt::format("The function is not allowed to be used this way in an expression; function: {}", part.function));
  }

  Parser parser_;
  ConditionTree tree_;
  ConditionChecks checks_;
};

}  // namespace

Result<ConditionTree> parse_condition_tree(std::string_view text, Placeholders& placeholders, Role role) {
  return ConditionParser(text, placeholders, role).run();
}

}  // namespace mrgc::expression
