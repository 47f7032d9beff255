#include "engine/write_path.h"

#include <algorithm>
#include <semaphore>
#include <set>
#include <utility>

#include "engine/cancellation.h"
#include "engine/capacity.h"
#include "engine/capacity_sum.h"
#include "engine/expiry.h"
#include "engine/item_collections.h"
#include "engine/keyspace.h"
#include "store/validation.h"

namespace mrgc::engine {
namespace {

std::size_t size_of(const std::optional<item::Item>& item) { return item ? item->size_bytes() : 0; }

}  // namespace

std::size_t WritePath::stripe_of(std::string_view key) const { return hash_bytes(key) % stripes_.count(); }

Result<WritePath::Current> WritePath::current(const KvReader& kv, std::size_t stripe, const std::string& key) const {
  if (auto pending = pending_.find(stripe, key))
    return Current{.item = std::move(*pending), .pending = true, .stripe = stripe};
  auto stored = kv.get(Family::kItems, key);
  if (!stored) return base::forward_error(stored);
  Current found{.item = std::nullopt, .pending = false, .stripe = stripe};
  if (*stored) found.item = item::Item::from_trusted(std::move(**stored));
  return found;
}

Result<std::vector<WritePath::Current>> WritePath::current(const KvReader& kv,
                                                           const std::vector<WriteIntent>& intents) const {
  std::vector<Current> all;
  all.reserve(intents.size());
  for (const WriteIntent& intent : intents) {
    auto one = current(kv, stripe_of(intent.key), intent.key);
    if (!one) return base::forward_error(one);
    all.push_back(std::move(*one));
  }
  return all;
}

// Calls `use` with the item of this key while nobody else is in its stripe.
template <typename Use>
void WritePath::with_current(std::string key, Use use) {
  const std::size_t stripe = stripe_of(key);
  stripes_.post(stripe, [this, stripe, key = std::move(key), use = std::move(use)]() mutable {
    auto item = current(quick_kv_, stripe, key);
    if (!would_block(item)) return use(std::move(item));
    offload_.run([this, stripe, key = std::move(key), use = std::move(use), hold = stripes_.hold(stripe)]() mutable {
      use(current(kv_, stripe, key));
    });
  });
}

// A table may have been dropped or changed while its writes waited for their turn. A refusal tells of that, so it has
// to wait until that is durable.
Result<void> WritePath::renew_table(WriteIntent& intent) const {
  if (!intent.table->retired.load(std::memory_order_acquire)) return {};
  auto table = catalog_.find(intent.table->spec.name, Catalog::As::kDecided);
  if (!table) return base::forward_error(table);
  if ((*table)->number != intent.table->number) {
    return base::fail(ErrorCode::kResourceNotFound, "Requested resource not found");
  }
  intent.table = std::move(*table);
  return {};
}

void WritePath::write(Result<WriteIntent> intent, store::Completion<store::WriteItemResult> done) {
  if (!intent) return done(base::forward_error(intent));
  std::string key = intent->key;
  with_current(std::move(key),
               [this, intent = std::move(*intent), done = std::move(done)](Result<Current> item) mutable {
                 decide_one(std::move(intent), std::move(item), std::move(done));
               });
}

void WritePath::decide_one(WriteIntent intent, Result<Current> before, store::Completion<store::WriteItemResult> done) {
  const bool is_told_of_change = intent.table->retired.load(std::memory_order_acquire);
  if (auto renewed = renew_table(intent); !renewed) {
    return refuse(committer_, std::move(done), std::move(renewed.error()));
  }
  if (!before) return done(base::forward_error(before));
  auto sized = check_update_size(intent, before->item);
  auto after = sized ? decide(intent, before->item) : base::forward_error(sized);
  if (!after) {
    if (!before->pending && !is_told_of_change) return done(base::forward_error(after));
    return refuse(committer_, std::move(done), std::move(after.error()));
  }
  CommitUnit unit;
  store::WriteItemResult result;
  result.capacity = record_change(unit, expiry_, intent.table, intent.key, before->item, *after, clock_.now_ms());
  result.attributes = returned_attributes(intent, before->item, *after);
  if (intent.return_collections) add_collection(result.collections, kv_, intent);
  unit.pending.push_back(pending_.put(before->stripe, intent.key, std::move(*after)));
  submit<store::WriteItemResult>(committer_, std::move(unit), std::move(done), std::move(result));
}

void WritePath::write_all(std::vector<WriteIntent> intents, Transaction transaction,
                          store::Completion<store::TransactWriteItemsResult> done) {
  std::set<std::size_t> stripes;
  for (const WriteIntent& intent : intents) stripes.insert(stripe_of(intent.key));
  // Of two with the same token, one waits for the other.
  if (!transaction.token.empty()) stripes.insert(stripe_of(transaction.token));
  stripes_.post_exclusive({stripes.begin(), stripes.end()},
                          [this, intents = std::move(intents), transaction = std::move(transaction),
                           done = std::move(done)](Stripes::Hold hold) mutable {
                            decide_held(std::move(intents), std::move(transaction), std::move(done), std::move(hold));
                          });
}

void WritePath::decide_held(std::vector<WriteIntent> intents, Transaction transaction,
                            store::Completion<store::TransactWriteItemsResult> done, Stripes::Hold hold) {
  auto items = current(quick_kv_, intents);
  if (!would_block(items)) return decide_all(std::move(intents), std::move(items), transaction, std::move(done));
  offload_.run([this, intents = std::move(intents), transaction = std::move(transaction), done = std::move(done),
                hold = std::move(hold)]() mutable {
    auto read = current(kv_, intents);
    decide_all(std::move(intents), std::move(read), transaction, std::move(done));
  });
}

void WritePath::decide_all(std::vector<WriteIntent> intents, Result<std::vector<Current>> befores,
                           const Transaction& transaction, store::Completion<store::TransactWriteItemsResult> done) {
  if (!befores) return done(base::forward_error(befores));
  if (!transaction.token.empty()) {
    auto known = tokens_.knows(transaction.token, transaction.fingerprint, clock_.now_ms());
    if (!known) return refuse(committer_, std::move(done), std::move(known.error()));
    if (*known) return answer_again(intents, *befores, transaction, std::move(done));
  }
  std::vector<store::CancellationReasons::Reason> reasons(intents.size());
  const auto refused = std::ranges::find_if(intents, [](const WriteIntent& intent) { return !!intent.refusal; });
  if (refused != intents.end()) {  // then no condition is looked at
    reasons[static_cast<std::size_t>(refused - intents.begin())] = cancellation_reason(*refused->refusal);
    return done(std::unexpected(transaction_canceled(std::move(reasons))));
  }
  std::vector<std::optional<item::Item>> afters;
  bool failed = false;
  for (std::size_t i = 0; i < intents.size(); ++i) {
    if (auto renewed = renew_table(intents[i]); !renewed) {
      return refuse(committer_, std::move(done), std::move(renewed.error()));
    }
    auto after = decide(intents[i], (*befores)[i].item);
    if (!after) {
      failed = true;
      reasons[i] = cancellation_reason(after.error());
      afters.emplace_back();
    } else {
      afters.push_back(std::move(*after));
    }
  }
  if (failed) {
    return refuse(committer_, std::move(done), transaction_canceled(std::move(reasons)));
  }
  commit_all(intents, *befores, std::move(afters), transaction, std::move(done));
}

// The first one may not be durable yet, so this waits for all that came before it.
void WritePath::answer_again(const std::vector<WriteIntent>& intents, const std::vector<Current>& items,
                             const Transaction& transaction, store::Completion<store::TransactWriteItemsResult> done) {
  store::TransactWriteItemsResult result{.repeated = true};
  for (std::size_t i = 0; i < intents.size(); ++i) {
    add_capacity(result.capacity, {.table = intents[i].table->spec.name,
                                   .table_units = read_units(size_of(items[i].item), ReadKind::kTransactional)});
  }
  if (transaction.return_collections) add_collections(result.collections, intents);
  submit<store::TransactWriteItemsResult>(committer_, {}, std::move(done), std::move(result));
}

void WritePath::commit_all(const std::vector<WriteIntent>& intents, const std::vector<Current>& befores,
                           std::vector<std::optional<item::Item>> afters, const Transaction& transaction,
                           store::Completion<store::TransactWriteItemsResult> done) {
  CommitUnit unit;
  store::TransactWriteItemsResult result;
  const std::int64_t now_ms = clock_.now_ms();
  for (std::size_t i = 0; i < intents.size(); ++i) {
    const WriteIntent& intent = intents[i];
    const std::optional<item::Item>& before = befores[i].item;
    store::ConsumedCapacity capacity;
    if (intent.kind == WriteIntent::Kind::kCheck) {
      capacity.table = intent.table->spec.name;
      capacity.table_units = write_units(size_of(before));
    } else {
      capacity = record_change(unit, expiry_, intent.table, intent.key, before, afters[i], now_ms);
      unit.pending.push_back(pending_.put(befores[i].stripe, intent.key, std::move(afters[i])));
    }
    capacity.table_units *= 2;  // a transaction costs twice: once to prepare, once to commit
    for (auto& [index, units] : capacity.indexes) units *= 2;
    for (auto& [index, units] : capacity.local_indexes) units *= 2;
    add_capacity(result.capacity, capacity);
  }
  if (transaction.return_collections) add_collections(result.collections, intents);
  if (!transaction.token.empty()) tokens_.record(unit.batch, transaction.token, transaction.fingerprint, now_ms);
  submit<store::TransactWriteItemsResult>(committer_, std::move(unit), std::move(done), std::move(result));
}

void WritePath::add_collections(std::vector<store::ItemCollection>& collections,
                                const std::vector<WriteIntent>& intents) const {
  for (const WriteIntent& intent : intents) {
    if (intent.kind != WriteIntent::Kind::kCheck && !intent.refusal) add_collection(collections, kv_, intent);
  }
}

void WritePath::fill_index(const std::string& key, std::uint16_t index_number, store::Completion<void> done) {
  with_current(key, [this, key, index_number, done = std::move(done)](Result<Current> item) mutable {
    fill_one(key, index_number, std::move(item), std::move(done));
  });
}

void WritePath::fill_one(const std::string& key, std::uint16_t index_number, Result<Current> item,
                         store::Completion<void> done) {
  const TablePtr table = catalog_.find_decided(read_u32(key));
  const store::IndexSpec* spec = table == nullptr ? nullptr : table->find_index(index_number);
  if (spec == nullptr) return done(base::fail(ErrorCode::kInternal, "an index was deleted too early"));
  if (!item) return done(base::forward_error(item));
  CommitUnit unit;
  if (item->item) record_index_entry(unit, *table, *spec, key, *item->item);
  submit<void>(committer_, std::move(unit), std::move(done), {});
}

bool WritePath::settle() {
  std::binary_semaphore decided(0);
  stripes_.after_posted([&decided] { decided.release(); });
  decided.acquire();
  return submit_and_wait(committer_, {});
}

void WritePath::expire(std::string entry, store::Completion<bool> done) {
  std::string key(ExpiryQueue::item_key(entry));
  with_current(std::move(key), [this, entry = std::move(entry), done = std::move(done)](Result<Current> item) mutable {
    expire_one(entry, std::move(item), std::move(done));
  });
}

void WritePath::expire_one(const std::string& entry, Result<Current> before, store::Completion<bool> done) {
  const std::string key(ExpiryQueue::item_key(entry));
  const std::int64_t now_ms = clock_.now_ms();
  const TablePtr table = catalog_.find_decided(read_u32(key));
  if (!before) return done(base::forward_error(before));
  std::optional<std::int64_t> at_s;
  if (table && before->item) at_s = expires_at_s(*table, *before->item);

  CommitUnit unit;
  unit.batch.remove(Family::kExpiry, entry);
  const bool expired = at_s && is_expired(*at_s, now_ms / 1000);
  if (expired) {
    record_change(unit, expiry_, table, key, before->item, std::nullopt, now_ms, /*expired=*/true);
    unit.pending.push_back(pending_.put(before->stripe, key, std::nullopt));
  } else if (at_s && *at_s > now_ms / 1000) {
    expiry_.put(unit.batch, *at_s, key, now_ms / 1000);
  }
  submit<bool>(committer_, std::move(unit), std::move(done), expired);
}

}  // namespace mrgc::engine
