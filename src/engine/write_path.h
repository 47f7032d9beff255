#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/client_tokens.h"
#include "engine/committer.h"
#include "engine/kv.h"
#include "engine/pending_items.h"
#include "engine/stripes.h"
#include "engine/write_intent.h"
#include "mrgc/base/clock.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// Takes writes from their preparation to the committer: each waits for its item's stripe, is decided there against the
/// item as it will be once everything decided before is committed, and is answered when it is durable itself.
/// Thread-safe.
class WritePath {
 public:
  WritePath(const KvStore& kv, Catalog& catalog, Stripes& stripes, PendingItems& pending, Committer& committer,
            ClientTokens& tokens, const base::Clock& clock)
      : kv_(kv),
        catalog_(catalog),
        stripes_(stripes),
        pending_(pending),
        committer_(committer),
        tokens_(tokens),
        clock_(clock) {}

  void write(Result<WriteIntent> intent, store::Completion<store::WriteItemResult> done);

  /// How a transaction is known when it is sent again; empty: not at all.
  struct Identity {
    std::string token;
    std::string fingerprint;
  };

  /// All intents or none. They are about distinct items.
  void write_all(std::vector<WriteIntent> intents, Identity identity,
                 store::Completion<store::TransactWriteItemsResult> done);

  /// Takes the entry from the expiry queue: deletes its item if that has expired and queues it anew if it will later.
  /// `done` receives whether an item was deleted.
  void expire(std::string entry, store::Completion<bool> done);

  /// Gives the item of this key its entry in the index, when it is to have one.
  /// Errors: `kResourceNotFound` when the table or the index is gone.
  void fill_index(std::string key, const std::string& index, store::Completion<void> done);

 private:
  // An item as the next decision must see it.
  struct Current {
    std::optional<item::Item> item;
    bool pending = false;  // not yet durable
  };

  std::size_t stripe_of(std::string_view key) const;
  Result<Current> current(std::size_t stripe, const std::string& key) const;
  Result<void> renew_table(WriteIntent& intent) const;
  void decide_one(std::size_t stripe, WriteIntent intent, store::Completion<store::WriteItemResult> done);
  void decide_all(std::vector<WriteIntent> intents, const Identity& identity,
                  store::Completion<store::TransactWriteItemsResult> done);
  void fill_one(std::size_t stripe, const std::string& key, const std::string& index, store::Completion<void> done);
  void expire_one(std::size_t stripe, const std::string& entry, store::Completion<bool> done);

  const KvStore& kv_;
  Catalog& catalog_;
  Stripes& stripes_;
  PendingItems& pending_;
  Committer& committer_;
  ClientTokens& tokens_;
  const base::Clock& clock_;
};

}  // namespace mrgc::engine
