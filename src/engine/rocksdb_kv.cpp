#include "engine/rocksdb_kv.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <utility>
#include <vector>

#include "engine/rocksdb_database.h"

namespace mrgc::engine {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

std::unexpected<Error> storage_failure(const rocksdb::Status& status) {
  return base::fail(ErrorCode::kInternal, "the store's disk failed: " + status.ToString());
}

std::unexpected<Error> read_failure(const rocksdb::Status& status) {
  if (status.IsIncomplete()) return base::fail(ErrorCode::kWouldBlock, "not in memory");
  return storage_failure(status);
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
                  rocksdb::ReadOptions options)
      : begin_(std::move(begin)), end_(std::move(end)), begin_slice_(slice(begin_)), end_slice_(slice(end_)) {
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
    if (!status.ok()) return read_failure(status);
    return {};
  }

 private:
  std::string begin_;
  std::string end_;
  rocksdb::Slice begin_slice_;
  rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

/// Of entries that were deleted or replaced, in one step of a walk in memory: some hundred microseconds.
constexpr std::uint64_t kMaxQuickSkips = 1000;

class RocksdbReader final : public KvReader {
 public:
  RocksdbReader(RocksdbDatabase& database, rocksdb::ReadTier tier) : database_(database), tier_(tier) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = database_.db->Get(options(snapshot), database_.handle(family), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return read_failure(status);
    return std::optional<std::string>(std::in_place, value.data(), value.size());
  }

  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return std::make_unique<RocksdbIterator>(*database_.db, database_.handle(family), std::move(begin), std::move(end),
                                             options(snapshot));
  }

  std::unique_ptr<KvIterator> scan(Family family, std::string begin, std::string end,
                                   const KvSnapshot* snapshot) const override {
    rocksdb::ReadOptions once = options(snapshot);
    once.fill_cache = false;
    return std::make_unique<RocksdbIterator>(*database_.db, database_.handle(family), std::move(begin), std::move(end),
                                             once);
  }

  std::unique_ptr<KvSnapshot> snapshot() const override { return std::make_unique<RocksdbSnapshot>(*database_.db); }

 private:
  rocksdb::ReadOptions options(const KvSnapshot* snapshot) const {
    rocksdb::ReadOptions options;
    options.read_tier = tier_;
    // Who must not wait does not step over long rows of deletions either.
    if (tier_ == rocksdb::kBlockCacheTier) options.max_skippable_internal_keys = kMaxQuickSkips;
    if (snapshot != nullptr) options.snapshot = static_cast<const RocksdbSnapshot*>(snapshot)->get();
    return options;
  }

  RocksdbDatabase& database_;
  rocksdb::ReadTier tier_;
};

class RocksdbKv final : public KvStore {
 public:
  explicit RocksdbKv(std::unique_ptr<RocksdbDatabase> database) : database_(std::move(database)), db_(*database_->db) {}

  ~RocksdbKv() override {
    // After a failed write nothing is known of the log any more; what it holds is seen at the next start.
    if (!failed_) [[maybe_unused]]
      const rocksdb::Status ignored = database_->flush();
  }

  Result<std::optional<std::string>> get(Family family, std::string_view key,
                                         const KvSnapshot* snapshot) const override {
    return reader_.get(family, key, snapshot);
  }
  std::unique_ptr<KvIterator> iterate(Family family, std::string begin, std::string end,
                                      const KvSnapshot* snapshot) const override {
    return reader_.iterate(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvIterator> scan(Family family, std::string begin, std::string end,
                                   const KvSnapshot* snapshot) const override {
    return reader_.scan(family, std::move(begin), std::move(end), snapshot);
  }
  std::unique_ptr<KvSnapshot> snapshot() const override { return reader_.snapshot(); }
  const KvReader& in_memory() const override { return memory_reader_; }

  std::uint64_t approximate_bytes(Family family, std::string_view begin, std::string_view end) const override {
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    const rocksdb::Range range(slice(begin), slice(end));
    std::uint64_t bytes = 0;
    const rocksdb::Status status = db_.GetApproximateSizes(options, database_->handle(family), &range, 1, &bytes);
    return status.ok() ? bytes : 0;
  }

  Result<void> write(const KvBatch& batch, bool sync) override {
    write_batch_.Clear();
    rocksdb::Status status;
    batch.for_each([&](const KvBatch::Change& change) {
      if (!status.ok()) return;
      rocksdb::ColumnFamilyHandle* family = database_->handle(change.family);
      switch (change.kind) {
        case KvBatch::Kind::kPut: status = write_batch_.Put(family, slice(change.key), slice(change.value)); break;
        case KvBatch::Kind::kRemove: status = write_batch_.Delete(family, slice(change.key)); break;
        case KvBatch::Kind::kRemoveRange:
          status = write_batch_.DeleteRange(family, slice(change.key), slice(change.value));
          break;
      }
    });
    if (status.ok()) status = batch.empty() ? sync_only(sync) : apply(sync);
    if (!status.ok()) {
      failed_ = true;
      return storage_failure(status);
    }
    if (sync) database_->watermark->store(db_.GetLatestSequenceNumber());
    return {};
  }

 private:
  rocksdb::Status apply(bool sync) {
    rocksdb::WriteOptions options;
    options.sync = sync;
    if (database_->log_room->next_log_is_due()) begin_next_log();
    return db_.Write(options, &write_batch_);
  }
  std::uint64_t memtable_size(rocksdb::ColumnFamilyHandle* family) {
    std::uint64_t bytes = 0;
    db_.GetIntProperty(family, rocksdb::DB::Properties::kCurSizeActiveMemTable, &bytes);
    return bytes;
  }
  // A log is ended by a flush, and any flush ends one. So what would soon be flushed by itself is flushed now, too, or
  // it would end the next log when most of its room is left: memtables that will not last for another log. And what is
  // little beside the change log, or the old log would be kept for it. The change log itself is always flushed: nearly
  // every write adds to it, half of what a log holds, and at a log's end, so that its files need no merging. It comes
  // last: where flushes lag behind, its is the one that makes writes wait, and then RocksDB refuses those after it.
  void begin_next_log() {
    rocksdb::ColumnFamilyHandle* const change_log = database_->handle(Family::kLog);
    const std::uint64_t little_bytes = memtable_size(change_log) / 8;
    std::vector<rocksdb::ColumnFamilyHandle*> families;
    for (std::size_t i = 0; i < kFamilies; ++i) {
      rocksdb::ColumnFamilyHandle* const family = database_->families[i];
      if (family == change_log) continue;
      const std::uint64_t bytes = memtable_size(family);
      const std::uint64_t before = std::exchange(memtable_bytes_[i], bytes);
      const std::uint64_t grown_bytes = bytes >= before ? bytes - before : bytes;
      if (bytes >= little_bytes && bytes + grown_bytes <= database_->memtable_bytes) continue;
      families.push_back(family);
      memtable_bytes_[i] = 0;
    }
    families.push_back(change_log);
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    // Where that is refused all the same, the log goes on without room until a memtable is full.
    db_.Flush(options, families).PermitUncheckedError();
  }
  rocksdb::Status sync_only(bool sync) { return sync ? db_.SyncWAL() : rocksdb::Status::OK(); }

  std::unique_ptr<RocksdbDatabase> database_;
  rocksdb::DB& db_;
  const RocksdbReader reader_{*database_, rocksdb::kReadAllTier};
  const RocksdbReader memory_reader_{*database_, rocksdb::kBlockCacheTier};
  // The writer's own.
  rocksdb::WriteBatch write_batch_;                        // kept for its memory
  std::array<std::uint64_t, kFamilies> memtable_bytes_{};  // when the last log was ended here
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<KvStore> make_rocksdb_kv(std::unique_ptr<RocksdbDatabase> database) {
  return std::make_unique<RocksdbKv>(std::move(database));
}

}  // namespace mrgc::engine
