#include "cli/sim_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text.h"

namespace mrgc::cli {
namespace {

constexpr std::int64_t kRedrawMs = 100;
constexpr std::int64_t kLineMs = 3000;
constexpr std::size_t kBarWidth = 30;

double part_done(const sim::Progress& progress) {
  const auto span_ms = static_cast<double>(std::max<std::int64_t>(progress.end_ms - progress.begin_ms, 1));
  return std::clamp(static_cast<double>(progress.now_ms - progress.begin_ms) / span_ms, 0.0, 1.0);
}

std::string bar(double part) {
  const auto full = static_cast<std::size_t>(part * kBarWidth);
  return fmt::format("[{}{}]", std::string(full, '#'), std::string(kBarWidth - full, '.'));
}

std::string instances_text(const sim::Progress& progress) {
  std::string text;
  for (const auto& [where, count] : progress.instances) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, where);
  }
  return text;
}

std::string requests_text(const sim::Outcome& total) {
  return fmt::format("{} served, {} rejected, {} active", with_commas(total.served), with_commas(total.rejected()),
                     total.active());
}

std::string speed_text(const sim::Progress& progress) {
  return fmt::format("{:.2f} requests/s, p95 {:.0f} ms", progress.recent_rps, progress.total.latency_at(0.95));
}

}  // namespace

SimDisplay::SimDisplay(const Environment& environment)
    : environment_(environment), started_ms_(environment.clock.now_ms()) {}

void SimDisplay::update(const sim::Progress& progress) {
  const std::int64_t now_ms = environment_.clock.now_ms();
  // A lone first line says little; a first picture says that something happens.
  if (drawn_ms_ == 0 && !environment_.err_is_terminal) drawn_ms_ = started_ms_;
  if (now_ms - drawn_ms_ < (environment_.err_is_terminal ? kRedrawMs : kLineMs)) return;
  drawn_ms_ = now_ms;
  draw(progress);
}

void SimDisplay::draw(const sim::Progress& progress) {
  const double part = part_done(progress);
  const std::string time = utc_text(progress.now_ms / 1000);
  if (!environment_.err_is_terminal) {
    environment_.err << fmt::format("sim {:3.0f} %  {} UTC: {}; {}; {}; {}\n", 100 * part, time,
                                    requests_text(progress.total), speed_text(progress), instances_text(progress),
                                    rate_text(progress))
                     << std::flush;
    return;
  }
  const std::vector<std::string> lines = {
      fmt::format("{} {:3.0f} %  {} UTC", bar(part), 100 * part, time),
      fmt::format("  requests    {}", requests_text(progress.total)),
      fmt::format("              {}", speed_text(progress)),
      fmt::format("  instances   {}", instances_text(progress)),
      fmt::format("  state       {}", rate_text(progress)),
  };
  finish();
  for (const std::string& line : lines) environment_.err << line << '\n';
  environment_.err << std::flush;
  drawn_lines_ = lines.size();
}

void SimDisplay::finish() {
  if (drawn_lines_ > 0) environment_.err << fmt::format("\033[{}A\033[J", drawn_lines_) << std::flush;
  drawn_lines_ = 0;
}

std::string SimDisplay::rate_text(const sim::Progress& progress) const {
  const auto elapsed_ms = std::max<std::int64_t>(environment_.clock.now_ms() - started_ms_, 1);
  const std::uint64_t operations = progress.state.reads + progress.state.writes;
  return fmt::format("{} reads, {} writes, {}/s", with_commas(progress.state.reads), with_commas(progress.state.writes),
                     with_commas(operations * 1000 / static_cast<std::uint64_t>(elapsed_ms)));
}

}  // namespace mrgc::cli
