#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "cli/sim/trace.h"
#include "mrgc/base/error.h"

namespace mrgc::cli::sim {

/// A line that is no request.
struct BadLine {
  std::size_t number = 0;  ///< counted from 1, the header included
  std::string reason;
};

/// What a trace file holds.
struct TraceFile {
  static constexpr std::size_t kMaxBadLinesNamed = 10;

  Trace requests;                  ///< sorted, whatever order the file has
  std::vector<BadLine> bad_lines;  ///< the first `kMaxBadLinesNamed`
  std::size_t bad_line_count = 0;
};

/// Reads CSV with the header `TIMESTAMP,ContextTokens,GeneratedTokens` and lines such as
/// `2023-11-16 18:17:03.9799600,4808,10`: UTC, with 0 to 9 digits of a second's fraction, of which milliseconds count.
/// Lines end with LF or CRLF, the last one with either or nothing; empty lines are passed over. Any other line is
/// bad, and reading goes on behind it.
/// Errors: `kValidation` when the header is missing, for more than `kMaxRequests` requests, and when they are more than
/// `kMaxSpanMs` apart. A file without requests is no error.
Result<TraceFile> read_trace(std::istream& in);

}  // namespace mrgc::cli::sim
