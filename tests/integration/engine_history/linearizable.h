#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mrgc::history {

/// What an item holds: its number, or nothing when there is no item.
using State = std::optional<std::int64_t>;

/// One operation on one item as a client saw it.
struct Operation {
  enum class Kind : std::uint8_t {
    kRead,           ///< `seen` is what was read
    kPut,            ///< writes `value`
    kPutIfAbsent,    ///< writes `value` unless there is an item; `done` says which
    kCompareAndSet,  ///< writes `value` if there is `expected`; when not `done`, `seen` is what was there instead
    kAdd,            ///< adds `value` (to nothing: makes it); `seen` is the result
    kDelete,         ///< `seen` is what was deleted
  };

  Kind kind = Kind::kRead;
  std::int64_t value = 0;
  std::int64_t expected = 0;
  bool done = true;
  State seen;
  std::int64_t called = 0;  ///< when it was sent and when it was answered, on one clock without ties
  std::int64_t answered = 0;
};

/// The state after the operation on `before`, or nothing (outside) when the client could not have seen what it saw.
std::optional<State> step(const Operation& operation, const State& before);

/// Whether there is an order of the operations, each somewhere between its call and its answer, in which every client
/// saw what it saw. Starts without an item. The search of Wing and Gong, with Lowe's memory of what was tried: fast for
/// histories in which few operations are under way at the same time.
bool is_linearizable(const std::vector<Operation>& operations);

std::string to_text(const Operation& operation);

}  // namespace mrgc::history
