#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/client_tokens.h"
#include "engine/committer.h"
#include "engine/expiry.h"
#include "engine/kv.h"
#include "engine/offload.h"
#include "engine/pending_items.h"
#include "engine/stripes.h"
#include "engine/write_intent.h"
#include "mrgc/base/clock.h"
#include "mrgc/store/store.h"

namespace mrgc::engine {

/// Takes writes from their preparation to the committer: each waits for its item's stripe, is decided there against the
/// item as it will be once everything decided before is committed, and is answered when it is durable itself. Where the
/// item has to be read from the disk, and there is an executor for that, the stripe waits and its thread goes on.
/// Thread-safe.
class WritePath {
 public:
  WritePath(const KvStore& kv, Catalog& catalog, Stripes& stripes, PendingItems& pending, Committer& committer,
            ClientTokens& tokens, const ExpiryQueue& expiry, const base::Clock& clock, Offload& offload)
      : kv_(kv),
        quick_kv_(offload.elsewhere() ? kv.in_memory() : kv),
        catalog_(catalog),
        stripes_(stripes),
        pending_(pending),
        committer_(committer),
        tokens_(tokens),
        expiry_(expiry),
        clock_(clock),
        offload_(offload) {}

  void write(Result<WriteIntent> intent, store::Completion<store::WriteItemResult> done);

  /// What a transaction has besides its actions.
  struct Transaction {
    std::string token;  ///< how it is known when it is sent again; empty: not at all
    std::string fingerprint;
    bool return_collections = false;
  };

  /// All intents or none. They are about distinct items.
  void write_all(std::vector<WriteIntent> intents, Transaction transaction,
                 store::Completion<store::TransactWriteItemsResult> done);

  /// Takes the entry from the expiry queue: deletes its item if that has expired and queues it anew if it will later.
  /// `done` receives whether an item was deleted.
  void expire(std::string entry, store::Completion<bool> done);

  /// Waits until everything that was being decided is durable and answered; false: it is not, the store is read-only.
  /// Not to be called from an answer.
  bool settle();

  /// Gives the item of this key its entry in its table's index of this `TableIndex::number`, when it is to have one.
  void fill_index(const std::string& key, std::uint16_t index_number, store::Completion<void> done);

 private:
  // An item as the next decision must see it.
  struct Current {
    std::optional<item::Item> item;
    bool pending = false;  // not yet durable
    std::size_t stripe = 0;
  };

  std::size_t stripe_of(std::string_view key) const;
  Result<Current> current(const KvReader& kv, std::size_t stripe, const std::string& key) const;
  Result<std::vector<Current>> current(const KvReader& kv, const std::vector<WriteIntent>& intents) const;
  void decide_held(std::vector<WriteIntent> intents, Transaction transaction,
                   store::Completion<store::TransactWriteItemsResult> done, Stripes::Hold hold);
  template <typename Use>
  void with_current(std::string key, Use use);
  Result<void> renew_table(WriteIntent& intent) const;
  void decide_one(WriteIntent intent, Result<Current> before, store::Completion<store::WriteItemResult> done);
  void decide_all(std::vector<WriteIntent> intents, Result<std::vector<Current>> befores,
                  const Transaction& transaction, store::Completion<store::TransactWriteItemsResult> done);
  void answer_again(const std::vector<WriteIntent>& intents, const std::vector<Current>& items,
                    const Transaction& transaction, store::Completion<store::TransactWriteItemsResult> done);
  void commit_all(const std::vector<WriteIntent>& intents, const std::vector<Current>& befores,
                  std::vector<std::optional<item::Item>> afters, const Transaction& transaction,
                  store::Completion<store::TransactWriteItemsResult> done);
  void fill_one(const std::string& key, std::uint16_t index_number, Result<Current> item, store::Completion<void> done);
  void add_collections(std::vector<store::ItemCollection>& collections, const std::vector<WriteIntent>& intents) const;
  void expire_one(const std::string& entry, Result<Current> before, store::Completion<bool> done);

  const KvStore& kv_;
  const KvReader& quick_kv_;  // what is asked first
  Catalog& catalog_;
  Stripes& stripes_;
  PendingItems& pending_;
  Committer& committer_;
  ClientTokens& tokens_;
  const ExpiryQueue& expiry_;
  const base::Clock& clock_;
  Offload& offload_;
};

}  // namespace mrgc::engine
