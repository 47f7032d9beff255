#include "cli/sim/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <expected>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace mrgc::cli::sim {
namespace {

constexpr std::string_view kHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxLineLength = 1000;
constexpr std::size_t kMaxFractionDigits = 9;
constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

// Reads lines without ever holding more than `kMaxLineLength` bytes, whatever the file is.
class LineReader {
 public:
  explicit LineReader(std::istream& in) : in_(in) {}

  // Moves to the next line; false at the end.
  bool next() {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    auto length = static_cast<std::size_t>(in_.gcount());
    too_long_ = false;
    if (in_.fail() && length == 0) return false;
    ++number_;
    if (in_.fail() && !in_.bad()) {  // the buffer is full; pass over the rest
      too_long_ = true;
      in_.clear();
      in_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    } else if (!in_.eof()) {
      --length;  // gcount counts the line end
    }
    line_ = std::string_view(buffer_.data(), length);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    return true;
  }

  std::size_t number() const { return number_; }
  bool too_long() const { return too_long_; }
  std::string_view line() const { return line_; }

 private:
  std::istream& in_;
  std::array<char, kMaxLineLength + 1> buffer_{};
  std::string_view line_;
  std::size_t number_ = 0;
  bool too_long_ = false;
};

// All of `text` as a number without sign.
std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return value;
}

// The milliseconds that the digits behind a second's point amount to.
std::optional<std::int64_t> parse_fraction_ms(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxFractionDigits || !parse_digits(digits)) return std::nullopt;
  std::string three(digits.substr(0, 3));
  three.resize(3, '0');
  return parse_digits(three);
}

std::optional<std::int64_t> parse_date_days(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_digits(text.substr(0, 4));
  const auto month = parse_digits(text.substr(5, 2));
  const auto day = parse_digits(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// `2023-11-16 18:17:03.9799600` as milliseconds since the Unix epoch.
std::optional<std::int64_t> parse_timestamp_ms(std::string_view text) {
  constexpr std::size_t kWithoutFraction = 19;
  if (text.size() < kWithoutFraction || text[10] != ' ' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const auto days = parse_date_days(text.substr(0, 10));
  const auto hour = parse_digits(text.substr(11, 2));
  const auto minute = parse_digits(text.substr(14, 2));
  const auto second = parse_digits(text.substr(17, 2));
  if (!days || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::optional<std::int64_t> fraction_ms = 0;
  if (text.size() > kWithoutFraction) {
    if (text[kWithoutFraction] != '.') return std::nullopt;
    fraction_ms = parse_fraction_ms(text.substr(kWithoutFraction + 1));
    if (!fraction_ms) return std::nullopt;
  }
  return (((*days * 24 + *hour) * 60 + *minute) * 60 + *second) * 1000 + *fraction_ms;
}

std::optional<std::int64_t> parse_tokens(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto tokens = parse_digits(text);
  return tokens && *tokens <= kMaxTokens ? tokens : std::nullopt;
}

// The request of a line, or why it is none.
std::expected<TraceRequest, std::string> parse_line(std::string_view line) {
  const auto first = line.find(',');
  const auto second = first == std::string_view::npos ? first : line.find(',', first + 1);
  if (second == std::string_view::npos || line.find(',', second + 1) != std::string_view::npos) {
    return std::unexpected(fmt::format("{} values instead of 3", std::ranges::count(line, ',') + 1));
  }
  const auto at_ms = parse_timestamp_ms(line.substr(0, first));
  if (!at_ms) return std::unexpected("the first value is no timestamp such as 2023-11-16 18:17:03.9799600");
  const auto context = parse_tokens(line.substr(first + 1, second - first - 1));
  const auto generated = parse_tokens(line.substr(second + 1));
  if (!context || !generated) {
    return std::unexpected(
        fmt::format("the {} value is no number of tokens from 0 to {}", context ? "third" : "second", kMaxTokens));
  }
  return TraceRequest{.at_ms = *at_ms, .context_tokens = *context, .generated_tokens = *generated};
}

Result<void> check_span(const Trace& requests) {
  if (requests.empty() || requests.back().at_ms - requests.front().at_ms <= kMaxSpanMs) return {};
  return base::invalid(fmt::format("its first and last request are {} days apart; at most {} can be replayed",
                                   (requests.back().at_ms - requests.front().at_ms) / kDayMs, kMaxSpanMs / kDayMs));
}

}  // namespace

Result<TraceFile> read_trace(std::istream& in) {
  LineReader reader(in);
  const bool has_line = reader.next();
  std::string_view header = reader.line();
  if (header.starts_with(kByteOrderMark)) header.remove_prefix(kByteOrderMark.size());
  if (!has_line || header != kHeader) return base::invalid(fmt::format("its first line is not \"{}\"", kHeader));

  TraceFile file;
  while (reader.next()) {
    if (reader.line().empty()) continue;
    auto request = reader.too_long() ? std::unexpected(fmt::format("longer than {} bytes", kMaxLineLength))
                                     : parse_line(reader.line());
    if (request) {
      if (file.requests.size() == kMaxRequests) {
        return base::invalid(fmt::format("it holds more than {} requests; replay it in parts", kMaxRequests));
      }
      file.requests.push_back(*request);
    } else if (++file.bad_line_count <= TraceFile::kMaxBadLinesNamed) {
      file.bad_lines.push_back({.number = reader.number(), .reason = std::move(request.error())});
    }
  }
  std::ranges::sort(file.requests);
  if (Result<void> span = check_span(file.requests); !span) return base::forward_error(span);
  return file;
}

}  // namespace mrgc::cli::sim
