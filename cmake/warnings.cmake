# Warnings are errors, in our own code only. Designated initializers name what differs from the defaults, so clang's
# wish to see every member named is off.
add_library(mrgc_warnings INTERFACE)
target_compile_options(mrgc_warnings INTERFACE
  # Designated initializers leave out members on purpose: they have defaults.
  -Wall -Wextra -Wpedantic -Wno-missing-field-initializers -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wimplicit-fallthrough
  -Werror
  # g++ 12 takes a moved std::expected for uninitialized; clang and the sanitizers see what really is.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers>)
