#pragma once

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "mrgc/store/streams.h"

/// Reading streams in tests, and checking what they tell.
namespace mrgc::testing {

/// Starts an operation and waits for its outcome.
template <typename Request, typename T>
Result<T> wait_for(store::Streams& streams, void (store::Streams::*operation)(Request, store::Completion<T>),
                   Request request) {
  std::promise<Result<T>> answer;
  (streams.*operation)(std::move(request), [&](Result<T> outcome) { answer.set_value(std::move(outcome)); });
  return answer.get_future().get();
}

/// The streams of the table of this name, or all: a hundred at most.
std::vector<store::StreamId> streams_of(store::Streams& streams, const std::string& table = {});

/// All records that a stream has now.
Result<std::vector<store::StreamRecord>> read_whole_stream(store::Streams& streams, const store::StreamId& stream);

/// Looks for a contradiction in the streams of tables that have one: each must tell every change of each item once and
/// in order, from when there was none to the item that there is. For streams of both images that began with their
/// tables and have all their records. Returns the first contradiction found, or an empty text.
std::string find_stream_contradiction(engine::Engine& engine);

}  // namespace mrgc::testing
