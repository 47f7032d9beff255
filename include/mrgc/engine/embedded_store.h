#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "mrgc/base/clock.h"
#include "mrgc/base/error.h"
#include "mrgc/base/executor.h"
#include "mrgc/base/random.h"
#include "mrgc/store/store.h"
#include "mrgc/store/streams.h"

namespace mrgc::engine {

/// When a write is answered.
enum class Durability : std::uint8_t {
  kSync,   ///< when it is on the disk: it survives `kill -9` and power loss
  kAsync,  ///< when the operating system has it: it survives `kill -9`; power loss may take about the last second,
           ///< also when nothing is written after it
};

struct EngineOptions {
  Durability durability = Durability::kSync;
  /// Create the folder and an empty store when there is none; otherwise that is an error.
  bool create_if_missing = true;
  /// Time for TTL and for the change log; the machine's clock when null. Must outlive the store.
  const base::Clock* clock = nullptr;
  /// Source of identities; the operating system when null. Must outlive the store.
  base::Random* random = nullptr;
  /// Where requests are evaluated; on the caller's own thread when null. Must outlive the store.
  base::Executor* executor = nullptr;
  /// Where a request goes on that has to wait for the disk or takes long; where it is evaluated when null: then a
  /// thread waits, or that of the commits, for a read that met the removal of its table. Must outlive the store.
  base::Executor* disk_executor = nullptr;
  /// Memory for blocks read from disk, in bytes.
  std::size_t cache_bytes = std::size_t{192} << 20;
  /// Memory for items and index entries that were read or written lately, in bytes; zero: none are kept.
  std::size_t item_cache_bytes = std::size_t{64} << 20;
  /// Memory for index directories (see `docs/formats.md`, "In memory only"), in bytes.
  std::size_t directory_bytes = std::size_t{256} << 20;
  /// Disk space for zeros that a log is written over, which makes its syncs short, in bytes, at least 1 MB; as much
  /// again for the next log. The first log of a session has none, the next ones begin with 4 MB and double. Not taken
  /// before a 64th of it was written, nor while less than 16 times as much is free. More than 32 MB gains nothing:
  /// other things end a log then. Zero, or `Durability::kAsync`: none.
  std::uint64_t log_room_bytes = std::uint64_t{32} << 20;
  /// How many of the latest changes the change log keeps.
  std::uint64_t change_log_max_records = 1'000'000;
  /// How often expired items are looked for, in real time; zero: only when `sweep_expired` is called.
  std::chrono::milliseconds sweep_interval{10'000};
};

/// What a store did since it was opened.
struct EngineStats {
  std::uint64_t commits = 0;          ///< batches written, each with one sync under `Durability::kSync`
  std::uint64_t committed_units = 0;  ///< requests in them
  std::uint64_t expired_items = 0;    ///< items deleted because their TTL had passed
  std::uint64_t directories = 0;      ///< index directories held now
  std::uint64_t directory_bytes = 0;  ///< their memory, estimated
};

/// DynamoDB's semantics over a folder on this machine: the state of one region. Reads see only what is durable.
///
/// A broken invariant in the evaluation of a write ends the process with a message: a store that went on could not
/// answer any more. Nothing answered is lost.
///
/// Thread-safe. The destructor waits for the writes in flight and makes everything durable.
class EmbeddedStore : public store::Store, public store::Streams {
 public:
  /// Deletes up to `max_items` items whose TTL has passed, as ordinary deletes that indexes and the change log see, and
  /// waits for them. Returns how many. Also forgets stream records that are older than 24 hours and client tokens that
  /// are older than ten minutes. Runs by itself every `EngineOptions::sweep_interval`.
  virtual std::size_t sweep_expired(std::size_t max_items) = 0;

  /// Why the store takes no more writes until it is opened again, if so: a write to its disk failed.
  virtual std::optional<base::Error> failure() const = 0;

  virtual EngineStats stats() const = 0;
};

/// Opens the store in `folder`, after a crash without any repair step. At most one process has a folder open.
///
/// Errors, all `kStorage`, with the folder and the cause in the message, and nothing is written: the folder is open
/// elsewhere, holds something else, was written by a newer version, is damaged (including a log whose middle does not
/// read back), or cannot be created.
Result<std::unique_ptr<EmbeddedStore>> open_embedded(const std::filesystem::path& folder, EngineOptions options = {});

}  // namespace mrgc::engine
