#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "mrgc/store/blocking.h"
#include "support/engines.h"

/// Writers that a crash may stop at any moment, and the account of what they were promised.
namespace mrgc::crash {

inline constexpr int kWriters = 4;
inline constexpr const char* kTable = "sample";

/// One write of one writer. Plain bytes, so that it can be sent through a pipe.
struct Write {
  enum class Kind : std::uint8_t { kPut, kUpdate, kDelete };

  std::int64_t number;  ///< grows with every write of a writer; all that an item holds follows from it
  std::int32_t writer;
  std::int32_t slot;  ///< which of the writer's items
  Kind kind;
  bool acknowledged;  ///< the write was answered; otherwise it is about to be sent
};

/// Sends write after write, each moving its item in the indexes or deleting it, and tells `report` of each before it is
/// sent and after it was answered. Returns when one fails.
template <typename Report>
void write_until_failure(store::Store& store, int writer, std::int64_t first_number, Report&& report);

/// What the store was told, and what it must hold therefore. Thread-safe.
class Ledger {
 public:
  void note(const Write& write);

  /// Writes answered since the last `settle`.
  std::int64_t acknowledged() const { return acknowledged_; }

  /// A number that no write had yet.
  std::int64_t next_number() const;

  /// Checks that the store holds every acknowledged write, and besides them at most the last one of each writer that
  /// was not answered; that indexes, counters and change log agree with the items. From then on, what is there is what
  /// must be there. Returns what is wrong, or an empty text.
  std::string settle(engine::Engine& engine);

  /// Forgets everything, for a new store.
  void clear();

 private:
  struct Slot {
    std::int64_t number = -1;  // of the last acknowledged write
    bool exists = false;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<int, int>, Slot> slots_;  // guarded by mutex_; by writer and slot
  std::map<int, Write> unanswered_;            // guarded by mutex_; by writer
  std::int64_t last_number_ = 0;               // guarded by mutex_
  std::atomic<std::int64_t> acknowledged_ = 0;
};

/// The next write of a writer, after `number`.
Write next_write(int writer, std::int64_t number);
bool send(store::Store& store, const Write& write);

template <typename Report>
void write_until_failure(store::Store& store, int writer, std::int64_t first_number, Report&& report) {
  for (std::int64_t number = first_number;; ++number) {
    Write write = next_write(writer, number);
    report(write);
    if (!send(store, write)) return;
    write.acknowledged = true;
    report(write);
  }
}

}  // namespace mrgc::crash
