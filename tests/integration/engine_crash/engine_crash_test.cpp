#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "integration/engine_crash/ledger.h"
#include "integration/engine_crash/power_loss_files.h"
#include "support/sanitizers.h"
#include "support/temporary_folder.h"

extern char** environ;

namespace mrgc::crash {
namespace {

using engine::Durability;
using testing::Dice;

/// How many acknowledged writes there are at least between two crashes.
constexpr std::int64_t kWritesPerRound = 101;
/// After so many crashes a new store is begun, so that the check of the whole change log stays short.
constexpr int kRoundsPerStore = 25;

int rounds() {
  return static_cast<int>(testing::number_from_environment("MRGC_CRASH_ROUNDS", testing::kSanitized ? 40 : 200));
}

/// So little that a round goes through several logs.
constexpr std::size_t kMemtableBytes = 64 * 1024;
constexpr std::uint64_t kShortLogBytes = 40'000;
/// A memtable is full long before.
constexpr std::uint64_t kLongLogBytes = 400'000;

engine::EngineOptions options_for(Durability durability) {
  engine::EngineOptions options = testing::quiet_options();
  options.durability = durability;
  return options;
}

/// What ends logs: hardly anything, their own end, or memtables.
enum class Files { kUsual, kShortLogs, kSmallMemtables };

Files next(Files files) { return static_cast<Files>((static_cast<int>(files) + 1) % 3); }

Result<std::unique_ptr<engine::Engine>> open_engine(const std::filesystem::path& folder, Durability durability,
                                                    Files files, rocksdb::Env* env = nullptr) {
  const engine::EngineOptions options = options_for(durability);
  engine::RocksdbOptions rocksdb = engine::rocksdb_options(options);
  rocksdb.env = env;
  if (files != Files::kUsual) {
    rocksdb.memtable_bytes = kMemtableBytes;
    const std::uint64_t log_bytes = files == Files::kShortLogs ? kShortLogBytes : kLongLogBytes;
    if (durability == Durability::kSync) rocksdb.log_room_bytes = log_bytes;
  }
  auto kv = engine::open_rocksdb(folder, rocksdb);
  if (!kv) return base::forward_error(kv);
  return engine::Engine::open(std::move(*kv), options);
}

void create_table_once(engine::Engine& engine) {
  const auto created = store::BlockingStore(engine).create_table({.spec = testing::streamed_table(kTable)});
  if (!created && created.error().code != ErrorCode::kResourceInUse) throw std::runtime_error(created.error().message);
}

template <typename Report>
void run_writers(engine::Engine& engine, std::int64_t first_number, Report&& report) {
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] { write_until_failure(engine, writer, first_number, report); });
  }
}

// --- A process that is killed -----------------------------------------------------------------------------------

constexpr const char* kWriterArgument = "--write-until-killed";

// The other process: writes to the store in `folder` and reports to `pipe`, until it is killed.
int write_until_killed(const char* folder, const char* durability, const char* first_number, const char* pipe) {
  const std::int64_t first = std::stoll(first_number);
  auto engine = open_engine(folder, std::string_view(durability) == "sync" ? Durability::kSync : Durability::kAsync,
                            first % 2 == 0 ? Files::kShortLogs : Files::kSmallMemtables);
  if (!engine) {
    std::cerr << engine.error().message << "\n";
    return 1;
  }
  create_table_once(**engine);
  const int descriptor = std::stoi(pipe);
  run_writers(**engine, first, [descriptor](const Write& write) {
    // Short enough to be written in one piece.
    if (::write(descriptor, &write, sizeof write) != sizeof write) std::abort();
  });
  return 2;  // a write failed
}

class Child {
 public:
  Child(const std::filesystem::path& folder, const std::string& durability, std::int64_t first_number) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    read_end_ = ends[0];
    std::string arguments[] = {
        "/proc/self/exe",       kWriterArgument, folder.string(), durability, std::to_string(first_number),
        std::to_string(ends[1])};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failed = ::posix_spawn(&process_, "/proc/self/exe", nullptr, nullptr, argv.data(), environ);
    ::close(ends[1]);
    if (failed != 0) throw std::runtime_error("cannot start the writing process");
  }
  ~Child() { ::close(read_end_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next report, or nothing when the process is gone.
  std::optional<Write> next() const {
    Write write;
    std::size_t got = 0;
    while (got < sizeof write) {
      const ssize_t count = ::read(read_end_, reinterpret_cast<char*>(&write) + got, sizeof write - got);
      if (count <= 0) return std::nullopt;
      got += static_cast<std::size_t>(count);
    }
    return write;
  }
  void kill() const { ::kill(process_, SIGKILL); }
  /// Waits for its end; whether it was killed.
  bool was_killed() const {
    int status = 0;
    ::waitpid(process_, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  pid_t process_ = 0;
  int read_end_ = -1;
};

void kill_writing_processes(const std::string& durability, int count) {
  const std::uint64_t seed = testing::seeds().back();
  std::cout << "seed " << seed << std::endl;
  Dice dice(seed);
  Ledger ledger;
  std::optional<testing::TemporaryFolder> folder;
  std::int64_t writes = 0;
  for (int round = 0; round < count; ++round) {
    if (round % kRoundsPerStore == 0) {
      folder.emplace();
      ledger.clear();
    }
    const Child child(folder->path() / "store", durability, ledger.next_number());
    const std::int64_t enough = kWritesPerRound + static_cast<std::int64_t>(dice.roll(100));
    const auto delay = std::chrono::microseconds(dice.roll(2000));
    bool killed = false;
    while (const auto write = child.next()) {
      ledger.note(*write);
      if (killed || ledger.acknowledged() < enough) continue;
      std::this_thread::sleep_for(delay);
      child.kill();
      killed = true;
    }
    ASSERT_TRUE(child.was_killed()) << "the writing process has ended by itself in round " << round;
    writes += ledger.acknowledged();
    ASSERT_GE(ledger.acknowledged(), kWritesPerRound);
    auto engine = open_engine(folder->path() / "store", Durability::kSync, Files::kShortLogs);
    ASSERT_TRUE(engine) << "round " << round << ": " << engine.error().message;
    ASSERT_EQ(ledger.settle(**engine), "") << "round " << round;
  }
  std::cout << count << " processes killed, " << writes << " acknowledged writes\n";
}

TEST(EngineCrashTest, KilledProcessesLoseNothingAcknowledged) { kill_writing_processes("sync", rounds()); }

TEST(EngineCrashTest, KilledProcessesLoseNothingAcknowledgedWithoutSyncEither) {
  kill_writing_processes("async", rounds() / 4);
}

// --- A machine that loses its power -----------------------------------------------------------------------------

class PowerLossTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<engine::Engine>> open() { return open_engine(path_, Durability::kSync, size_, env_.get()); }

  // The file that is not written through the store's files: what is left of it is new, or as it was synced when the
  // store was opened.
  void lose_watermark() {
    if (old_watermark_.empty() || dice_.chance(50)) return;
    std::ofstream(path_ / "WATERMARK", std::ios::binary | std::ios::trunc) << old_watermark_;
  }
  void remember_watermark() {
    std::ifstream in(path_ / "WATERMARK", std::ios::binary);
    old_watermark_.assign(std::istreambuf_iterator<char>(in), {});
  }

  void restart() {
    files_->restart(dice_);
    lose_watermark();
  }

  const std::uint64_t seed_ = testing::seeds().back();
  Dice dice_{seed_};
  testing::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "store";
  std::shared_ptr<PowerLossFiles> files_ = std::make_shared<PowerLossFiles>(path_);
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(files_);
  std::string old_watermark_;
  Ledger ledger_;
  Files size_ = Files::kUsual;
};

TEST_F(PowerLossTest, LosesNothingAcknowledged) {
  std::cout << "seed " << seed_ << std::endl;
  std::int64_t writes = 0;
  for (int round = 0; round < rounds(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    if (round % kRoundsPerStore == 0) {
      std::filesystem::remove_all(path_);
      files_->restart(dice_);
      ledger_.clear();
      // Closing takes a second where a flush has just failed, as it often does where files are small.
      size_ = next(size_);
    } else if (dice_.chance(20)) {
      // The power can go while the store is being opened, too.
      files_->cut_power_after(static_cast<std::int64_t>(dice_.roll(40)));
      open();
      files_->cut_power();
      restart();
    }
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    std::unique_ptr<engine::Engine> engine = std::move(*opened);
    create_table_once(*engine);
    ASSERT_EQ(ledger_.settle(*engine), "");
    remember_watermark();

    const std::int64_t enough = kWritesPerRound + static_cast<std::int64_t>(dice_.roll(100));
    const auto further_changes = static_cast<std::int64_t>(dice_.roll(20));
    std::atomic<bool> armed = false;
    run_writers(*engine, ledger_.next_number(), [&](const Write& write) {
      ledger_.note(write);
      if (ledger_.acknowledged() >= enough && !armed.exchange(true)) files_->cut_power_after(further_changes);
    });
    ASSERT_TRUE(files_->is_cut());
    writes += ledger_.acknowledged();
    ASSERT_GE(ledger_.acknowledged(), kWritesPerRound);
    engine.reset();
    restart();
  }
  auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(ledger_.settle(**engine), "");
  EXPECT_GT(files_->files_written_over(), rounds() / 4);
  EXPECT_GT(files_->files_cut(), rounds() / 16);
  std::cout << rounds() << " power losses, " << writes << " acknowledged writes, " << files_->files_written_over()
            << " logs written over zeros, " << files_->files_cut() << " cut\n";
}

// What the last writes before a pause promise: they are on the disk a second later, though nothing follows them.
TEST_F(PowerLossTest, WithoutSyncLosesNothingThatIsOlderThanAboutASecond) {
  for (int round = 0; round < 3; ++round) {
    auto engine = open_engine(path_, Durability::kAsync, size_, env_.get()).value();
    create_table_once(*engine);
    ASSERT_EQ(ledger_.settle(*engine), "");
    for (std::int64_t number = ledger_.next_number(), last = number + 50; number < last; ++number) {
      Write write = next_write(round % kWriters, number);
      ASSERT_TRUE(send(*engine, write));
      write.acknowledged = true;
      ledger_.note(write);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    files_->cut_power();
    engine.reset();
    files_->restart(dice_);
  }
  auto engine = open();
  ASSERT_TRUE(engine) << engine.error().message;
  EXPECT_EQ(ledger_.settle(**engine), "");
}

// Whatever a power loss leaves of a store that was being made, the next start makes it whole.
TEST_F(PowerLossTest, AStoreInTheMakingIsMadeAfterwards) {
  bool made = false;
  for (std::int64_t changes = 0; !made; ++changes) {
    std::filesystem::remove_all(path_);
    files_->restart(dice_);
    files_->cut_power_after(changes);
    if (auto engine = open()) {
      made = store::BlockingStore(**engine).create_table({.spec = testing::streamed_table(kTable)}).has_value();
    }
    files_->cut_power();
    restart();
    auto engine = open();
    ASSERT_TRUE(engine) << "after " << changes << " changes: " << engine.error().message;
    create_table_once(**engine);
    ASSERT_EQ(testing::find_contradiction(**engine), "");
  }
}

// The files must be able to lose something, or the tests above could not fail.
TEST_F(PowerLossTest, FilesForgetWhatWasNotSynced) {
  std::filesystem::create_directory(path_);
  const std::string name = (path_ / "file").string();
  int sizes_seen[3] = {};
  for (int round = 0; round < 200; ++round) {
    std::unique_ptr<rocksdb::WritableFile> file;
    ASSERT_TRUE(env_->NewWritableFile(name, &file, {}).ok());
    std::unique_ptr<rocksdb::Directory> folder;
    ASSERT_TRUE(env_->NewDirectory(path_.string(), &folder).ok());
    const bool entry_synced = round % 2 == 0;
    ASSERT_TRUE(file->Append("synced").ok() && file->Sync().ok());
    if (entry_synced) {
      ASSERT_TRUE(folder->Fsync().ok());
    }
    ASSERT_TRUE(file->Append("more").ok());
    files_->cut_power();
    EXPECT_FALSE(file->Append("lost").ok());
    EXPECT_FALSE(file->Sync().ok());
    file.reset();
    files_->restart(dice_);
    if (!std::filesystem::exists(name)) {
      EXPECT_FALSE(entry_synced);
      ++sizes_seen[0];
      continue;
    }
    const std::uintmax_t size = std::filesystem::file_size(name);
    EXPECT_GE(size, 6U);
    EXPECT_LE(size, 10U);
    ++sizes_seen[size == 6 ? 1 : 2];
    std::filesystem::remove(name);
  }
  for (const int times : sizes_seen) EXPECT_GT(times, 10);
}

}  // namespace
}  // namespace mrgc::crash

// The test program is also the process that is killed.
int main(int argc, char** argv) {
  if (argc == 6 && std::strcmp(argv[1], mrgc::crash::kWriterArgument) == 0) {
    return mrgc::crash::write_until_killed(argv[2], argv[3], argv[4], argv[5]);
  }
  spdlog::set_level(spdlog::level::off);  // every power loss is a failed disk
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
