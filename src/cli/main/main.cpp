#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "cli/app.h"

int main(int argc, char** argv) {
  const mrgc::base::SystemClock clock;
  mrgc::base::SystemRandom random;
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const bool colour_wanted = no_color == nullptr || *no_color == '\0';
  try {
    return mrgc::cli::run(argc, argv,
                          {.out = std::cout,
                           .err = std::cerr,
                           .out_has_colour = colour_wanted && ::isatty(STDOUT_FILENO) == 1,
                           .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                           .clock = clock,
                           .random = random});
  } catch (const std::exception& broken) {
    std::cerr << "mrgc: this should not happen, please report it: " << broken.what() << '\n';
    return 1;
  }
}
