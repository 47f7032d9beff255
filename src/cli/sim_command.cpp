#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/sim/simulation.h"
#include "cli/sim/trace_generator.h"
#include "cli/sim/trace_reader.h"
#include "cli/sim_display.h"
#include "cli/sim_summary.h"

namespace mrgc::cli {
namespace {

constexpr std::size_t kMaxInstances = 10'000;

struct SimCommandOptions {
  std::string trace;
  bool skip_bad_lines = false;
  sim::GeneratorOptions generator;
  std::size_t instances = sim::SimOptions{}.instances;
  std::uint64_t seed = sim::SimOptions{}.seed;
};

void declare_sim(CLI::App& command, SimCommandOptions& options) {
  auto* trace = command.add_option("--trace", options.trace,
                                   "Requests to replay, CSV: TIMESTAMP,ContextTokens,GeneratedTokens; without it they "
                                   "are generated");
  command.add_flag("--skip-bad-lines", options.skip_bad_lines, "Replay the trace without its bad lines")->needs(trace);
  command.add_option("--requests", options.generator.requests, "How many to generate")
      ->check(CLI::Range(std::size_t{1}, sim::kMaxRequests))
      ->capture_default_str()
      ->excludes(trace);
  command.add_option("--minutes", options.generator.minutes, "Over how many minutes they arrive")
      ->check(CLI::Range(std::int64_t{1}, sim::kMaxSpanMs / 60'000))
      ->capture_default_str()
      ->excludes(trace);
  command.add_option("--instances", options.instances, "Size of the fleet, over all regions and pools")
      ->check(CLI::Range(std::size_t{1}, kMaxInstances))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Of everything that chance decides")->capture_default_str();
  command.footer(
      "Replays the requests in virtual time that ends now, against a simulated fleet whose every fact lives in the "
      "store; makes the store where it is missing. Progress is shown on stderr. Ctrl-C ends early, with a summary of "
      "what was done (exit code 130).\n"
      "Examples:\n"
      "  mrgc sim\n"
      "  mrgc --store embedded:./trial sim --trace requests.csv --instances 80 --json\n"
      "JSON: {requests, served, rejected, rejected_no_room, rejected_lost, p50_ms, p95_ms, p99_ms (within 1 %), "
      "state_reads, state_writes, read_units, write_units, wall_seconds, operations_per_second, instances, peak_active "
      "(most requests at once on one instance), drained, returned, quarantined, lost, begin_ms, end_ms, seed, store, "
      "interrupted, per_region: [{region, instances, requests, served, rejected, ...}], per_pool: [{model_pool, "
      "...}]}");
}

using TraceOrFailure = std::expected<sim::Trace, Failure>;

void report_bad_lines(const Context& context, const std::string& path, const sim::TraceFile& file) {
  for (const sim::BadLine& line : file.bad_lines) context.log.error("{}:{}: {}", path, line.number, line.reason);
  if (const std::size_t more = file.bad_line_count - file.bad_lines.size(); more > 0) {
    context.log.error("{}: and {} more bad lines", path, more);
  }
}

TraceOrFailure load_trace(const Context& context, const SimCommandOptions& options) {
  const std::string& path = options.trace;
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return usage_error(path + " is a folder; name a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return usage_error(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
  auto file = sim::read_trace(in);
  if (!file) return usage_error(fmt::format("{} cannot be replayed: {}", path, file.error().message));
  report_bad_lines(context, path, *file);
  if (file->bad_line_count > 0 && !options.skip_bad_lines) {
    return usage_error(fmt::format("{} bad lines in {}; mend them, or replay the others with --skip-bad-lines",
                                   file->bad_line_count, path));
  }
  if (file->requests.empty()) return usage_error(path + " holds no requests");
  return std::move(file->requests);
}

TraceOrFailure make_trace(const SimCommandOptions& options) {
  base::SeededRandom random(options.seed);
  return sim::generate_trace(options.generator, random);
}

Done sim_run(const Context& context, const SimCommandOptions& options) {
  const Environment& environment = context.environment;
  const std::int64_t started_ms = environment.clock.now_ms();
  const TraceOrFailure trace = options.trace.empty() ? make_trace(options) : load_trace(context, options);
  if (!trace) return std::unexpected(trace.error());

  base::ManualClock store_clock(started_ms);
  auto store = open_store(context, IfMissing::kCreate,
                          {.clock = &store_clock, .sweep_interval = std::chrono::milliseconds::zero()});
  if (!store) return std::unexpected(store.error());
  const InterruptWatch interrupt;
  SimDisplay display(environment);
  const auto report = sim::simulate({.store = **store,
                                     .store_clock = store_clock,
                                     .wall_clock = environment.clock,
                                     .identities = environment.random,
                                     .on_progress = [&](const sim::Progress& progress) { display.update(progress); },
                                     .should_stop = [&] { return interrupt.requested(); }},
                                    {.own_region = context.options.region,
                                     .prefix = context.options.prefix,
                                     .instances = options.instances,
                                     .seed = options.seed},
                                    *trace);
  display.finish();
  if (!report) return failed(report.error());
  const auto wall_ms = std::max<std::int64_t>(environment.clock.now_ms() - started_ms, 1);
  const SimFacts facts{
      .instances = options.instances, .seed = options.seed, .wall_seconds = static_cast<double>(wall_ms) / 1000};
  context.json() ? write_summary(context, *report, facts) : show_summary(context, *report, facts);
  if (!report->interrupted) return {};
  return std::unexpected(Failure{ExitCode::kInterrupted, "ended early; what was done so far is in the store"});
}

}  // namespace

void add_sim_command(CLI::App& app, Action& chosen) {
  add_command(app, chosen, "sim", "Replay a request trace against a simulated fleet", declare_sim, sim_run);
}

}  // namespace mrgc::cli
