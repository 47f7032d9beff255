#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <set>

#include "integration/engine_damage/stores.h"
#include "mrgc/engine/embedded_store.h"
#include "support/item_text.h"
#include "support/temporary_folder.h"

// Folders that cannot be opened as a store: each says which folder, and why; and stays as it is.
namespace mrgc::damage {
namespace {

class RefusalsTest : public ::testing::Test {
 protected:
  // The message of the error that opening must give.
  std::string refusal(const engine::EngineOptions& options = {}) const {
    const auto store = engine::open_embedded(folder_, options);
    EXPECT_FALSE(store);
    if (store) return {};
    EXPECT_EQ(store.error().code, ErrorCode::kStorage);
    EXPECT_TRUE(store.error().message.starts_with("store folder " + folder_.string() + ": ")) << store.error().message;
    return store.error().message;
  }
  static bool says(const std::string& message, const std::string& cause) {
    EXPECT_NE(message.find(cause), std::string::npos) << message;
    return message.find(cause) != std::string::npos;
  }

  // What another process of this program says about the folder (see `main`).
  std::string refusal_in_another_process(const std::string& user) const {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::FILE* pipe = ::popen((program + " --open '" + folder_.string() + "' " + user).c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot start another process");
    std::string output;
    char buffer[4096];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
    EXPECT_EQ(::pclose(pipe), 0) << output;
    return output;
  }

  testing::TemporaryFolder parent_;
  const std::filesystem::path folder_ = parent_.path() / "the-store";
};

TEST_F(RefusalsTest, OpenInThisProcess) {
  auto store = engine::open_embedded(folder_);
  ASSERT_TRUE(store);
  says(refusal(), "is open in another process (or twice in this one)");
  store->reset();
  EXPECT_TRUE(engine::open_embedded(folder_));
}

TEST_F(RefusalsTest, OpenInAnotherProcess) {
  const auto store = engine::open_embedded(folder_);
  ASSERT_TRUE(store);
  const std::string message = refusal_in_another_process("same-user");
  says(message, "StorageError: ");
  says(message, folder_.string());
  says(message, "is open in another process");
}

// Two processes that find no store would both make one, each over the other's.
TEST_F(RefusalsTest, OpenInAnotherProcessThatIsJustMakingIt) {
  std::filesystem::create_directory(folder_);
  rocksdb::Env& env = *rocksdb::Env::Default();
  rocksdb::FileLock* lock = nullptr;
  ASSERT_TRUE(env.LockFile((std::filesystem::canonical(folder_) / "LOCK").string(), &lock).ok());
  says(refusal(), "is open in another process");
  EXPECT_EQ(files(folder_, "", "").size(), 1U);  // the lock
  ASSERT_TRUE(env.UnlockFile(lock).ok());
  EXPECT_TRUE(engine::open_embedded(folder_));
}

TEST_F(RefusalsTest, ADamagedStoreIsNotTakenForAnOpenOneWhateverItsName) {
  const std::filesystem::path folder = parent_.path() / "While lock file: LOCK";
  ASSERT_TRUE(engine::open_embedded(folder));
  std::filesystem::remove(files(folder, "MANIFEST-", "").back());
  const auto store = engine::open_embedded(folder);
  ASSERT_FALSE(store);
  says(store.error().message, "MANIFEST-");
  EXPECT_EQ(store.error().message.find("another process"), std::string::npos) << store.error().message;
}

TEST_F(RefusalsTest, ANewerFormat) {
  ASSERT_TRUE(engine::open_embedded(folder_));
  const std::string mark = read_file(folder_ / "MRGC");
  const std::size_t digit = mark.find('1');
  ASSERT_NE(digit, std::string::npos);
  std::string newer = mark;
  newer[digit] = '2';
  write_file(folder_ / "MRGC", newer);
  says(refusal(), "was written in format 2, and this version of mrgc reads format 1; nothing was changed");
  EXPECT_EQ(read_file(folder_ / "MRGC"), newer);
  write_file(folder_ / "MRGC", mark);
  EXPECT_TRUE(engine::open_embedded(folder_));
}

// What is left of a creation that was cut short is removed, but no data: the mark may be of another store.
TEST_F(RefusalsTest, DataInAStoreInTheMaking) {
  ASSERT_TRUE(engine::open_embedded(folder_));
  const std::string ready = read_file(folder_ / "MRGC");
  std::string creating = ready;
  creating.replace(creating.find("ready"), std::strlen("ready"), "creating");
  write_file(folder_ / "MRGC", creating);
  const auto refuses = [&](const std::string& because_of) {
    const auto before = files(folder_, "", "");
    says(refusal(), "its creation was not completed, but there is more in it (" + because_of);
    EXPECT_EQ(files(folder_, "", ""), before);
  };
  const auto sorted = files(folder_, "", ".sst");
  ASSERT_FALSE(sorted.empty());
  refuses("0000");
  for (const auto& file : sorted) std::filesystem::remove(file);
  for (const auto& file : files(folder_, "", ".log")) std::filesystem::remove(file);
  write_file(folder_ / "000123.log", "data");
  refuses("000123.log");
  std::filesystem::remove(folder_ / "000123.log");
  write_file(folder_ / "thesis.txt", "do not touch");
  refuses("thesis.txt");
  std::filesystem::remove(folder_ / "thesis.txt");
  engine::EngineOptions options;
  options.create_if_missing = false;
  says(refusal(options), "there is no store here");
  EXPECT_TRUE(engine::open_embedded(folder_));
  EXPECT_EQ(read_file(folder_ / "MRGC"), ready);
}

TEST_F(RefusalsTest, OtherFiles) {
  std::filesystem::create_directory(folder_);
  write_file(folder_ / "thesis.txt", "do not touch");
  says(refusal(), "holds other files (such as thesis.txt) and no MRGC file");
  EXPECT_EQ(read_file(folder_ / "thesis.txt"), "do not touch");
  EXPECT_EQ(files(folder_, "", "").size(), 1);
}

TEST_F(RefusalsTest, AMissingCurrentFile) {
  ASSERT_TRUE(engine::open_embedded(folder_));
  const auto before = files(folder_, "", "");
  std::filesystem::remove(folder_ / "CURRENT");
  says(refusal(), "its CURRENT file is missing; nothing was changed");
  EXPECT_EQ(files(folder_, "", "").size(), before.size() - 1);
}

TEST_F(RefusalsTest, AFileInsteadOfAFolder) {
  write_file(folder_, "a file");
  says(refusal(), "ot a directory");
  EXPECT_EQ(read_file(folder_), "a file");
}

TEST_F(RefusalsTest, NoStoreWhereNoneIsToBeMade) {
  engine::EngineOptions options;
  options.create_if_missing = false;
  says(refusal(options), "there is no store here");
  EXPECT_FALSE(std::filesystem::exists(folder_));
  std::filesystem::create_directory(folder_);
  says(refusal(options), "there is no store here");
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_TRUE(engine::open_embedded(folder_));
  EXPECT_TRUE(engine::open_embedded(folder_, options));
}

TEST_F(RefusalsTest, MissingParentsAreMade) { EXPECT_TRUE(engine::open_embedded(folder_ / "deeper" / "still")); }

// Remembers which folders were synced.
class FolderSyncs final : public rocksdb::FileSystemWrapper {
 public:
  FolderSyncs() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FolderSyncs"; }

  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* dbg) override {
    folders.insert(name);  // nobody opens one for anything else
    return FileSystemWrapper::NewDirectory(name, options, directory, dbg);
  }

  std::set<std::string> folders;
};

TEST_F(RefusalsTest, WhatAFolderIsMadeInIsSynced) {
  const auto syncs = std::make_shared<FolderSyncs>();
  const auto env = rocksdb::NewCompositeEnv(syncs);
  ASSERT_TRUE(testing::open_engine(folder_ / "deeper" / "still" / "", testing::quiet_options(), env.get()));
  for (const auto& parent : {parent_.path(), folder_, folder_ / "deeper"}) {
    EXPECT_TRUE(syncs->folders.contains(parent.string())) << parent;
  }
}

TEST_F(RefusalsTest, AFolderThatCannotBeWritten) {
  // Nothing is forbidden to root: another user tries.
  std::filesystem::permissions(parent_.path(), std::filesystem::perms(0755));
  ASSERT_TRUE(engine::open_embedded(folder_));
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  for (const bool empty : {false, true}) {
    if (empty) {
      std::filesystem::permissions(folder_, std::filesystem::perms(0755));
      std::filesystem::remove_all(folder_);
      std::filesystem::create_directory(folder_);
      std::filesystem::permissions(folder_, std::filesystem::perms(0555));
    }
    const std::string message = refusal_in_another_process("nobody");
    says(message, "StorageError: ");
    says(message, folder_.string());
    says(message, "ermission denied");
    EXPECT_EQ(message.find("another process"), std::string::npos) << message;
  }
}

// The last write of a killed process may be in the log in part; it was never acknowledged.
TEST_F(RefusalsTest, ATornLastRecordIsNoDamage) {
  const KilledStore before = make_killed_store(parent_.path(), History::kOneSession);
  const auto log = files(before.folder, "", ".log").back();
  const std::string whole = read_file(log);
  const std::vector<std::size_t> records = record_positions(whole);
  // A record like the last one, cut somewhere.
  const std::string record = whole.substr(records[records.size() - 1]);
  for (std::size_t kept = 0; kept < record.size(); kept += 1 + record.size() / 40) {
    copy_folder(before.folder, folder_);
    write_file(folder_ / log.filename(), whole + record.substr(0, kept));
    EXPECT_EQ(open_and_check(folder_, before), "") << kept << " bytes of a record";
  }
}

}  // namespace

int open_and_say(const char* folder, const char* user) {
  constexpr unsigned kNobody = 65534;
  if (std::strcmp(user, "nobody") == 0 && ::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) {
    return 1;
  }
  const auto store = engine::open_embedded(folder);
  std::cout << (store ? "opened" : testing::to_text(store.error())) << std::flush;
  return 0;
}

}  // namespace mrgc::damage

// The test program is also the other process.
int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "--open") == 0) return mrgc::damage::open_and_say(argv[2], argv[3]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
