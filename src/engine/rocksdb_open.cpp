#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdarg>
#include <utility>
#include <vector>

#include "engine/folder.h"
#include "engine/log_check.h"
#include "engine/rocksdb_database.h"
#include "engine/rocksdb_kv.h"
#include "engine/rocksdb_options.h"
#include "engine/sorted_file_check.h"
#include "engine/unwritten_options.h"

// Opening and creating a store's folder. All checks come before RocksDB opens, because that writes.
namespace mrgc::engine {
namespace {

std::unexpected<Error> open_failure(const std::filesystem::path& folder, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  // RocksDB's texts for a lock that another process, or this one, holds.
  if (text.starts_with("IO error: While lock file: ") || text.starts_with("IO error: lock hold by current process")) {
    return folder_error(folder,
                        "is open in another process (or twice in this one); close that one, or name another "
                        "folder. (" +
                            text + ")");
  }
  if (status.IsCorruption()) {
    return folder_error(folder, "is damaged, and nothing was changed; restore it from a copy. (" + text + ")");
  }
  return folder_error(folder, "cannot be opened: " + text);
}

// Makes the folder if it is to be made, and takes its lock. Whatever is refused for good is refused before that, so
// that not even a lock is left behind.
Result<void> lock_folder(SyncedFiles& files, rocksdb::Env& env, const std::filesystem::path& folder, bool create) {
  auto mark = FolderMark::read(env, folder);
  if (!mark) return base::forward_error(mark);
  if (*mark != FolderMark::State::kReady && !create) {
    return folder_error(folder, "there is no store here; name the folder of one, or create it first");
  }
  if (*mark == FolderMark::State::kAbsent) {
    if (auto made = make_folder(env, folder); !made) return made;
  }
  if (const rocksdb::IOStatus locked = files.lock(folder); !locked.ok()) return open_failure(folder, locked);
  return {};
}

// What a creation makes. It writes nothing to the log yet, and no sorted file.
bool is_of_creation(rocksdb::Env& env, const std::filesystem::path& folder, const std::string& name) {
  if (name.ends_with(".log")) {
    std::uint64_t size = 0;
    return env.GetFileSize((folder / name).string(), &size).ok() && size == 0;
  }
  return name == "CURRENT" || name == "IDENTITY" || name == "WATERMARK" || name.starts_with("LOG") ||
         name.starts_with("MANIFEST-") || name.starts_with("OPTIONS-") || name.ends_with(".dbtmp");
}

// Removes what a creation left that was cut short. It may be there in part only, and holds nothing.
Result<void> clear_folder(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  rocksdb::Status status = env.GetChildren(folder.string(), &names);
  std::erase_if(names, is_before_creation);
  for (const std::string& name : names) {
    if (is_of_creation(env, folder, name)) continue;
    return folder_error(folder,
                        fmt::format("its creation was not completed, but there is more in it ({}); nothing was "
                                    "changed. If that is a store, restore its MRGC file, too; if not, remove it",
                                    name));
  }
  for (const std::string& name : names) {
    if (status.ok()) status = env.DeleteFile((folder / name).string());
  }
  if (!status.ok()) return folder_error(folder, "cannot be written: " + status.ToString());
  return {};
}

// Whether the store, whose folder is locked, is (still) to be made. If so, it is marked so, and there is nothing else.
Result<bool> begin_creation(rocksdb::Env& env, const std::filesystem::path& folder) {
  auto mark = FolderMark::read(env, folder);
  if (!mark) return base::forward_error(mark);
  if (*mark == FolderMark::State::kReady) {
    if (env.FileExists((folder / "CURRENT").string()).ok()) return false;
    return folder_error(folder, "is damaged: its CURRENT file is missing; nothing was changed. Restore it from a copy");
  }
  Result<void> prepared = *mark == FolderMark::State::kAbsent
                              ? FolderMark::write(env, folder, FolderMark::State::kCreating)
                              : clear_folder(env, folder);
  if (!prepared) return base::forward_error(prepared);
  return true;
}

// What was made is on the disk before the mark says that the store is there.
Result<void> end_creation(RocksdbDatabase& database, const std::filesystem::path& folder) {
  if (const rocksdb::IOStatus synced = database.syncs->end(); !synced.ok()) {
    return folder_error(folder, "cannot be written: " + synced.ToString());
  }
  return FolderMark::write(*database.env, folder, FolderMark::State::kReady);
}

class SilentLogger final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

/// RocksDB's own log, without all the options that it would begin each start with: they are the program's.
class BriefLogger final : public rocksdb::LoggerWrapper {
 public:
  explicit BriefLogger(std::shared_ptr<rocksdb::Logger> log) : LoggerWrapper(log.get()), log_(std::move(log)) {}
  void LogHeader(const char* /*format*/, va_list /*arguments*/) override {}

 private:
  const std::shared_ptr<rocksdb::Logger> log_;
};

rocksdb::Status add_logger(rocksdb::DBOptions& options, const std::filesystem::path& folder) {
  std::shared_ptr<rocksdb::Logger> log;
  rocksdb::Status made = rocksdb::CreateLoggerFromOptions(folder.string(), options, &log);
  if (made.ok()) options.info_log = std::make_shared<BriefLogger>(std::move(log));
  return made;
}

// Flushes and compactions can wait; requests, which they would take the processors from, cannot. (The threads are the
// process's: another RocksDB in it shares them.) Where threads have no priorities, nothing changes.
void run_behind_requests(rocksdb::Env& env) {
  for (const auto pool : {rocksdb::Env::HIGH, rocksdb::Env::LOW}) {
    env.LowerThreadPoolCPUPriority(pool, rocksdb::CpuPriority::kLow).PermitUncheckedError();
  }
}

// Up to which sequence the store reads back, without changing anything; nothing when it does not open that way.
std::optional<std::uint64_t> readable_sequence(rocksdb::Env& env, const std::filesystem::path& folder) {
  rocksdb::DBOptions options = database_options(&env, /*create=*/false);
  options.info_log = std::make_shared<SilentLogger>();
  RocksdbDatabase database;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
      options, folder.string(), family_descriptors({.cache_bytes = 1 << 20}), &database.families, &db);
  if (!status.ok()) return std::nullopt;
  database.db.reset(db);
  return db->GetLatestSequenceNumber();
}

Result<void> check_sequence(const std::filesystem::path& folder, std::uint64_t readable, std::uint64_t synced) {
  if (readable >= synced) return {};
  return folder_error(folder, fmt::format("is damaged: its log reads back to sequence {}, but {} was synced. Restore "
                                          "it from a copy",
                                          readable, synced));
}

// Checks the logs against the watermark, then cuts off what a crash left behind it.
Result<void> prepare_logs(rocksdb::Env& env, const std::filesystem::path& folder, const std::optional<Synced>& synced) {
  auto findings = check_logs(env, folder, synced);
  if (!findings) return base::forward_error(findings);
  if (findings->synced_log_missing) {
    // It may have been needed no more; or it was lost.
    if (const auto readable = readable_sequence(env, folder)) {
      if (auto checked = check_sequence(folder, *readable, synced->sequence); !checked) return checked;
    }
  }
  return keep_logs(env, folder, *findings);
}

// Of a fresh database the families are made together: opening would make one after the other, and write, sync and read
// all options after each, which takes longer than all else.
rocksdb::Status open_with_families(RocksdbDatabase& database, const std::filesystem::path& folder,
                                   const rocksdb::DBOptions& database_options, const RocksdbOptions& options,
                                   bool fresh) {
  std::vector<rocksdb::ColumnFamilyDescriptor> families = family_descriptors(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> later;
  if (fresh) {
    later.assign(families.begin() + 1, families.end());
    families.erase(families.begin() + 1, families.end());
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::Open(database_options, folder.string(), families, &database.families, &db);
  if (!opened.ok()) return opened;
  database.db.reset(db);
  if (later.empty()) return opened;
  std::vector<rocksdb::ColumnFamilyHandle*> made;
  const rocksdb::Status created = db->CreateColumnFamilies(later, &made);
  database.families.insert(database.families.end(), made.begin(), made.end());
  return created;
}

Result<void> open_database(RocksdbDatabase& database, const std::filesystem::path& folder,
                           const RocksdbOptions& options, bool creating) {
  auto watermark = Watermark::open(folder, creating);
  if (!watermark) return base::forward_error(watermark);
  database.watermark = std::move(*watermark);
  database.files->tell(database.watermark.get());
  run_behind_requests(*database.env);
  rocksdb::DBOptions database_options = engine::database_options(database.env.get(), creating);
  rocksdb::Status status = add_logger(database_options, folder);
  if (status.ok()) status = open_with_families(database, folder, database_options, options, creating);
  if (!status.ok()) return open_failure(folder, status);
  return {};
}

}  // namespace

Result<std::unique_ptr<KvStore>> open_rocksdb(const std::filesystem::path& folder, const RocksdbOptions& options) {
  rocksdb::Env& files = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  auto database = std::make_unique<RocksdbDatabase>();
  database->memtable_bytes = options.memtable_bytes;
  const auto checked_files = std::make_shared<CheckedSortedFiles>(files.GetFileSystem());
  database->syncs = std::make_shared<DeferredSyncs>(std::make_shared<UnwrittenOptions>(checked_files));
  database->log_room = std::make_shared<LogRoom>(database->syncs, options.log_room_bytes);
  database->files = std::make_shared<SyncedFiles>(database->log_room);
  database->env = rocksdb::NewCompositeEnv(database->files);
  rocksdb::Env& env = *database->env;
  if (auto locked = lock_folder(*database->files, env, folder, options.create_if_missing); !locked) {
    return base::forward_error(locked);
  }
  auto creating = begin_creation(env, folder);
  if (!creating) return base::forward_error(creating);
  if (*creating) database->syncs->begin();
  // Of a store in the making nothing was promised.
  const std::optional<Synced> synced = *creating ? Synced() : Watermark::read(folder);
  if (auto prepared = prepare_logs(env, folder, synced); !prepared) return base::forward_error(prepared);
  if (auto opened = open_database(*database, folder, options, *creating); !opened) {
    return base::forward_error(opened);
  }
  if (synced) {
    auto checked = check_sequence(folder, database->db->GetLatestSequenceNumber(), synced->sequence);
    if (!checked) return base::forward_error(checked);
  }
  const rocksdb::Status flushed = database->flush();
  if (*creating) {
    if (!flushed.ok()) return folder_error(folder, "cannot be written: " + flushed.ToString());
    if (auto ended = end_creation(*database, folder); !ended) return base::forward_error(ended);
  }
  return make_rocksdb_kv(std::move(database));
}

}  // namespace mrgc::engine
