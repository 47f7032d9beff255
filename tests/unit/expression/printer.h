#pragma once

#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "expression/path.h"
#include "expression/placeholders.h"
#include "expression/reserved_words.h"
#include "mrgc/item/item.h"
#include "unit/expression/choices.h"
#include "unit/expression/values_model.h"

namespace mrgc::expression::model {

/// Writes an expression's text with random white space, keyword case and placeholders for names.
class Printer {
 public:
  explicit Printer(Choices& choices) : choices_(choices) {}

  /// A symbol, or a word whose case matters.
  void token(std::string_view token) {
    static constexpr std::array<std::string_view, 5> kSpaces = {"", " ", "\t", " \n", "\r "};
    std::string_view space = choices_.pick(kSpaces);
    if (space.empty() && !text_.empty() && is_word(text_.back()) && is_word(token.front())) space = " ";
    text_ += space;
    text_ += token;
  }

  void keyword(std::string_view keyword) {
    std::string word(keyword);
    for (char& c : word) {
      if (choices_.flip()) c = static_cast<char>(std::tolower(c));
    }
    token(word);
  }

  void path(const Path& path) {
    name(path.name);
    for (const Path::Step& step : path.steps) {
      if (const auto* inner = std::get_if<std::string>(&step)) {
        token(".");
        name(*inner);
      } else {
        token("[");
        token(std::to_string(std::get<std::uint32_t>(step)));
        token("]");
      }
    }
  }

  void value(const Value& value) {
    const std::string placeholder = ":" + std::to_string(values_.size());
    values_.emplace(placeholder, value);
    token(placeholder);
  }

  const std::string& text() const { return text_; }
  const Names& names() const { return names_; }
  item::Item values() const { return item::Item::from_map(values_); }

 private:
  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  void name(const std::string& name) {
    const bool needs_placeholder = is_reserved_word(name) || name.contains('.');
    if (!needs_placeholder && choices_.flip()) return token(name);
    const std::string placeholder = "#" + std::to_string(names_.size());
    names_.emplace(placeholder, name);
    token(placeholder);
  }

  Choices& choices_;
  std::string text_;
  Names names_;
  Value::Map values_;
};

}  // namespace mrgc::expression::model
