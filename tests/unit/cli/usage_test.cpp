#include <fstream>
#include <string>
#include <vector>

#include "unit/cli/command_test.h"

namespace mrgc::cli {
namespace {

using UsageTest = CommandTest;

TEST_F(UsageTest, HelpAndVersionGoToStandardOutput) {
  const Ran version = bare({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.rfind("mrgc ", 0), 0U);
  EXPECT_EQ(version.err, "");
  const std::vector<std::vector<std::string>> commands = {
      {},          {"tables"}, {"tables", "describe"},   {"instance"}, {"instance", "list"}, {"route", "best"},
      {"metrics"}, {"health"}, {"instance", "register"}, {"sim"}};
  for (auto command : commands) {
    command.emplace_back("--help");
    const Ran help = bare(command);
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Usage: "), std::string::npos);
    EXPECT_EQ(help.err, "");
  }
}

TEST_F(UsageTest, WrongUsageIsOneLineThatPointsToTheRightHelp) {
  expect_failure(bare({}), 2, "see 'mrgc --help'");
  expect_failure(bare({"frobnicate"}), 2, "see 'mrgc --help'");
  expect_failure(bare({"tables"}), 2, "see 'mrgc tables --help'");
  expect_failure(bare({"route", "best", "--limit", "0"}), 2, "see 'mrgc route best --help'");
  expect_failure(bare({"route", "best", "--limit", "many"}), 2, "--limit");
  expect_failure(bare({"serve", "--data", ""}), 2, "--data: names no folder");
  expect_failure(bare({"route", "best", "--nonsense"}), 2, "--nonsense");
  expect_failure(bare({"instance", "get"}), 2, "id");
  expect_failure(bare({"instance", "register", "i-1"}), 2, "--pool");
  expect_failure(bare({"instance", "list", "--state", "asleep"}), 2, "asleep");
  expect_failure(bare({"--region", "mars", "health"}), 2, "us-east-1");
  expect_failure(bare({"--durability", "perhaps", "health"}), 2, "--durability");
  expect_failure(bare({"sim", "--requests", "5", "--trace", "x.csv"}), 2, "--trace");
  expect_failure(bare({"sim", "--instances", "0"}), 2, "--instances");
  expect_failure(bare({"metrics", "query"}), 2, "--metric");
  expect_failure(bare({"instance", "cleanup", "i-1"}), 2, "--passed");
}

TEST_F(UsageTest, OtherStoresAreNamedAsUnknown) {
  for (const std::string address : {"dynamodb:us-east-1", "./data", "embedded:", ""}) {
    expect_failure(bare({"--store", address, "health"}), 2, "embedded:FOLDER");
  }
  expect_failure(mrgc({"--prefix", "no/slash", "health"}), 3, "tables create");
  done({"tables", "create"});
  expect_failure(mrgc({"--prefix", "no/slash", "health"}), 2, "prefix");
}

TEST_F(UsageTest, ReadingDoesNotMakeAStore) {
  const std::vector<std::vector<std::string>> readers = {{"health"},
                                                         {"tables", "list"},
                                                         {"tables", "describe", "metrics"},
                                                         {"tables", "delete", "--yes"},
                                                         {"instance", "list"},
                                                         {"instance", "get", "i-1"},
                                                         {"instance", "heartbeat", "i-1"},
                                                         {"route", "best"},
                                                         {"metrics", "query", "--metric", "rps"}};
  for (const auto& reader : readers) {
    expect_failure(mrgc(reader), 3, "tables create");
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "data"));
  }
}

TEST_F(UsageTest, AFolderThatIsNoStoreIsLeftAlone) {
  std::filesystem::create_directory(folder_.path() / "data");
  std::ofstream(folder_.path() / "data" / "thesis.txt") << "years of work";
  expect_failure(mrgc({"tables", "create"}), 3, "thesis.txt");
  expect_failure(mrgc({"sim", "--requests", "10"}), 3, "thesis.txt");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path() / "data"), {}), 1);
}

TEST_F(UsageTest, MissingTablesAreNamedWithTheRemedy) {
  done({"tables", "create"});
  expect_failure(mrgc({"--prefix", "other", "health"}), 1, "tables create");
}

TEST_F(UsageTest, GlobalOptionsStandBeforeOrBehindTheSubcommand) {
  done({"tables", "create"});
  const Ran before = bare({"--store", store(), "--json", "--region", "us-west-2", "route", "best"});
  const Ran behind = bare({"route", "best", "--store", store(), "--json", "--region", "us-west-2"});
  const Ran between = bare({"route", "--store", store(), "--json", "best", "--region", "us-west-2"});
  EXPECT_EQ(before.code, 0) << before.err;
  EXPECT_EQ(before.out, behind.out);
  EXPECT_EQ(before.out, between.out);
  EXPECT_STREQ(before.json()["region"].GetString(), "us-west-2");
}

TEST_F(UsageTest, TheEnvironmentNamesTheStoreUnlessAnOptionDoes) {
  done({"tables", "create"});
  ::setenv("MRGC_STORE", store().c_str(), 1);
  EXPECT_EQ(bare({"health"}).code, 0);
  expect_failure(bare({"--store", "embedded:" + (folder_.path() / "other").string(), "health"}), 3, "other");
  ::unsetenv("MRGC_STORE");
}

TEST_F(UsageTest, ColourIsOnlyWhereItIsWanted) {
  done({"tables", "create"});
  EXPECT_EQ(done({"health"}).out.find('\033'), std::string::npos);
  colour_ = true;
  EXPECT_NE(done({"health"}).out.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace mrgc::cli
