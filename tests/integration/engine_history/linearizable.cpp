#include "integration/engine_history/linearizable.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace mrgc::history {
namespace {

// The calls and answers in their order, as a list from which the operations already placed are taken out.
class Events {
 public:
  explicit Events(const std::vector<Operation>& operations) {
    std::vector<std::pair<std::int64_t, std::size_t>> order;  // time, and the number of the event
    for (std::size_t i = 0; i < operations.size(); ++i) {
      order.emplace_back(operations[i].called, call_of(i));
      order.emplace_back(operations[i].answered, answer_of(i));
    }
    std::ranges::sort(order);
    next_.resize(2 * operations.size() + 1);
    previous_.resize(next_.size());
    std::size_t last = kHead;
    for (const auto& [time, event] : order) {
      next_[last] = event;
      previous_[event] = last;
      last = event;
    }
    next_[last] = kHead;
    previous_[kHead] = last;
  }

  static constexpr std::size_t kHead = 0;  // before the first and after the last event
  static bool is_call(std::size_t event) { return event % 2 == 1; }
  static std::size_t operation_of(std::size_t event) { return (event - 1) / 2; }
  static std::size_t call_of(std::size_t operation) { return 2 * operation + 1; }

  std::size_t next(std::size_t event) const { return next_[event]; }
  bool empty() const { return next_[kHead] == kHead; }

  void take_out(std::size_t operation) {
    unlink(call_of(operation));
    unlink(answer_of(operation));
  }
  // Undoes the last `take_out` that was not undone.
  void put_back(std::size_t operation) {
    link(answer_of(operation));
    link(call_of(operation));
  }

 private:
  static std::size_t answer_of(std::size_t operation) { return 2 * operation + 2; }
  void unlink(std::size_t event) {
    next_[previous_[event]] = next_[event];
    previous_[next_[event]] = previous_[event];
  }
  void link(std::size_t event) {
    next_[previous_[event]] = event;
    previous_[next_[event]] = event;
  }

  std::vector<std::size_t> next_;
  std::vector<std::size_t> previous_;
};

}  // namespace

std::optional<State> step(const Operation& operation, const State& before) {
  const auto if_true = [](bool possible, State after) {
    return possible ? std::optional<State>(std::in_place, after) : std::nullopt;
  };
  switch (operation.kind) {
    case Operation::Kind::kRead: return if_true(operation.seen == before, before);
    case Operation::Kind::kPut: return State(operation.value);
    case Operation::Kind::kPutIfAbsent:
      return if_true(operation.done == !before.has_value(), operation.done ? State(operation.value) : before);
    case Operation::Kind::kCompareAndSet:
      if (operation.done) return if_true(before == operation.expected, operation.value);
      return if_true(before != operation.expected && before == operation.seen, before);
    case Operation::Kind::kAdd: {
      const State after = before.value_or(0) + operation.value;
      return if_true(operation.seen == after, after);
    }
    case Operation::Kind::kDelete: return if_true(operation.seen == before, State());
  }
  return std::nullopt;
}

bool is_linearizable(const std::vector<Operation>& operations) {
  Events events(operations);
  std::vector<bool> placed(operations.size(), false);
  std::set<std::pair<std::vector<bool>, State>> tried;
  std::vector<std::pair<std::size_t, State>> stack;  // operations in their order, each with the state before it
  State state;
  std::size_t event = events.next(Events::kHead);
  while (!events.empty()) {
    if (event != Events::kHead && Events::is_call(event)) {
      const std::size_t operation = Events::operation_of(event);
      const auto after = step(operations[operation], state);
      if (after) placed[operation] = true;
      if (after && tried.emplace(placed, *after).second) {
        stack.emplace_back(operation, std::exchange(state, *after));
        events.take_out(operation);
        event = events.next(Events::kHead);
        continue;
      }
      placed[operation] = false;
      event = events.next(event);
      continue;
    }
    // An operation was answered before it could be placed: the last one placed must go elsewhere.
    if (stack.empty()) return false;
    const std::size_t operation = stack.back().first;
    state = stack.back().second;
    stack.pop_back();
    placed[operation] = false;
    events.put_back(operation);
    event = events.next(Events::call_of(operation));
  }
  return true;
}

std::string to_text(const Operation& operation) {
  static const std::string kNames[] = {"read", "put", "put if absent", "compare and set", "add", "delete"};
  std::string text = std::to_string(operation.called) + " to " + std::to_string(operation.answered) + ": " +
                     kNames[static_cast<std::size_t>(operation.kind)] + " " + std::to_string(operation.value);
  if (operation.kind == Operation::Kind::kCompareAndSet) text += " for " + std::to_string(operation.expected);
  if (!operation.done) text += ", refused";
  return text + (operation.seen ? ", saw " + std::to_string(*operation.seen) : ", saw nothing");
}

}  // namespace mrgc::history
