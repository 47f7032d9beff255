#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/kv.h"
#include "mrgc/store/requests.h"

namespace mrgc::engine {

/// The client tokens of the transactions of the last ten minutes (API Reference, TransactWriteItems,
/// "ClientRequestToken"): so that a request that is sent again changes nothing. They are recorded in the commit of
/// their transaction, and so survive what it survives. Thread-safe.
class ClientTokens {
 public:
  static constexpr std::int64_t kLifetime_ms = 10 * 60 * 1000;

  /// Reads the tokens of the store. Errors: `kStorage`.
  Result<void> load(const KvStore& kv);

  /// Whether a transaction with this token is done, and not forgotten.
  /// Errors: `kIdempotentMismatch` when it was another request than the one of this `fingerprint`.
  Result<bool> knows(std::string_view token, std::string_view fingerprint, std::int64_t now_ms) const;

  /// Remembers a decided transaction: adds that to its batch.
  void record(KvBatch& batch, std::string_view token, std::string_view fingerprint, std::int64_t now_ms);

  /// Forgets tokens that are too old: `submit` is called with batches that remove them; it must not wait for a commit.
  /// No token is recorded meanwhile, so what is submitted for one later is not undone by it.
  void trim(std::int64_t now_ms, const std::function<void(KvBatch)>& submit);

 private:
  struct Token {
    std::string fingerprint;
    std::int64_t time_ms = 0;
  };

  bool trim_some(std::int64_t now_ms, const std::function<void(KvBatch)>& submit);

  mutable std::mutex mutex_;
  std::map<std::string, Token, std::less<>> tokens_;         // guarded by mutex_
  std::multimap<std::int64_t, std::string> tokens_by_time_;  // guarded by mutex_
};

/// The same for requests that ask for the same, and most likely for no others.
std::string fingerprint(const store::TransactWriteItemsRequest& request);

}  // namespace mrgc::engine
