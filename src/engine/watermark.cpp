#include "engine/watermark.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

#include "engine/folder.h"

namespace mrgc::engine {
namespace {

struct Record {
  std::uint64_t sequence;
  std::uint64_t log_number;
  std::uint64_t log_bytes;
  std::uint64_t manifest_number;
  std::uint64_t manifest_bytes;
  std::uint64_t checksum;  // of all before it
};

std::string path_of(const std::filesystem::path& folder) { return (folder / "WATERMARK").string(); }

std::uint64_t checksum_of(const Record& record) { return XXH3_64bits(&record, offsetof(Record, checksum)); }

std::optional<Synced> read_from(int descriptor) {
  Record record{};
  if (::pread(descriptor, &record, sizeof record, 0) != sizeof record) return std::nullopt;
  if (record.checksum != checksum_of(record)) return std::nullopt;
  return Synced{.sequence = record.sequence,
                .log = {.number = record.log_number, .size_bytes = record.log_bytes},
                .manifest = {.number = record.manifest_number, .size_bytes = record.manifest_bytes}};
}

}  // namespace

std::optional<Synced> Watermark::read(const std::filesystem::path& folder) {
  const int descriptor = ::open(path_of(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const std::optional<Synced> synced = read_from(descriptor);
  ::close(descriptor);
  return synced;
}

Result<std::unique_ptr<Watermark>> Watermark::open(const std::filesystem::path& folder, bool in_the_making) {
  const int descriptor = ::open(path_of(folder).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return folder_error(folder, "cannot be written: " + std::string(std::strerror(errno)));
  return std::unique_ptr<Watermark>(new Watermark(descriptor, read_from(descriptor).value_or(Synced()), in_the_making));
}

Watermark::~Watermark() { ::close(descriptor_); }

void Watermark::log_made(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  last_made_ = std::max(last_made_, number);
}

void Watermark::log_synced(SyncedFile log) {
  const std::lock_guard lock(mutex_);
  // An older log may be synced once more when it is closed.
  if (log.number < synced_.log.number) return;
  if (log.number == synced_.log.number && log.size_bytes < synced_.log.size_bytes) return;
  synced_.log = log;
}

void Watermark::manifest_synced(SyncedFile manifest) {
  const std::lock_guard lock(mutex_);
  const bool another = manifest.number != synced_.manifest.number;
  synced_.manifest = manifest;
  write();
  // A number may have been given before, to a manifest that a crash kept from becoming the current one: what was noted
  // of that must not be found again.
  if (another && !in_the_making_) [[maybe_unused]]
    const int ignored = ::fdatasync(descriptor_);
}

void Watermark::store(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  synced_.sequence = sequence;
  write();
}

void Watermark::store_flushed(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  synced_.sequence = sequence;
  if (last_made_ > synced_.log.number) synced_.log = {.number = last_made_, .size_bytes = 0};
  write();
  [[maybe_unused]] const int ignored = ::fdatasync(descriptor_);
  in_the_making_ = false;
}

void Watermark::write() const {
  Record record{.sequence = synced_.sequence,
                .log_number = synced_.log.number,
                .log_bytes = synced_.log.size_bytes,
                .manifest_number = synced_.manifest.number,
                .manifest_bytes = synced_.manifest.size_bytes,
                .checksum = 0};
  record.checksum = checksum_of(record);
  [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, &record, sizeof record, 0);
}

}  // namespace mrgc::engine
