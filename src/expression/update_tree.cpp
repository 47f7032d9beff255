#include "expression/update_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "expression/limits.h"
#include "expression/parser.h"
#include "item/set_types.h"

namespace mrgc::expression {
namespace {

using item::Type;
using item::ValueView;
using Clause = UpdateTree::Clause;
using Kind = UpdateTree::Node::Kind;
using Fault = Parser::Fault;

std::optional<Clause> to_clause(Keyword keyword) {
  switch (keyword) {
    case Keyword::kSet: return Clause::kSet;
    case Keyword::kRemove: return Clause::kRemove;
    case Keyword::kAdd: return Clause::kAdd;
    case Keyword::kDelete: return Clause::kDelete;
    default: return std::nullopt;
  }
}

std::string_view to_string(Clause clause) {
  static constexpr std::array<std::string_view, 4> kNames = {"SET", "REMOVE", "ADD", "DELETE"};
  return kNames[static_cast<std::size_t>(clause)];
}

// The names that DynamoDB's messages about ADD and DELETE use.
std::string_view long_name(Type type) {
  switch (type) {
    case Type::kString: return "STRING";
    case Type::kNumber: return "NUMBER";
    case Type::kBinary: return "BINARY";
    case Type::kMap: return "MAP";
    case Type::kList: return "LIST";
    default: return to_string(type);
  }
}

bool is_condition_function(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames = {
      "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"};
  return std::ranges::find(kNames, name) != kNames.end();
}

/// A node with what its surroundings need to know of it.
struct Part {
  std::uint32_t node = 0;
  bool is_list_append = false;
  bool is_parenthesised = false;
};

class UpdateParser {
 public:
  UpdateParser(std::string_view text, Placeholders& placeholders) : parser_(text, placeholders, Role::kUpdate) {}

  Result<UpdateTree> run() {
    do {
      read_clause();
    } while (!parser_.at_end());
    if (auto clash = find_clash(tree_.targets)) parser_.complain(Fault::kClash, std::move(*clash));
    if (Result<void> ok = parser_.finish(); !ok) return base::forward_error(ok);
    sort_targets();
    tree_.values = parser_.values();
    return std::move(tree_);
  }

 private:
  void read_clause() {
    const std::optional<Clause> clause = to_clause(parser_.current().keyword);
    if (!clause) return parser_.syntax_error();
    parser_.advance();
    do {
      read_action(*clause);
    } while (parser_.accept(","));
    bool& was_seen = seen_[static_cast<std::size_t>(*clause)];
    if (was_seen) {
      complain(Fault::kVocabulary, "The \"{}\" section can only be used once in an update expression;",
               to_string(*clause));
    }
    was_seen = true;
  }

  void read_action(Clause clause) {
    tree_.targets.push_back(parser_.read_path());
    UpdateTree::Action action{.clause = clause};
    if (clause == Clause::kSet) {
      parser_.expect("=");
      action.node = read_right_side().node;
    } else if (clause != Clause::kRemove) {
      action.node = read_delta(clause);
    }
    tree_.actions.push_back(action);
  }

  /// The value after ADD or DELETE.
  std::uint32_t read_delta(Clause clause) {
    const std::optional<ValueView> value = parser_.read_value();
    if (value && !item::is_set(value->type()) && (clause == Clause::kDelete || value->type() != Type::kNumber)) {
      complain(Fault::kMeaning,
               "Incorrect operand type for operator or function; operator: {}, operand type: {}, typeSet: "
               "ALLOWED_FOR_ADD_OPERAND",  // of DELETE, too
               to_string(clause), long_name(value->type()));
    }
    return add_node({.kind = Kind::kValue, .value = value});
  }

  /// An operand, or the sum or difference of two.
  Part read_right_side() {
    if (parser_.current().is_symbol("(")) {
      const Part part = read_parenthesised(&UpdateParser::read_right_side);
      return is_operator(parser_.current()) && is_operand(part.node) ? read_arithmetic(part) : part;
    }
    const Part left = read_operand();
    return is_operator(parser_.current()) ? read_arithmetic(left) : left;
  }

  static bool is_operator(const Token& token) { return token.is_symbol("+") || token.is_symbol("-"); }

  /// Only one operator may stand in a right side; a parenthesised sum is not an operand.
  bool is_operand(std::uint32_t node) const {
    return tree_.nodes[node].kind != Kind::kPlus && tree_.nodes[node].kind != Kind::kMinus;
  }

  Part read_arithmetic(const Part& left) {
    const bool is_sum = parser_.current().is_symbol("+");
    parser_.advance();
    parser_.count_operator();
    const Part right = read_operand();
    const std::string_view name = is_sum ? "+" : "-";
    for (const Part& part : {left, right}) {
      refuse_list_append(part);
      check_type(name, part.node, Type::kNumber);
    }
    return {add_node({.kind = is_sum ? Kind::kPlus : Kind::kMinus, .left = left.node, .right = right.node})};
  }

  Part read_operand() {
    const Token& token = parser_.current();
    if (token.is_symbol("(")) return read_parenthesised(&UpdateParser::read_operand);
    if (token.kind == Token::Kind::kValue) return {add_node({.kind = Kind::kValue, .value = parser_.read_value()})};
    if (token.kind == Token::Kind::kWord && parser_.next().is_symbol("(")) return read_function();
    tree_.sources.push_back(parser_.read_path());
    return {add_node({.kind = Kind::kPath, .left = static_cast<std::uint32_t>(tree_.sources.size() - 1)})};
  }

  Part read_parenthesised(Part (UpdateParser::*read)()) {
    parser_.enter();
    parser_.expect("(");
    Part part = (this->*read)();
    parser_.expect(")");
    parser_.leave();
    if (part.is_parenthesised) parser_.fail("The expression has redundant parentheses;");
    part.is_parenthesised = true;
    return part;
  }

  Part read_function() {
    const Token name = parser_.current();
    if (name.keyword != Keyword::kNone) parser_.syntax_error();
    parser_.advance();
    parser_.count_operator();
    const bool is_list_append = name.text == "list_append";
    const bool is_known = is_list_append || name.text == "if_not_exists";
    if (!is_known) complain_unknown(name.text);

    parser_.enter();
    std::vector<std::uint32_t> operands;
    parser_.expect("(");
    do {
      const Part operand = read_operand();
      refuse_list_append(operand);
      operands.push_back(operand.node);
    } while (parser_.accept(","));
    parser_.expect(")");
    parser_.leave();

    if (operands.size() != 2) {
      complain(Fault::kMeaning,
               "Incorrect number of operands for operator or function; operator or function: {}, "
               "number of operands: {}",
               name.text, operands.size());
      operands.resize(2);
    }
    if (is_list_append) return make_list_append(operands[0], operands[1]);
    return make_if_not_exists(operands[0], operands[1]);
  }

  Part make_list_append(std::uint32_t front, std::uint32_t back) {
    for (const std::uint32_t operand : {front, back}) check_type("list_append", operand, Type::kList);
    return {add_node({.kind = Kind::kListAppend, .left = front, .right = back}), true};
  }

  Part make_if_not_exists(std::uint32_t wanted, std::uint32_t otherwise) {
    if (tree_.nodes[wanted].kind != Kind::kPath) {
      complain(Fault::kMeaning, "Operator or function requires a document path; operator or function: {}",
               "if_not_exists");
    } else if (const UpdateTree::Node& other = tree_.nodes[otherwise]; other.kind == Kind::kPath) {
      const Path& path = tree_.sources[tree_.nodes[wanted].left];
      if (path == tree_.sources[other.left]) {
        complain(Fault::kMeaning,
                 "The first operand must be distinct from the remaining operands for this operator or "
                 "function; operator: {}, first operand: {}",
                 "if_not_exists", to_string(path));
      }
    }
    return {add_node({.kind = Kind::kIfNotExists, .left = tree_.nodes[wanted].left, .right = otherwise})};
  }

  void complain_unknown(std::string_view function) {
    complain(Fault::kVocabulary, "{}; function: {}",
             is_condition_function(function) ? "The function is not allowed in an update expression"
                                             : "Invalid function name",
             function);
  }

  /// `list_append` may only be a whole right side.
  void refuse_list_append(const Part& part) {
    if (!part.is_list_append) return;
    complain(Fault::kVocabulary, "The function is not allowed to be used this way in an expression; function: {}",
             "list_append");
  }

  /// Values must be of the type that the operator or function needs; of paths only the item tells.
  void check_type(std::string_view name, std::uint32_t node, Type type) {
    const std::optional<ValueView>& value = tree_.nodes[node].value;
    if (!value || value->type() == type) return;
    complain(Fault::kMeaning,
             "Incorrect operand type for operator or function; operator or function: {}, operand type: {}", name,
             item::to_string(value->type()));
  }

  template <typename... Args>
  void complain(Fault fault, fmt::format_string<Args...> format, Args&&... args) {
    parser_.complain(fault, fmt::format(format, std::forward<Args>(args)...));
  }

  std::uint32_t add_node(const UpdateTree::Node& node) {
    tree_.nodes.push_back(node);
    return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  }

  void sort_targets() {
    if (std::ranges::is_sorted(tree_.targets)) return;
    std::vector<std::size_t> order(tree_.targets.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::size_t i) -> const Path& { return tree_.targets[i]; });
    std::vector<Path> targets;
    std::vector<UpdateTree::Action> actions;
    for (const std::size_t i : order) {
      targets.push_back(std::move(tree_.targets[i]));
      actions.push_back(tree_.actions[i]);
    }
    tree_.targets = std::move(targets);
    tree_.actions = std::move(actions);
  }

  Parser parser_;
  UpdateTree tree_;
  std::array<bool, 4> seen_ = {};  // by `Clause`
};

}  // namespace

Result<UpdateTree> parse_update_tree(std::string_view text, Placeholders& placeholders) {
  return UpdateParser(text, placeholders).run();
}

}  // namespace mrgc::expression
