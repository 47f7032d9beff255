#include "engine/rocksdb_kv.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <utility>
#include <vector>

#include "engine/folder.h"
#include "engine/log_check.h"
#include "engine/rocksdb_options.h"

namespace mrgc::engine {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

std::unexpected<Error> storage_failure(const rocksdb::Status& status) {
  return base::fail(ErrorCode::kInternal, "the store's disk failed: " + status.ToString());
}

class RocksdbSnapshot final : public KvSnapshot {
 public:
  explicit RocksdbSnapshot(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~RocksdbSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

class RocksdbIterator final : public KvIterator {
 public:
  RocksdbIterator(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string begin, std::string end,
                  const rocksdb::Snapshot* snapshot)
      : begin_(std::move(begin)), end_(std::move(end)), begin_slice_(slice(begin_)), end_slice_(slice(end_)) {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.iterate_lower_bound = &begin_slice_;
    if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
    options.auto_prefix_mode = false;
    options.total_order_seek = true;
    iterator_.reset(db.NewIterator(options, family));
  }

  bool valid() const override { return iterator_->Valid(); }
  void seek_to_first() override { iterator_->Seek(begin_slice_); }
  void seek_to_last() override {
    if (end_.empty()) {
      iterator_->SeekToLast();
    } else {
      iterator_->SeekForPrev(end_slice_);  // the bound is exclusive: RocksDB steps before it
    }
  }
  void next() override { iterator_->Next(); }
  void prev() override { iterator_->Prev(); }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }
  Result<void> status() const override {
    const rocksdb::Status status = iterator_->status();
    if (!status.ok()) return storage_failure(status);
    return {};
  }

 private:
  std::string begin_;
  std::string end_;
  rocksdb::Slice begin_slice_;
  rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// Moves what the logs hold to sorted files. So a start has only the last session's log to replay, and the watermark,
// which knows how far the last log went, speaks for all there are. When it fails, the logs are still there.
void flush_logs(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  [[maybe_unused]] const rocksdb::Status ignored = db.Flush({}, families);
}

class RocksdbKv final : public KvStore {
 public:
  RocksdbKv(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> families,
            std::unique_ptr<Watermark> watermark)
      : db_(std::move(db)), families_(std::move(families)), watermark_(std::move(watermark)) {}

  ~RocksdbKv() override {
    // After a failed write nothing is known of the log any more; what it holds is seen at the next start.
    if (!failed_) {
      flush_logs(*db_, families_);
      if (db_->SyncWAL().ok()) watermark_->store(db_->GetLatestSequenceNumber());
    }
    for (rocksdb::ColumnFamilyHandle* family : families_) db_->DestroyColumnFamilyHandle(family);
    db_->Close();
  }

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    rocksdb::ReadOptions options;
    options.snapshot = raw(snapshot);
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db_->Get(options, handle(family), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return storage_failure(status);
    return std::optional<std::string>(std::in_place, value.data(), value.size());
  }

  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return std::make_unique<RocksdbIterator>(*db_, handle(family), std::move(begin), std::move(end), raw(snapshot));
  }

  std::unique_ptr<KvSnapshot> snapshot() const override { return std::make_unique<RocksdbSnapshot>(*db_); }

  Result<void> write(const KvBatch& batch, bool sync) override {
    write_batch_.Clear();
    rocksdb::Status status;
    batch.for_each([&](const KvBatch::Change& change) {
      if (!status.ok()) return;
      rocksdb::ColumnFamilyHandle* family = handle(change.family);
      switch (change.kind) {
        case KvBatch::Kind::kPut: status = write_batch_.Put(family, slice(change.key), slice(change.value)); break;
        case KvBatch::Kind::kRemove: status = write_batch_.Delete(family, slice(change.key)); break;
        case KvBatch::Kind::kRemoveRange:
          status = write_batch_.DeleteRange(family, slice(change.key), slice(change.value));
          break;
      }
    });
    rocksdb::WriteOptions options;
    options.sync = sync;
    if (status.ok()) status = db_->Write(options, &write_batch_);
    if (!status.ok()) {
      failed_ = true;
      return storage_failure(status);
    }
    if (sync) watermark_->store(db_->GetLatestSequenceNumber());
    return {};
  }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) const { return families_[static_cast<std::size_t>(family)]; }
  static const rocksdb::Snapshot* raw(const KvSnapshot* snapshot) {
    return snapshot == nullptr ? nullptr : static_cast<const RocksdbSnapshot*>(snapshot)->get();
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<Watermark> watermark_;
  rocksdb::WriteBatch write_batch_;  // kept for its memory; one writer at a time
  bool failed_ = false;
};

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

}  // namespace

Result<std::unique_ptr<KvStore>> open_rocksdb(const std::filesystem::path& folder, const RocksdbOptions& options) {
  rocksdb::Env& env = options.env != nullptr ? *options.env : *rocksdb::Env::Default();
  Result<FolderMark::State> mark = FolderMark::read(env, folder);
  if (!mark) return base::forward_error(mark);
  if (*mark == FolderMark::State::kAbsent) {
    if (!options.create_if_missing) {
      return folder_error(folder, "there is no store here; name the folder of one, or create it first");
    }
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return folder_error(folder, "cannot be created: " + error.message());
    if (auto written = FolderMark::write(env, folder, FolderMark::State::kCreating); !written) {
      return base::forward_error(written);
    }
  }
  const bool creating = *mark != FolderMark::State::kReady;
  if (!creating && !env.FileExists((folder / "CURRENT").string()).ok()) {
    return folder_error(folder, "is damaged: its CURRENT file is missing; nothing was changed. Restore it from a copy");
  }

  if (!creating) {
    if (auto checked = check_logs(env, folder); !checked) return base::forward_error(checked);
  }
  rocksdb::DB* raw_db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = rocksdb::DB::Open(database_options(options.env, creating), folder.string(),
                                                   family_descriptors(options.cache_bytes), &handles, &raw_db);
  if (!status.ok()) return open_failure(folder, status);
  std::unique_ptr<rocksdb::DB> db(raw_db);

  Result<std::unique_ptr<Watermark>> watermark = Watermark::open(folder);
  if (!watermark) return base::forward_error(watermark);
  const std::uint64_t recovered = db->GetLatestSequenceNumber();
  const std::uint64_t synced = (*watermark)->load();
  if (!creating && recovered < synced) {
    for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
    return folder_error(folder, fmt::format("is damaged: its log reads back to sequence {}, but {} was synced. Restore "
                                            "it from a copy",
                                            recovered, synced));
  }
  flush_logs(*db, handles);
  auto store = std::make_unique<RocksdbKv>(std::move(db), std::move(handles), std::move(*watermark));
  if (creating) {
    if (auto written = FolderMark::write(env, folder, FolderMark::State::kReady); !written) {
      return base::forward_error(written);
    }
  }
  return std::unique_ptr<KvStore>(std::move(store));
}

}  // namespace mrgc::engine
