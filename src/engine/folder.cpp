#include "engine/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <charconv>
#include <cstring>
#include <vector>

namespace mrgc::engine {
namespace {

constexpr std::string_view kMarkName = "MRGC";
constexpr std::string_view kMarkPrefix = "mrgc store\nformat ";

std::string mark_path(const std::filesystem::path& folder) { return (folder / kMarkName).string(); }

struct WatermarkRecord {
  std::uint64_t sequence;
  std::uint64_t checksum;
};

}  // namespace

std::unexpected<Error> folder_error(const std::filesystem::path& folder, const std::string& cause) {
  return base::fail(ErrorCode::kStorage, fmt::format("store folder {}: {}", folder.string(), cause));
}

Result<FolderMark::State> FolderMark::read(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::string text;
  const rocksdb::Status status = rocksdb::ReadFileToString(&env, mark_path(folder), &text);
  if (!status.ok()) {
    if (!status.IsNotFound() && !status.IsPathNotFound()) return folder_error(folder, status.ToString());
    std::vector<std::string> children;
    if (env.GetChildren(folder.string(), &children).ok()) {
      std::erase_if(children, [](const std::string& name) {
        return name == "." || name == ".." || name == std::string(kMarkName) + ".tmp";
      });
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
  const std::string temporary = mark_path(folder) + ".tmp";
  rocksdb::Status status = rocksdb::WriteStringToFile(&env, text, temporary, /*should_sync=*/true);
  if (status.ok()) status = env.RenameFile(temporary, mark_path(folder));
  std::unique_ptr<rocksdb::Directory> directory;
  if (status.ok()) status = env.NewDirectory(folder.string(), &directory);
  if (status.ok()) status = directory->Fsync();
  if (!status.ok()) return folder_error(folder, "cannot be written: " + status.ToString());
  return {};
}

Watermark::~Watermark() { ::close(descriptor_); }

Result<std::unique_ptr<Watermark>> Watermark::open(const std::filesystem::path& folder) {
  const std::string path = (folder / "WATERMARK").string();
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return folder_error(folder, "cannot be written: " + std::string(std::strerror(errno)));
  return std::make_unique<Watermark>(descriptor);
}

std::uint64_t Watermark::load() const {
  WatermarkRecord record{};
  if (::pread(descriptor_, &record, sizeof record, 0) != sizeof record) return 0;
  if (XXH3_64bits(&record.sequence, sizeof record.sequence) != record.checksum) return 0;
  return record.sequence;
}

void Watermark::store(std::uint64_t sequence) const {
  const WatermarkRecord record{.sequence = sequence, .checksum = XXH3_64bits(&sequence, sizeof sequence)};
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, &record, sizeof record, 0);
}

}  // namespace mrgc::engine
