#include "engine/client_tokens.h"

#include <xxhash.h>

#include <utility>
#include <variant>

#include "engine/keyspace.h"
#include "mrgc/item/item.h"

namespace mrgc::engine {
namespace {

using item::Item;
using item::Value;

constexpr std::string_view kRecordPrefix = "token/";
/// Tokens forgotten at once: meanwhile transactions wait.
constexpr int kTrimmedAtOnce = 1000;

std::string record_key(std::string_view token) { return std::string(kRecordPrefix).append(token); }

// Everything with its size in front, so that no two requests give the same bytes.
class Bytes {
 public:
  void add(std::string_view part) {
    append_u64(bytes_, part.size());
    bytes_.append(part);
  }
  void add(const store::Names& names) {
    append_u64(bytes_, names.size());
    for (const auto& [placeholder, name] : names) {
      add(placeholder);
      add(name);
    }
  }
  std::string hash() const {
    const XXH128_hash_t hash = XXH3_128bits(bytes_.data(), bytes_.size());
    std::string text;
    append_u64(text, hash.high64);
    append_u64(text, hash.low64);
    return text;
  }

 private:
  std::string bytes_;
};

}  // namespace

Result<void> ClientTokens::load(const KvStore& kv) {
  const std::lock_guard lock(mutex_);
  const std::string prefix(kRecordPrefix);
  const auto iterator = kv.iterate(Family::kMeta, prefix, prefix_end(prefix));
  for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
    const auto damaged = base::fail(ErrorCode::kStorage, "a client token's record in the store does not read back");
    const auto record = Item::from_bytes(std::string(iterator->value()));
    if (!record) return damaged;
    const auto time_ms = record->find_int64("time_ms");
    const auto fingerprint = record->find("fingerprint");
    if (!time_ms || !fingerprint || fingerprint->type() != item::Type::kBinary) return damaged;
    std::string token(iterator->key().substr(prefix.size()));
    tokens_by_time_.emplace(*time_ms, token);
    tokens_.insert_or_assign(std::move(token),
                             Token{.fingerprint = std::string(fingerprint->as_binary()), .time_ms = *time_ms});
  }
  return iterator->status();
}

Result<bool> ClientTokens::knows(std::string_view token, std::string_view fingerprint, std::int64_t now_ms) const {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(token);
  if (found == tokens_.end() || found->second.time_ms + kLifetime_ms <= now_ms) return false;
  if (found->second.fingerprint != fingerprint) {
    return base::fail(ErrorCode::kIdempotentMismatch,
                      "The provided client token was already used with a different request; use a new token for it");
  }
  return true;
}

void ClientTokens::record(KvBatch& batch, std::string_view token, std::string_view fingerprint, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const Item record =
      Item::from_map({{"time_ms", Value(now_ms)}, {"fingerprint", Value(Value::Binary{std::string(fingerprint)})}});
  batch.put(Family::kMeta, record_key(token), record.encoded());
  tokens_.insert_or_assign(std::string(token), Token{.fingerprint = std::string(fingerprint), .time_ms = now_ms});
  tokens_by_time_.emplace(now_ms, token);
}

void ClientTokens::trim(std::int64_t now_ms, const std::function<void(KvBatch)>& submit) {
  while (trim_some(now_ms, submit)) {
  }
}

// Whether there may be more.
bool ClientTokens::trim_some(std::int64_t now_ms, const std::function<void(KvBatch)>& submit) {
  KvBatch batch;
  const std::lock_guard lock(mutex_);
  int looked_at = 0;
  for (; looked_at < kTrimmedAtOnce; ++looked_at) {
    if (tokens_by_time_.empty() || tokens_by_time_.begin()->first + kLifetime_ms > now_ms) break;
    const auto oldest = tokens_by_time_.extract(tokens_by_time_.begin());
    const auto found = tokens_.find(oldest.mapped());
    if (found == tokens_.end() || found->second.time_ms != oldest.key()) continue;  // used again since
    batch.remove(Family::kMeta, record_key(oldest.mapped()));
    tokens_.erase(found);
  }
  if (!batch.empty()) submit(std::move(batch));
  return looked_at == kTrimmedAtOnce;
}

std::string fingerprint(const store::TransactWriteItemsRequest& request) {
  constexpr std::string_view kKinds("\0\1\2\3", 4);
  Bytes bytes;
  for (const auto& action : request.actions) {
    bytes.add(kKinds.substr(action.index(), 1));
    std::visit(
        [&](const auto& one) {
          bytes.add(one.table);
          if constexpr (requires { one.item; }) {
            bytes.add(one.item.encoded());
          } else {
            bytes.add(one.key.encoded());
          }
          if constexpr (requires { one.update_expression; }) bytes.add(one.update_expression);
          bytes.add(one.condition_expression);
          bytes.add(one.names);
          bytes.add(one.values.encoded());
          bytes.add(one.return_old_on_failure ? "1" : "0");
        },
        action);
  }
  return bytes.hash();
}

}  // namespace mrgc::engine
