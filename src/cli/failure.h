#pragma once

#include <expected>
#include <string>
#include <utility>

#include "mrgc/base/error.h"

namespace mrgc::cli {

/// What the process says to its caller when it ends.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,         ///< the operation failed, or what was asked for is not there
  kUsage = 2,          ///< the arguments or the input are wrong
  kStore = 3,          ///< the store cannot be opened
  kInterrupted = 130,  ///< Ctrl-C or SIGTERM; what was done so far stands
};

/// Why a command did not do what it should.
struct Failure {
  ExitCode code = ExitCode::kFailed;
  std::string message;  ///< one line: cause and remedy; empty when everything is said already
};

/// What a command returns.
using Done = std::expected<void, Failure>;

inline std::unexpected<Failure> usage_error(std::string message) {
  return std::unexpected(Failure{ExitCode::kUsage, std::move(message)});
}

/// A library error as the command's.
inline std::unexpected<Failure> failed(const Error& error) {
  if (error.code == ErrorCode::kInvalidArgument) return usage_error(error.message);
  if (error.code == ErrorCode::kResourceNotFound) {
    return std::unexpected(Failure{ExitCode::kFailed, error.message + "; 'mrgc tables create' makes the tables"});
  }
  return std::unexpected(Failure{ExitCode::kFailed, error.message});
}

}  // namespace mrgc::cli
