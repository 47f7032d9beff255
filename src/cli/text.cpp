#include "cli/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace mrgc::cli {

std::string Style::wrap(std::string_view code, std::string_view text) const {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string printable(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(safe, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return safe;
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
