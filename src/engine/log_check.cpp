#include "engine/log_check.h"

#include <fmt/format.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "engine/folder.h"
#include "engine/log_reader.h"
#include "engine/synced_files.h"

namespace mrgc::engine {
namespace {

constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::unexpected<Error> unreadable(const std::filesystem::path& folder, const std::string& name, const Error& error) {
  return folder_error(folder, fmt::format("{} cannot be read: {}", name, error.message));
}

Result<LogExtent> measure(rocksdb::Env& env, const std::filesystem::path& folder, const std::string& name) {
  auto extent = measure_log(env, (folder / name).string());
  if (!extent) return unreadable(folder, name, extent.error());
  return extent;
}

// What was synced of the file: `kAll` for all that there is.
Result<void> check_synced(const std::filesystem::path& folder, const std::string& name, const LogExtent& extent,
                          std::uint64_t synced_bytes) {
  if (extent.whole_bytes >= std::min(synced_bytes, extent.size_bytes) &&
      (synced_bytes == kAll || extent.size_bytes >= synced_bytes)) {
    return {};
  }
  return folder_error(
      folder, fmt::format("is damaged: {} does not read back behind byte {}, and was synced up to {}; nothing was "
                          "changed. Restore it from a copy",
                          name, extent.whole_bytes, synced_bytes == kAll ? extent.size_bytes : synced_bytes));
}

// The name of the current manifest; nothing when it cannot be told, which RocksDB will say.
std::optional<std::string> current_manifest(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::string name;
  if (!rocksdb::ReadFileToString(&env, (folder / "CURRENT").string(), &name).ok()) return std::nullopt;
  if (name.ends_with('\n')) name.pop_back();
  return manifest_number(name) == 0 ? std::nullopt : std::optional(name);
}

Result<void> check_manifest(rocksdb::Env& env, const std::filesystem::path& folder, const std::optional<Synced>& synced,
                            LogFindings& findings) {
  const auto name = current_manifest(env, folder);
  if (!name) return {};
  // The watermark may tell of a younger one that a crash kept from becoming the current one. Then this one was read to
  // its end before.
  if (synced && synced->manifest.number != 0 && synced->manifest.number != manifest_number(*name)) return {};
  auto extent = measure(env, folder, *name);
  if (!extent) return base::forward_error(extent);
  findings.logs.push_back({.name = *name, .size_bytes = extent->size_bytes, .kept_bytes = extent->whole_bytes});
  return check_synced(folder, *name, *extent, synced ? synced->manifest.size_bytes : kAll);
}

Result<std::vector<std::string>> log_names(rocksdb::Env& env, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  const rocksdb::Status status = env.GetChildren(folder.string(), &names);
  if (!status.ok()) return folder_error(folder, "cannot be read: " + status.ToString());
  std::erase_if(names, [](const std::string& name) { return log_number(name) == 0; });
  std::ranges::sort(names, {}, log_number);
  return names;
}

// How much of the log must read back.
std::uint64_t synced_bytes(const std::optional<Synced>& synced, std::uint64_t number) {
  if (!synced || number < synced->log.number) return kAll;
  return number == synced->log.number ? synced->log.size_bytes : 0;
}

}  // namespace

Result<LogFindings> check_logs(rocksdb::Env& env, const std::filesystem::path& folder,
                               const std::optional<Synced>& synced) {
  LogFindings findings{.logs = {}, .synced_log_missing = synced && synced->log.number > 0};
  if (auto checked = check_manifest(env, folder, synced, findings); !checked) return base::forward_error(checked);
  auto names = log_names(env, folder);
  if (!names) return base::forward_error(names);
  bool cut = false;
  for (const std::string& name : *names) {
    const std::uint64_t number = log_number(name);
    if (synced && number == synced->log.number) findings.synced_log_missing = false;
    auto extent = measure(env, folder, name);
    if (!extent) return base::forward_error(extent);
    std::uint64_t required_bytes = synced_bytes(synced, number);
    if (!synced && name == names->back()) {
      auto zeros = only_zeros_from(env, (folder / name).string(), extent->whole_bytes);
      if (!zeros) return unreadable(folder, name, zeros.error());
      if (*zeros) required_bytes = extent->whole_bytes;  // the rest was to be written over (`LogRoom`)
    }
    auto checked = check_synced(folder, name, *extent, required_bytes);
    if (!checked) return base::forward_error(checked);
    if (extent->size_bytes == 0) continue;
    // Behind a cut nothing may stay, in younger logs neither: it was written after what is lost.
    findings.logs.push_back(
        {.name = name, .size_bytes = extent->size_bytes, .kept_bytes = cut ? 0 : extent->whole_bytes});
    cut = cut || extent->whole_bytes < extent->size_bytes;
  }
  return findings;
}

Result<void> keep_logs(rocksdb::Env& env, const std::filesystem::path& folder, const LogFindings& findings) {
  for (const LogFindings::Log& log : findings.logs) {
    std::unique_ptr<rocksdb::WritableFile> file;
    rocksdb::Status status = env.ReopenWritableFile((folder / log.name).string(), &file, rocksdb::EnvOptions());
    if (status.ok() && log.kept_bytes < log.size_bytes) status = file->Truncate(log.kept_bytes);
    if (status.ok()) status = file->Sync();
    if (status.ok()) status = file->Close();
    if (!status.ok()) return folder_error(folder, fmt::format("{} cannot be written: {}", log.name, status.ToString()));
  }
  return {};
}

}  // namespace mrgc::engine
