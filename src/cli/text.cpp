#include "cli/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "base/ascii.h"
namespace mrgc::cli {
namespace {

// U+0080 to U+009F in UTF-8, among which a terminal knows U+009B as the beginning of an escape sequence.
bool is_c1_control(char first, char second) {
  const auto low = static_cast<unsigned char>(second);
  return first == '\xC2' && low >= 0x80 && low <= 0x9F;
}

}  // namespace

std::string Style::wrap(std::string_view code, std::string_view text) const {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string printable(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(safe, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  for (std::size_t i = 0; i + 1 < safe.size(); ++i) {
    if (is_c1_control(safe[i], safe[i + 1])) safe[i] = safe[i + 1] = '?';
  }
  return safe;
}

std::string shell_word(std::string_view text) {
  const auto is_plain = [](char c) {
    return base::is_letter_or_digit(c) || std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
  };
  const std::string word = printable(text);
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string with_commas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string utc_text(std::int64_t time_s) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", std::chrono::sys_seconds(std::chrono::seconds(time_s)));
}

std::string age_text(std::int64_t now_s, std::int64_t then_s) {
  return then_s == 0 ? "-" : std::to_string(now_s - then_s);
}

void TextTable::add_row(const std::vector<std::string>& cells) {
  if (cells.size() != columns_.size()) throw std::logic_error("a row has other columns than its table");
  std::vector<std::string>& row = rows_.emplace_back();
  for (const std::string& cell : cells) row.push_back(printable(cell));
}

void TextTable::print(std::ostream& out, const Style& style) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].header.size();
    for (const auto& row : rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) text += "  ";
      const bool right = columns_[i].align == Align::kRight;
      text += right ? fmt::format("{:>{}}", cell_of(i), widths[i]) : fmt::format("{:<{}}", cell_of(i), widths[i]);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  };
  out << style.bold(line([&](std::size_t i) -> const std::string& { return columns_[i].header; })) << '\n';
  for (const auto& row : rows_) out << line([&](std::size_t i) -> const std::string& { return row[i]; }) << '\n';
}

}  // namespace mrgc::cli
