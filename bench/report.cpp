#include "bench/report.h"

#include <fmt/format.h>

#include <cstdio>

namespace mrgc::bench {
namespace {

std::string with_unit(double value, const std::string& unit) {
  return fmt::format("{:.{}f} {}", value, value >= 100 ? 0 : value >= 10 ? 1 : 2, unit);
}

std::string verdict(const Figure& figure) {
  if (!figure.met) return "";
  return *figure.met ? "yes" : "**no**";
}

}  // namespace

void Report::print() const {
  constexpr const char* kLine = "| {:<66} | {:>12} | {:>13} | {:>5} | {:<20} | {:<6} |\n";
  std::string text = "\n";
  const auto add_line = [&](const auto&... cells) { text += fmt::format(fmt::runtime(kLine), cells...); };
  add_line("figure (median)", "ours", "plain RocksDB", "ratio", "target", "met");
  add_line("---", "---:", "---:", "---:", "---", "---");
  for (const Figure& figure : figures_) {
    add_line(figure.name, with_unit(figure.ours, figure.unit), figure.raw ? with_unit(*figure.raw, figure.unit) : "",
             figure.raw ? fmt::format("{:.2f}", figure.ours / *figure.raw) : "", figure.target, verdict(figure));
  }
  std::fputs(text.c_str(), stdout);
}

}  // namespace mrgc::bench
