#include "engine/engine.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "engine/alarm.h"
#include "engine/batch_write.h"
#include "engine/caching_kv.h"
#include "engine/catalog.h"
#include "engine/client_tokens.h"
#include "engine/committer.h"
#include "engine/expiry.h"
#include "engine/expiry_sweeper.h"
#include "engine/folder.h"
#include "engine/index_directory.h"
#include "engine/offload.h"
#include "engine/pending_items.h"
#include "engine/read_path.h"
#include "engine/rocksdb_kv.h"
#include "engine/stream_records.h"
#include "engine/stripes.h"
#include "engine/table_ops.h"
#include "engine/write_path.h"

namespace mrgc::engine {
namespace {

constexpr std::size_t kStripes = 256;
/// What a query or scan may look at before it takes too long for a thread that must not wait.
constexpr std::int64_t kMaxQuickEntries = 256;
constexpr std::uint64_t kMinLogRoomBytes = std::uint64_t{1} << 20;
constexpr std::string_view kIdentityKey = "identity";
constexpr std::string_view kPlaceKey = "place";

/// What the options leave to the engine itself.
struct Defaults {
  base::SystemClock clock;
  base::SystemRandom random;
  base::InlineExecutor executor;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(std::unique_ptr<KvStore> kv, std::unique_ptr<ChangeLog> log, std::unique_ptr<Catalog> catalog,
             std::unique_ptr<ClientTokens> tokens, std::unique_ptr<StreamRecords> streams, const EngineOptions& options,
             std::unique_ptr<Defaults> defaults)
      : defaults_(std::move(defaults)),
        clock_(options.clock != nullptr ? *options.clock : defaults_->clock),
        random_(options.random != nullptr ? *options.random : defaults_->random),
        executor_(options.executor != nullptr ? *options.executor : defaults_->executor),
        kv_(std::move(kv)),
        log_(std::move(log)),
        catalog_(std::move(catalog)),
        tokens_(std::move(tokens)),
        streams_(std::move(streams)),
        pending_(kStripes),
        directories_(*kv_, background_, options.directory_bytes),
        background_(1, "mrgc-background"),
        commit_thread_(1, "mrgc-commit"),
        committer_(*kv_, *log_, pending_, directories_, commit_thread_, sync_alarm_,
                   {.sync = options.durability == Durability::kSync}),
        offload_(options.disk_executor),
        reads_(*kv_, *catalog_, directories_),
        quick_reads_(kv_->in_memory(), *catalog_, directories_, kMaxQuickEntries),
        writes_(*kv_, *catalog_, stripes_, pending_, committer_, *tokens_, expiry_, clock_, offload_),
        filler_(*kv_, writes_, committer_, fill_thread_),
        tables_(*kv_, *catalog_, stripes_, pending_, committer_, filler_, *streams_, expiry_, clock_, random_,
                offload_),
        stripes_(kStripes, executor_),
        fill_thread_(1, "mrgc-fill"),
        sweeper_(*kv_, expiry_, writes_, clock_, options.sweep_interval, [this] { trim(); }) {
    tables_.fill_new_indexes();
  }

  ~EngineImpl() override {
    filler_.stop();
    for (int i = 0; i < 2; ++i) {  // what goes on elsewhere may wait for a commit, and go on elsewhere again
      writes_.settle();
      offload_.wait();
    }
  }

  // --- Store: reads ---
  void get_item(store::GetItemRequest request, store::Completion<store::GetItemResult> done) override {
    read(&ReadPath::get_item, std::move(request), std::move(done));
  }
  void query(store::QueryRequest request, store::Completion<store::PageResult> done) override {
    read(&ReadPath::query, std::move(request), std::move(done));
  }
  void scan(store::ScanRequest request, store::Completion<store::PageResult> done) override {
    read(&ReadPath::scan, std::move(request), std::move(done));
  }
  void batch_get_item(store::BatchGetItemRequest request, store::Completion<store::BatchGetItemResult> done) override {
    read(&ReadPath::batch_get_item, std::move(request), std::move(done));
  }
  void transact_get_items(store::TransactGetItemsRequest request,
                          store::Completion<store::TransactGetItemsResult> done) override {
    read(&ReadPath::transact_get_items, std::move(request), std::move(done));
  }

  // --- Store: writes ---
  void put_item(store::PutItemRequest request, store::Completion<store::WriteItemResult> done) override {
    write(std::move(request), std::move(done));
  }
  void update_item(store::UpdateItemRequest request, store::Completion<store::WriteItemResult> done) override {
    write(std::move(request), std::move(done));
  }
  void delete_item(store::DeleteItemRequest request, store::Completion<store::WriteItemResult> done) override {
    write(std::move(request), std::move(done));
  }
  void batch_write_item(store::BatchWriteItemRequest request,
                        store::Completion<store::BatchWriteItemResult> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    engine::batch_write_item(*catalog_, writes_, std::move(request), std::move(done));
  }
  void transact_write_items(store::TransactWriteItemsRequest request,
                            store::Completion<store::TransactWriteItemsResult> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    engine::transact_write_items(*catalog_, writes_, std::move(request), std::move(done));
  }

  // --- Store: tables ---
  void create_table(store::CreateTableRequest request, store::Completion<store::TableDescription> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    tables_.create(std::move(request), std::move(done));
  }
  void delete_table(store::DeleteTableRequest request, store::Completion<store::TableDescription> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    tables_.remove(std::move(request), std::move(done));
  }
  void update_time_to_live(store::UpdateTimeToLiveRequest request,
                           store::Completion<store::UpdateTimeToLiveResult> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    tables_.update_time_to_live(std::move(request), std::move(done));
  }
  void update_table(store::UpdateTableRequest request, store::Completion<store::TableDescription> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    tables_.update(std::move(request), std::move(done));
  }
  void update_tags(store::UpdateTagsRequest request, store::Completion<store::UpdateTagsResult> done) override {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    tables_.update_tags(std::move(request), std::move(done));
  }
  void describe_table(store::DescribeTableRequest request, store::Completion<store::TableDescription> done) override {
    done(tables_.describe(request));
  }
  void list_tables(store::ListTablesRequest request, store::Completion<store::ListTablesResult> done) override {
    done(tables_.list(request));
  }

  // --- Streams ---
  void list_streams(store::ListStreamsRequest request, store::Completion<store::ListStreamsResult> done) override {
    offload_.run(
        [this, request = std::move(request), done = std::move(done)]() mutable { done(streams_->list(request)); });
  }
  void describe_stream(store::StreamId stream, store::Completion<store::StreamDescription> done) override {
    offload_.run(
        [this, stream = std::move(stream), done = std::move(done)]() mutable { done(streams_->describe(stream)); });
  }
  void read_stream(store::ReadStreamRequest request, store::Completion<store::ReadStreamResult> done) override {
    offload_.run(
        [this, request = std::move(request), done = std::move(done)]() mutable { done(streams_->read(request)); });
  }

  // --- EmbeddedStore and Engine ---
  std::size_t sweep_expired(std::size_t max_items) override {
    trim();
    return sweeper_.sweep(max_items);
  }
  std::optional<Error> failure() const override { return committer_.failure(); }
  EngineStats stats() const override {
    return {.commits = committer_.commits(),
            .committed_units = committer_.committed_units(),
            .expired_items = sweeper_.expired_items(),
            .directories = directories_.count(),
            .directory_bytes = directories_.memory_bytes()};
  }
  const ChangeLog& change_log() const override { return *log_; }

 private:
  // Removes what is kept for a time only, besides items.
  void trim() {
    const auto submit = [this](KvBatch batch) {
      CommitUnit unit;
      unit.batch = std::move(batch);
      committer_.submit(std::move(unit));
    };
    streams_->trim(submit);
    tokens_->trim(clock_.now_ms(), submit);
  }

  template <typename Request, typename T>
  using ReadOperation = Result<T> (ReadPath::*)(const Request&) const;

  // A read changes nothing, so what breaks in one is its own trouble alone.
  template <typename Request, typename T>
  static Result<T> attempt(const ReadPath& reads, ReadOperation<Request, T> operation, const Request& request) {
    try {
      return (reads.*operation)(request);
    } catch (const std::exception& fault) {
      spdlog::critical("a read failed inside: {}", fault.what());
      return base::fail(ErrorCode::kInternal, fmt::format("a read failed inside: {}", fault.what()));
    }
  }

  template <typename Request, typename T>
  void read(ReadOperation<Request, T> operation, Request request, store::Completion<T> done) {
    executor_.post([this, operation, request = std::move(request), done = std::move(done)]() mutable {
      if (offload_.elsewhere()) {
        const std::uint64_t removals = catalog_->removals();
        auto outcome = attempt(quick_reads_, operation, request);
        if (!would_block(outcome) && !may_lack_some(kv_->in_memory(), request, outcome, removals)) {
          return done(std::move(outcome));
        }
      }
      read_at_leisure(operation, std::move(request), std::move(done), /*read_only=*/false);
    });
  }

  // A removal shows in the store a moment before it does in the catalog. What is read between them is an empty table
  // where there is none any more, so it is read again behind that.
  template <typename Request, typename T>
  void read_at_leisure(ReadOperation<Request, T> operation, Request request, store::Completion<T> done,
                       bool read_only) {
    offload_.run([this, operation, request = std::move(request), done = std::move(done), read_only]() mutable {
      const std::uint64_t removals = catalog_->removals();
      auto outcome = attempt(reads_, operation, request);
      if (read_only || !may_lack_some(*kv_, request, outcome, removals)) return done(std::move(outcome));
      CommitUnit unit;
      unit.done = [this, operation, request = std::move(request),
                   done = std::move(done)](const Result<void>& committed) mutable {
        read_at_leisure(operation, std::move(request), std::move(done), !committed);
      };
      committer_.submit(std::move(unit));
    });
  }

  template <typename Request, typename T>
  bool may_lack_some(const KvReader& kv, const Request& request, const Result<T>& outcome,
                     std::uint64_t removals) const {
    if (!outcome || !catalog_->has_removals_since(removals)) return false;
    const auto table = [&](const std::string& name) { return catalog_->may_lack_some(kv, name, removals); };
    if constexpr (requires { request.table; }) {
      return table(request.table);
    } else if constexpr (requires { request.gets; }) {
      return std::ranges::any_of(request.gets, table, &store::TransactGetItemsRequest::Get::table);
    } else {
      return std::ranges::any_of(request.tables, [&](const auto& entry) { return table(entry.first); });
    }
  }

  template <typename Request>
  void write(Request request, store::Completion<store::WriteItemResult> done) {
    if (auto failure = committer_.failure()) return done(std::unexpected(std::move(*failure)));
    writes_.write(prepare(*catalog_, request), std::move(done));
  }

  // Later members use earlier ones, and are destroyed before them: the committer waits for what is in flight.
  std::unique_ptr<Defaults> defaults_;
  const base::Clock& clock_;
  base::Random& random_;
  base::Executor& executor_;
  std::unique_ptr<KvStore> kv_;
  std::unique_ptr<ChangeLog> log_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ClientTokens> tokens_;
  std::unique_ptr<StreamRecords> streams_;
  ExpiryQueue expiry_;
  PendingItems pending_;
  IndexDirectories directories_;
  base::ThreadExecutor background_;  // after what its tasks use
  base::ThreadExecutor commit_thread_;
  ThreadAlarm sync_alarm_;
  Committer committer_;
  Offload offload_;
  ReadPath reads_;
  ReadPath quick_reads_;
  WritePath writes_;
  IndexFiller filler_;
  TableOps tables_;
  Stripes stripes_;                   // waits for its tasks, which use the others
  base::ThreadExecutor fill_thread_;  // ends before what its task uses
  ExpirySweeper sweeper_;
};

// The identity tells a follower of the change log whether this is still the log that it followed. A copy goes its own
// way from where it was made, and so does one that was put in the place of a lost store.
Result<std::string> load_identity(KvStore& kv, base::Random& random, std::string_view place) {
  auto stored = kv.get(Family::kMeta, kIdentityKey);
  if (!stored) return base::forward_error(stored);
  auto stored_place = kv.get(Family::kMeta, kPlaceKey);
  if (!stored_place) return base::forward_error(stored_place);
  if (*stored && stored_place->value_or("") == place) return std::move(**stored);
  const std::string identity = random.hex_id(16);
  KvBatch batch;
  batch.put(Family::kMeta, kIdentityKey, identity);
  batch.put(Family::kMeta, kPlaceKey, place);
  if (auto written = kv.write(batch, /*sync=*/true); !written) return base::forward_error(written);
  return identity;
}

}  // namespace

RocksdbOptions rocksdb_options(const EngineOptions& options) {
  RocksdbOptions files{.create_if_missing = options.create_if_missing, .cache_bytes = options.cache_bytes};
  if (options.durability == Durability::kSync && options.log_room_bytes > 0) {
    files.log_room_bytes = std::max(options.log_room_bytes, kMinLogRoomBytes);
  }
  return files;
}

Result<std::unique_ptr<Engine>> Engine::open(std::unique_ptr<KvStore> kv, const EngineOptions& options,
                                             std::string_view place) {
  auto defaults = std::make_unique<Defaults>();
  base::Random& random = options.random != nullptr ? *options.random : defaults->random;
  if (options.item_cache_bytes > 0) kv = with_item_cache(std::move(kv), options.item_cache_bytes, random.next_u64());
  auto identity = load_identity(*kv, random, place);
  if (!identity) return base::forward_error(identity);
  auto log = ChangeLog::open(*kv, std::move(*identity), options.change_log_max_records);
  if (!log) return base::forward_error(log);
  auto catalog = std::make_unique<Catalog>();
  if (auto loaded = catalog->load(*kv); !loaded) return base::forward_error(loaded);
  auto tokens = std::make_unique<ClientTokens>();
  if (auto loaded = tokens->load(*kv); !loaded) return base::forward_error(loaded);
  auto streams =
      std::make_unique<StreamRecords>(*kv, **log, options.clock != nullptr ? *options.clock : defaults->clock);
  if (auto loaded = streams->load(); !loaded) return base::forward_error(loaded);
  return std::make_unique<EngineImpl>(std::move(kv), std::move(*log), std::move(catalog), std::move(tokens),
                                      std::move(streams), options, std::move(defaults));
}

Result<std::unique_ptr<EmbeddedStore>> open_embedded(const std::filesystem::path& folder, EngineOptions options) {
  auto kv = open_rocksdb(folder, rocksdb_options(options));
  if (!kv) return base::forward_error(kv);
  auto engine = Engine::open(std::move(*kv), options, FolderMark::fingerprint(folder));
  if (!engine) return base::forward_error(engine);
  return std::unique_ptr<EmbeddedStore>(std::move(*engine));
}

}  // namespace mrgc::engine
