#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
// A look at what is not there must fail the test, in release builds too, and not end the process.
#define RAPIDJSON_ASSERT(holds) \
  if (!(holds)) throw std::logic_error("the JSON is other than expected: " #holds)
#include <rapidjson/document.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "cli/app.h"
#include "support/temporary_folder.h"

namespace mrgc::cli {

/// What a command did.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;

  /// `out` as JSON; an empty document when it is none, which every look into it then reports.
  rapidjson::Document json() const {
    rapidjson::Document document;
    if (document.Parse(out.c_str()).HasParseError()) {
      ADD_FAILURE() << "no JSON: " << out << err;
      document.SetObject();
    }
    return document;
  }
};

/// Runs the command in this process, on a store of its own and at a time that stands still.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest() { ::unsetenv("MRGC_STORE"); }

  /// Runs `mrgc --store STORE ARGUMENTS...`.
  Ran mrgc(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", store()});
    return bare(arguments);
  }

  /// Runs `mrgc ARGUMENTS...`.
  Ran bare(const std::vector<std::string>& arguments) {
    std::vector<const char*> argv = {program_.c_str()};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = run(static_cast<int>(argv.size()), argv.data(),
                         {.out = out, .err = err, .out_has_colour = colour_, .clock = clock_, .random = random_});
    return {.code = code, .out = out.str(), .err = err.str()};
  }

  /// As `mrgc`, for what must go well: a failure of the test shows why it did not.
  Ran done(std::vector<std::string> arguments) {
    Ran ran = mrgc(std::move(arguments));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran;
  }

  /// Whether `ran` failed with that code and exactly one line that says `words`.
  static void expect_failure(const Ran& ran, int code, const std::string& words) {
    EXPECT_EQ(ran.code, code) << ran.out << ran.err;
    EXPECT_EQ(ran.err.rfind("mrgc: ", 0), 0U) << ran.err;
    EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
    EXPECT_NE(ran.err.find(words), std::string::npos) << ran.err;
    EXPECT_EQ(ran.out, "");
  }

  std::string store() const { return "embedded:" + (folder_.path() / "data").string(); }

  testing::TemporaryFolder folder_;
  base::ManualClock clock_{1'700'000'000'000};
  base::SystemRandom random_;
  bool colour_ = false;
  std::string program_ = "mrgc";
};

}  // namespace mrgc::cli
