#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "cli/context.h"
#include "cli/failure.h"

namespace mrgc::cli {

/// What the parsed arguments ask for.
using Action = std::function<Done(const Context&)>;

/// Adds the subcommand `name`. `declare` gives it its options; when it is chosen, `chosen` becomes `run` with them.
template <typename Options>
CLI::App& add_command(CLI::App& parent, Action& chosen, const std::string& name, const std::string& description,
                      void (*declare)(CLI::App&, Options&), Done (*run)(const Context&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App& command = *parent.add_subcommand(name, description);
  declare(command, *options);
  command.callback(
      [&chosen, options, run] { chosen = [options, run](const Context& context) { return run(context, *options); }; });
  return command;
}

/// Adds a subcommand that only holds others.
inline CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App& group = *parent.add_subcommand(name, description);
  group.require_subcommand(1);
  return group;
}

/// For commands without options of their own.
struct NoOptions {};
inline void declare_none(CLI::App&, NoOptions&) {}

// The subcommands, one source file each. `chosen` must outlive `app`.
void add_tables_commands(CLI::App& app, Action& chosen);
void add_instance_commands(CLI::App& app, Action& chosen);
void add_route_commands(CLI::App& app, Action& chosen);
void add_metrics_commands(CLI::App& app, Action& chosen);
void add_health_command(CLI::App& app, Action& chosen);
void add_serve_command(CLI::App& app, Action& chosen);
void add_sim_command(CLI::App& app, Action& chosen);

}  // namespace mrgc::cli
