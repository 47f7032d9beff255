#include "cli/sim_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "cli/json.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli {
namespace {

double operations_per_second(const sim::SimReport& report, const SimFacts& facts) {
  return static_cast<double>(report.state.reads + report.state.writes) / facts.wall_seconds;
}

std::string ms_text(const sim::Outcome& outcome, double q) {
  return outcome.served == 0 ? "-" : with_commas(static_cast<std::uint64_t>(std::llround(outcome.latency_at(q))));
}

void show_rows(const Context& context, const std::string& what, const std::vector<sim::ReportRow>& rows) {
  constexpr auto kRight = TextTable::Align::kRight;
  TextTable table({{what},
                   {"INSTANCES", kRight},
                   {"REQUESTS", kRight},
                   {"SERVED", kRight},
                   {"REJECTED", kRight},
                   {"P50 (MS)", kRight},
                   {"P95 (MS)", kRight},
                   {"P99 (MS)", kRight}});
  for (const sim::ReportRow& row : rows) {
    table.add_row({row.name, with_commas(row.instances), with_commas(row.outcome.requests),
                   with_commas(row.outcome.served), with_commas(row.outcome.rejected()), ms_text(row.outcome, 0.50),
                   ms_text(row.outcome, 0.95), ms_text(row.outcome, 0.99)});
  }
  context.out() << '\n';
  table.print(context.out(), context.style);
}

void write_outcome(Json& json, const sim::Outcome& outcome) {
  json.field("requests", outcome.requests).field("served", outcome.served).field("rejected", outcome.rejected());
  json.field("rejected_no_room", outcome.rejected_no_room).field("rejected_lost", outcome.rejected_lost);
  json.field("p50_ms", outcome.latency_at(0.50)).field("p95_ms", outcome.latency_at(0.95));
  json.field("p99_ms", outcome.latency_at(0.99));
}

void write_rows(Json& json, std::string_view name, std::string_view key, const std::vector<sim::ReportRow>& rows) {
  json.key(name).begin_array();
  for (const sim::ReportRow& row : rows) {
    json.begin_object().field(key, row.name).field("instances", row.instances);
    write_outcome(json, row.outcome);
    json.end_object();
  }
  json.end_array();
}

// What a command that is to find this replay's state begins with.
std::string command_prefix(const Context& context) {
  const GlobalOptions& options = context.options;
  std::string text = fmt::format("{} --store {}", shell_word(context.program), shell_word(options.store));
  if (options.prefix != fleet::schema().default_prefix) text += fmt::format(" --prefix {}", shell_word(options.prefix));
  return text;
}

}  // namespace

void show_summary(const Context& context, const sim::SimReport& report, const SimFacts& facts) {
  const sim::Outcome& total = report.total;
  const auto show = [&](std::string_view name, std::string_view text) {
    context.out() << fmt::format("  {:<12}{}\n", name, text);
  };
  const auto requests = static_cast<double>(std::max<std::uint64_t>(total.requests, 1));
  const double share = 100 * static_cast<double>(total.served) / requests;
  context.out() << context.style.bold(fmt::format("{} requests on {} instances, replayed in {:.1f} s",
                                                  with_commas(total.requests), facts.instances, facts.wall_seconds))
                << '\n';
  show("time", fmt::format("{} to {} UTC, seed {}", utc_text(report.begin_ms / 1000),
                           utc_text(std::max(report.begin_ms, report.end_ms) / 1000), facts.seed));
  show("served", fmt::format("{} ({:.2f} %)", with_commas(total.served), share));
  show("rejected",
       fmt::format("{}: {} found no room, {} were with an instance that was lost", with_commas(total.rejected()),
                   with_commas(total.rejected_no_room), with_commas(total.rejected_lost)));
  show("latency", fmt::format("p50 {} ms, p95 {} ms, p99 {} ms", ms_text(total, 0.50), ms_text(total, 0.95),
                              ms_text(total, 0.99)));
  show("state", fmt::format("{} reads, {} writes, {} operations/s", with_commas(report.state.reads),
                            with_commas(report.state.writes),
                            with_commas(static_cast<std::uint64_t>(operations_per_second(report, facts)))));
  show("consumed",
       fmt::format("{:.1f} read units, {:.1f} write units", report.state.read_units, report.state.write_units));
  show("instances", fmt::format("{} drained, {} returned, {} quarantined, {} lost without a word; at most {} requests "
                                "at once on one",
                                report.incidents.drained, report.incidents.returned, report.incidents.quarantined,
                                report.incidents.lost, report.peak_active));
  show_rows(context, "REGION", report.regions);
  show_rows(context, "POOL", report.pools);
  context.out() << '\n' << context.style.dim("The fleet's state is in the store. Look further:") << '\n';
  const std::string mrgc = command_prefix(context);
  for (const char* command :
       {"health", "instance list", "route best --region us-east-1 --limit 5", "metrics query --metric rps"}) {
    context.out() << fmt::format("  {} {}\n", mrgc, command);
  }
}

void write_summary(const Context& context, const sim::SimReport& report, const SimFacts& facts) {
  Json json;
  json.begin_object();
  write_outcome(json, report.total);
  json.field("state_reads", report.state.reads).field("state_writes", report.state.writes);
  json.field("read_units", report.state.read_units).field("write_units", report.state.write_units);
  json.field("wall_seconds", facts.wall_seconds);
  json.field("operations_per_second", operations_per_second(report, facts));
  json.field("instances", facts.instances).field("peak_active", report.peak_active);
  json.field("drained", report.incidents.drained).field("returned", report.incidents.returned);
  json.field("quarantined", report.incidents.quarantined).field("lost", report.incidents.lost);
  json.field("begin_ms", report.begin_ms).field("end_ms", report.end_ms);
  json.field("seed", facts.seed).field("store", context.options.store).field("interrupted", report.interrupted);
  write_rows(json, "per_region", "region", report.regions);
  write_rows(json, "per_pool", "model_pool", report.pools);
  json.end_object().print(context.out());
}

}  // namespace mrgc::cli
