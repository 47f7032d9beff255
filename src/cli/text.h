#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Output for people.

namespace mrgc::cli {

/// Emphasis, where the output shows any.
struct Style {
  bool colour = false;

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string warning(std::string_view text) const { return wrap("33", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const;
};

/// `text` with every byte of a control character replaced by `?`, those of U+0080 to U+009F in UTF-8 included: rows may
/// hold anything, and a terminal obeys escape sequences.
std::string printable(std::string_view text);

/// `text`, printable, as one word of a POSIX shell: in quotes where it needs them.
std::string shell_word(std::string_view text);

/// Whole numbers with a comma before every three digits: `8,819`.
std::string with_commas(std::uint64_t number);

/// A Unix time in seconds as `2023-11-16 18:17:03`, UTC.
std::string utc_text(std::int64_t time_s);

/// How long ago `then_s` was, in seconds; `-` when it is not known, which 0 says.
std::string age_text(std::int64_t now_s, std::int64_t then_s);

/// Rows in aligned columns under headers.
class TextTable {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` has as many as there are columns.
  void add_row(const std::vector<std::string>& cells);

  void print(std::ostream& out, const Style& style) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mrgc::cli
