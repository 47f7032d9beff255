# What the scripts share. Source it first:  source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck shell=bash
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Ninja would start two more compilers than there are processors, and each takes up to 1 GB.
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"

# say TEXT...: a line about what happens next. On stderr, so that results can be piped.
say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

# die TEXT...: one line that says what is wrong and what to do.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# show_help_if_asked "$@": prints the comment at the head of the calling script when the first argument is --help.
show_help_if_asked() {
  if [[ "${1:-}" == --help || "${1:-}" == -h ]]; then
    awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"
    exit 0
  fi
}

# check_preset NAME: only a name that CMakePresets.json knows.
check_preset() {
  case "$1" in
    release | debug | asan | tsan | fuzz) ;;
    *) die "no preset '$1'; there are release, debug, asan, tsan and fuzz" ;;
  esac
}

# bootstrap_for PRESET: installs what configuring that preset needs. All but release configure the tests as well.
bootstrap_for() {
  case "$1" in
    release) "$root/scripts/bootstrap" ;;
    fuzz) "$root/scripts/bootstrap" fuzz ;;
    *) "$root/scripts/bootstrap" test ;;
  esac
}

# configure PRESET [CMAKE-ARGUMENT...]: takes a second when nothing changed, so it is not worth guessing whether to.
configure() {
  local preset="$1"
  shift
  mkdir -p "$root/build"
  local log="$root/build/configure-$preset.log"
  (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1 || {
    cat "$log" >&2
    die "could not configure preset $preset; the cause stands above"
  }
}

# cpp_files: every C++ file of the project, as absolute paths, sorted.
cpp_files() {
  find "$root"/{include,src,tests,bench,cmake} -type f \( -name '*.h' -o -name '*.cpp' \) | LC_ALL=C sort
}

# read_fuzz_targets [TARGET...]: sets `targets` to those, or to all there are.
read_fuzz_targets() {
  local source
  targets=("$@")
  if ((${#targets[@]} == 0)); then
    for source in "$root"/tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" .cpp)"); done
  fi
  for source in "${targets[@]}"; do
    [[ -f "$root/tests/fuzz/$source.cpp" ]] || die "no fuzz target '$source'; targets are tests/fuzz/*_fuzz.cpp"
  done
}

# build_fuzz_targets: builds `targets` at build/fuzz/bin.
build_fuzz_targets() {
  bootstrap_for fuzz
  configure fuzz
  cmake --build "$root/build/fuzz" --target "${targets[@]}" >&2
}
