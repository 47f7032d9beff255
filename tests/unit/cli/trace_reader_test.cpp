#include "cli/sim/trace_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace mrgc::cli::sim {
namespace {

constexpr std::string_view kHeader = "TIMESTAMP,ContextTokens,GeneratedTokens";

Result<TraceFile> read(const std::string& text) {
  std::istringstream in(text);
  return read_trace(in);
}

Result<TraceFile> read_line(const std::string& line) { return read(fmt::format("{}\n{}\n", kHeader, line)); }

TEST(TraceReader, ReadsRequestsToTheMillisecond) {
  const auto file = read_line("2023-11-16 18:17:03.9799600,4808,10");
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->bad_line_count, 0U);
  EXPECT_EQ(file->requests, Trace({{.at_ms = 1'700'158'623'979, .context_tokens = 4808, .generated_tokens = 10}}));
}

TEST(TraceReader, TakesAnyLineEndAndAnyNumberOfFractionDigits) {
  const std::string lines =
      "{0}\r\n1970-01-01 00:00:01,1,2\r\n\r\n1970-01-01 00:00:02.5,3,4\n1970-01-01 00:00:03.123456789,5,6";
  const auto file = read(fmt::format(fmt::runtime(lines), kHeader));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bad_line_count, 0U);
  EXPECT_EQ(file->requests, Trace({{1000, 1, 2}, {2500, 3, 4}, {3123, 5, 6}}));
}

TEST(TraceReader, TakesAByteOrderMarkBeforeTheHeader) {
  const auto file = read(fmt::format("\xEF\xBB\xBF{}\n1970-01-01 00:00:01,1,2\n", kHeader));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->requests.size(), 1U);
}

TEST(TraceReader, SortsByArrival) {
  const auto file =
      read(fmt::format("{}\n1970-01-01 00:00:02,1,0\n1970-01-01 00:00:01,2,0\n1970-01-01 00:00:02,3,0\n", kHeader));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->requests, Trace({{1000, 2, 0}, {2000, 1, 0}, {2000, 3, 0}}));
}

TEST(TraceReader, NamesBadLinesAndReadsOn) {
  const std::vector<std::string> bad = {
      "2023-11-16 18:17:03,1",                       // too few values
      "2023-11-16 18:17:03,1,2,3",                   // too many
      "2023-02-30 18:17:03,1,2",                     // no such day
      "2023-11-16 24:00:00,1,2",                     // no such hour
      "2023-11-16 18:60:00,1,2",                     //
      "2023-11-16T18:17:03,1,2",                     //
      "2023-11-16 18:17:03.,1,2",                    //
      "2023-11-16 18:17:03.1234567890,1,2",          // more digits than there may be
      "2023-11-16 18:17:03,-1,2",                    //
      "2023-11-16 18:17:03,1,1000001",               // more tokens than there may be
      "2023-11-16 18:17:03,1,99999999999999999999",  //
      "2023-11-16 18:17:03,1,",                      //
      "2023-11-16 18:17:03, 1,2",                    //
      "2023-11-16 -1:17:03,1,2",                     //
      std::string(5000, 'x'),                        //
      std::string("2023-11-16 18:17:03\0,1,2", 24),  //
  };
  for (const std::string& line : bad) {
    const auto file = read_line(line + "\n2023-11-16 18:17:04,1,2");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->bad_line_count, 1U) << line;
    ASSERT_EQ(file->bad_lines.size(), 1U) << line;
    EXPECT_EQ(file->bad_lines[0].number, 2U);
    EXPECT_FALSE(file->bad_lines[0].reason.empty());
    EXPECT_EQ(file->requests.size(), 1U) << line;
  }
}

TEST(TraceReader, NamesTenBadLinesAndCountsTheOthers) {
  std::string text = fmt::format("{}\n", kHeader);
  for (int i = 0; i < 25; ++i) text += i % 2 == 0 ? "nonsense\n" : "2023-11-16 18:17:04,1,2\n";
  const auto file = read(text);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bad_line_count, 13U);
  ASSERT_EQ(file->bad_lines.size(), TraceFile::kMaxBadLinesNamed);
  EXPECT_EQ(file->bad_lines.front().number, 2U);
  EXPECT_EQ(file->bad_lines.back().number, 20U);
}

TEST(TraceReader, RefusesAFileWithoutTheHeader) {
  for (const std::string text : {"", "\n", "2023-11-16 18:17:03,1,2\n", "time,a,b\n"}) {
    const auto file = read(text);
    ASSERT_FALSE(file) << text;
    EXPECT_NE(file.error().message.find(kHeader), std::string::npos);
  }
}

TEST(TraceReader, AHeaderAloneHoldsNoRequests) {
  const auto file = read(std::string(kHeader));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->requests.empty());
  EXPECT_EQ(file->bad_line_count, 0U);
}

TEST(TraceReader, RefusesATraceThatNoReplayWouldEnd) {
  EXPECT_FALSE(read_line("1999-01-01 00:00:00,1,2\n2023-01-01 00:00:00,1,2"));
  EXPECT_TRUE(read_line("2023-01-01 00:00:00,1,2\n2023-01-08 00:00:00,1,2"));
}

TEST(TraceReader, ReadsBackWhatWasWrittenInAnyOrder) {
  EXPECT_TRUE(rc::check("a written trace is read back, sorted", [] {
    const auto offsets = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, kMaxSpanMs));
    Trace expected;
    std::string text = fmt::format("{}\n", kHeader);
    for (const std::int64_t at_ms : offsets) {
      const auto tokens = *rc::gen::inRange<std::int64_t>(0, kMaxTokens + 1);
      expected.push_back({.at_ms = at_ms, .context_tokens = tokens, .generated_tokens = kMaxTokens - tokens});
      const std::int64_t of_day = at_ms % 86'400'000;
      text += fmt::format("1970-01-{:02} {:02}:{:02}:{:02}.{:03},{},{}\n", 1 + at_ms / 86'400'000, of_day / 3'600'000,
                          of_day / 60'000 % 60, of_day / 1000 % 60, of_day % 1000, tokens, kMaxTokens - tokens);
    }
    std::ranges::sort(expected);
    const auto file = read(text);
    RC_ASSERT(file.has_value());
    RC_ASSERT(file->bad_line_count == 0U);
    RC_ASSERT(file->requests == expected);
  }));
}

TEST(TraceReader, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check("every line is a request, empty, or bad", [](const std::vector<std::string>& lines) {
    std::string text = fmt::format("{}\n", kHeader);
    std::size_t expected = 0;
    for (const std::string& line : lines) {
      text += line + "\n";
      std::istringstream parts(line);
      for (std::string part; std::getline(parts, part);) expected += part.empty() || part == "\r" ? 0 : 1;
    }
    const auto file = read(text);
    RC_ASSERT(file.has_value());
    RC_ASSERT(file->requests.size() + file->bad_line_count == expected);
  }));
}

}  // namespace
}  // namespace mrgc::cli::sim
