#pragma once

#include <spdlog/logger.h>

#include <string>

#include "cli/environment.h"
#include "cli/text.h"

namespace mrgc::cli {

/// The options that every subcommand has.
struct GlobalOptions {
  std::string store = "embedded:./mrgc-data";
  std::string region;
  std::string prefix;
  bool json = false;
  std::string durability = "sync";  ///< or `async`
};

/// What a subcommand works with.
struct Context {
  const Environment& environment;
  const GlobalOptions& options;
  spdlog::logger& log;  ///< warnings and errors, one line each
  Style style;          ///< of `environment.out`
  std::string program;  ///< as it was called, such as `build/release/bin/mrgc`

  std::ostream& out() const { return environment.out; }
  bool json() const { return options.json; }
};

}  // namespace mrgc::cli
