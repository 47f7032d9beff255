#include "cli/app.h"

#include <fmt/format.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/commands.h"
#include "mrgc/fleet/schema.h"

namespace mrgc::cli {
namespace {

constexpr std::string_view kAbout =
    "The global state of a multi-region GPU fleet: which instances there are, which one is the best for the next "
    "request, how all of them are doing.";

constexpr std::string_view kExamples = R"(Examples:
  mrgc tables create
  mrgc instance register i-1 --pool model-a --region us-east-2
  mrgc route best --region us-east-1 --limit 5
  mrgc sim --instances 50
  mrgc --store embedded:/var/lib/mrgc health --json

Exit codes: 0 it went well; 1 it failed, or what was asked for is not there; 2 wrong usage; 3 the store cannot be
opened; 130 ended by Ctrl-C or SIGTERM.)";

void declare_global_options(CLI::App& app, GlobalOptions& options) {
  const fleet::Schema& schema = fleet::schema();
  options.region = schema.regions.front();
  options.prefix = schema.default_prefix;
  app.add_option("--store", options.store, "Where the state lives: embedded:FOLDER")
      ->envname("MRGC_STORE")
      ->take_last()
      ->capture_default_str();
  app.add_option("--region", options.region,
                 "The region to act in: reads are local to it; lists are filtered by --in-region")
      ->check(CLI::IsMember(schema.regions))
      ->take_last()
      ->capture_default_str();
  app.add_option("--prefix", options.prefix, "What the tables' names begin with")->take_last()->capture_default_str();
  app.add_flag("--json", options.json, "Results as JSON, for programs");
  app.add_option("--durability", options.durability,
                 "sync: what was acknowledged survives power loss; async: power loss may take the last second")
      ->check(CLI::IsMember({"sync", "async"}))
      ->take_last()
      ->capture_default_str();
}

// The subcommand that the arguments got to, such as `mrgc route best`.
std::string path_of(const CLI::App& app) {
  std::string path = app.get_name();
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return printable(text.substr(0, text.find_last_not_of(' ') + 1));
}

int fail_with(spdlog::logger& log, const Failure& failure) {
  if (!failure.message.empty()) log.error("{}", one_line(failure.message));
  return static_cast<int>(failure.code);
}

int perform(const Action& action, const Context& context) {
  const Done done = action(context);
  context.out().flush();
  if (!done) return fail_with(context.log, done.error());
  if (!context.out()) return fail_with(context.log, {ExitCode::kFailed, "the output cannot be written"});
  return static_cast<int>(ExitCode::kOk);
}

}  // namespace

int run(int argc, const char* const* argv, const Environment& environment) {
  spdlog::logger log("mrgc", std::make_shared<spdlog::sinks::ostream_sink_st>(environment.err, /*force_flush=*/true));
  log.set_pattern("mrgc: %v");

  GlobalOptions options;
  Action action;
  CLI::App app(std::string(kAbout), "mrgc");
  app.fallthrough();
  app.require_subcommand(1);
  app.set_version_flag("--version", "mrgc " MRGC_VERSION);
  app.footer(std::string(kExamples));
  declare_global_options(app, options);
  add_tables_commands(app, action);
  add_instance_commands(app, action);
  add_route_commands(app, action);
  add_metrics_commands(app, action);
  add_health_command(app, action);
  add_serve_command(app, action);
  add_sim_command(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return app.exit(stop, environment.out, environment.err);  // --help, --version
    return fail_with(log, {ExitCode::kUsage, fmt::format("{}; see '{} --help'", stop.what(), path_of(app))});
  }
  const Context context{.environment = environment,
                        .options = options,
                        .log = log,
                        .style = {.colour = environment.out_has_colour},
                        .program = argc > 0 ? argv[0] : "mrgc"};
  return perform(action, context);
}

}  // namespace mrgc::cli
