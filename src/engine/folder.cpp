#include "engine/folder.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string_view>
#include <vector>

namespace mrgc::engine {
namespace {

constexpr std::string_view kMarkName = "MRGC";
constexpr std::string_view kMarkTemporary = "MRGC.tmp";
constexpr std::string_view kMarkPrefix = "mrgc store\nformat ";

std::string mark_path(const std::filesystem::path& folder) { return (folder / kMarkName).string(); }

rocksdb::Status sync_folder(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::unique_ptr<rocksdb::Directory> directory;
  rocksdb::Status status = env.NewDirectory(folder.string(), &directory);
  if (status.ok()) status = directory->Fsync();
  return status;
}

}  // namespace

bool is_before_creation(const std::string& name) {
  return name == "." || name == ".." || name == "LOCK" || name == kMarkName || name == kMarkTemporary;
}

std::unexpected<Error> folder_error(const std::filesystem::path& folder, const std::string& cause) {
  return base::fail(ErrorCode::kStorage, fmt::format("store folder {}: {}", folder.string(), cause));
}

Result<void> make_folder(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::path at = std::filesystem::absolute(folder, error).lexically_normal();
  if (!at.has_filename()) at = at.parent_path();
  // Also of a folder that is there: it may be of a start that ended before it had synced its entry.
  std::vector<std::filesystem::path> folders;  // the innermost first
  do {
    folders.push_back(at);
    at = at.parent_path();
  } while (!error && !std::filesystem::exists(at, error) && !error);
  for (; !error && !folders.empty(); folders.pop_back()) {
    const bool was_there = !std::filesystem::create_directory(folders.back(), error);
    if (error) break;
    // A folder's entry is in the one above it. Where that cannot be read, it is the matter of whoever made the folder.
    const std::filesystem::path above = folders.back().parent_path();
    if (was_there && ::access(above.c_str(), R_OK) != 0) continue;
    const rocksdb::Status synced = sync_folder(env, above);
    if (!synced.ok()) return folder_error(folder, "cannot be created: " + synced.ToString());
  }
  if (error) return folder_error(folder, "cannot be created: " + error.message());
  return {};
}

Result<FolderMark::State> FolderMark::read(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::string text;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env, mark_path(folder), &text);
  if (!status.ok()) {
    if (!status.IsNotFound() && !status.IsPathNotFound()) return folder_error(folder, status.ToString());
    std::vector<std::string> children;
    if (env.GetChildren(folder.string(), &children).ok()) {
      std::erase_if(children, is_before_creation);
      if (!children.empty()) {
        return folder_error(folder, fmt::format("holds other files (such as {}) and no {} file, so it is not a store; "
                                                "nothing was changed. Name an empty or new folder",
                                                children.front(), kMarkName));
      }
    }
    return State::kAbsent;
  }
  int version = 0;
  const bool readable =
      text.starts_with(kMarkPrefix) &&
      std::from_chars(text.data() + kMarkPrefix.size(), text.data() + text.size(), version).ec == std::errc();
  if (!readable) return folder_error(folder, fmt::format("its {} file is damaged; restore the folder", kMarkName));
  if (version != kFormatVersion) {
    return folder_error(folder, fmt::format("was written in format {}, and this version of mrgc reads format {}; "
                                            "nothing was changed. Use the newer mrgc",
                                            version, kFormatVersion));
  }
  return text.ends_with("creating\n") ? State::kCreating : State::kReady;
}

std::string FolderMark::fingerprint(const std::filesystem::path& folder) {
  struct stat facts{};
  if (::stat(mark_path(folder).c_str(), &facts) != 0) return {};
  return fmt::format("inode {}", facts.st_ino);  // the device's number may differ after the next boot
}

Result<void> FolderMark::write(rocksdb::Env& env, const std::filesystem::path& folder, State state) {
  const std::string text =
      fmt::format("{}{}\n{}\n", kMarkPrefix, kFormatVersion, state == State::kCreating ? "creating" : "ready");
  const std::string temporary = (folder / kMarkTemporary).string();
  rocksdb::Status status = rocksdb::WriteStringToFile(&env, text, temporary, /*should_sync=*/true);
  if (status.ok()) status = env.RenameFile(temporary, mark_path(folder));
  if (status.ok()) status = sync_folder(env, folder);
  if (!status.ok()) return folder_error(folder, "cannot be written: " + status.ToString());
  return {};
}

}  // namespace mrgc::engine
