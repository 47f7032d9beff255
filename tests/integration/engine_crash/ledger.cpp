#include "integration/engine_crash/ledger.h"

#include <algorithm>

#include "engine/keyspace.h"
#include "support/item_text.h"
#include "support/streams.h"

namespace mrgc::crash {
namespace {

using item::Item;
using item::Value;

constexpr int kSlots = 12;

// Bits that differ from write to write, the same in every process.
std::uint64_t bits_of(int writer, std::int64_t number) {
  return engine::hash_bytes(std::to_string(writer) + "/" + std::to_string(number));
}

Item key_of(int writer, int slot) {
  return Item::from_map({{"pk", Value("writer-" + std::to_string(writer))}, {"sk", slot}});
}

// The attributes that a put or an update leaves in the item, whatever was there before.
Value::Map attributes_of(int writer, std::int64_t number) {
  static const std::string kColors[] = {"amber", "blue", "red"};
  const std::uint64_t bits = bits_of(writer, number) >> 16;
  return {{"color", Value(kColors[bits % 3])},
          {"score", Value(static_cast<std::int64_t>(bits / 3 % 100))},
          {"owner", Value("owner-" + std::to_string(bits % 5))},
          {"note", Value(std::string(bits % 300, 'n'))},
          {"number", Value(number)}};
}

Item item_of(int writer, int slot, std::int64_t number) {
  Value::Map item = key_of(writer, slot).to_map();
  item.merge(attributes_of(writer, number));
  return Item::from_map(item);
}

}  // namespace

Write next_write(int writer, std::int64_t number) {
  const std::uint64_t bits = bits_of(writer, number);
  const Write::Kind kind = bits % 10 < 3   ? Write::Kind::kPut
                           : bits % 10 < 8 ? Write::Kind::kUpdate
                                           : Write::Kind::kDelete;
  return {.number = number,
          .writer = writer,
          .slot = static_cast<int>(bits / 10 % kSlots),
          .kind = kind,
          .acknowledged = false};
}

bool send(store::Store& store, const Write& write) {
  const store::BlockingStore db(store);
  const Item key = key_of(write.writer, write.slot);
  if (write.kind == Write::Kind::kDelete) return db.delete_item({.table = kTable, .key = key}).has_value();
  if (write.kind == Write::Kind::kPut) {
    return db.put_item({.table = kTable, .item = item_of(write.writer, write.slot, write.number)}).has_value();
  }
  store::UpdateItemRequest update{.table = kTable, .key = key};
  Value::Map values;
  for (const auto& [name, value] : attributes_of(write.writer, write.number)) {
    update.update_expression += (values.empty() ? "SET #" : ", #") + name + " = :" + name;
    update.names.emplace("#" + name, name);
    values.emplace(":" + name, value);
  }
  update.values = Item::from_map(values);
  return db.update_item(std::move(update)).has_value();
}

void Ledger::note(const Write& write) {
  const std::lock_guard lock(mutex_);
  last_number_ = std::max(last_number_, write.number);
  if (!write.acknowledged) {
    unanswered_.insert_or_assign(write.writer, write);
    return;
  }
  unanswered_.erase(write.writer);
  slots_[{write.writer, write.slot}] = {.number = write.number, .exists = write.kind != Write::Kind::kDelete};
  ++acknowledged_;
}

std::int64_t Ledger::next_number() const {
  const std::lock_guard lock(mutex_);
  return last_number_ + 1;
}

std::string Ledger::settle(engine::Engine& engine) {
  const std::lock_guard lock(mutex_);
  const store::BlockingStore db(engine);
  std::size_t items = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const auto found = db.get_item({.table = kTable, .key = key_of(writer, slot)});
      if (!found) return testing::to_text(found.error());
      Slot& expected = slots_[{writer, slot}];
      const auto open = unanswered_.find(writer);
      const bool may_differ = open != unanswered_.end() && open->second.slot == slot;
      const auto matches = [&](bool exists, std::int64_t number) {
        return found->item.has_value() == exists && (!exists || *found->item == item_of(writer, slot, number));
      };
      if (may_differ && !matches(expected.exists, expected.number)) {
        expected = {.number = open->second.number, .exists = open->second.kind != Write::Kind::kDelete};
      }
      if (!matches(expected.exists, expected.number)) {
        return "writer " + std::to_string(writer) + ", slot " + std::to_string(slot) + ": " +
               testing::to_text(found->item) + (expected.exists ? " instead of write " : " after deletion by write ") +
               std::to_string(expected.number);
      }
      items += expected.exists ? 1 : 0;
    }
  }
  unanswered_.clear();
  acknowledged_ = 0;
  if (const std::size_t there = testing::scan_all(db, kTable).size(); there != items) {
    return std::to_string(there) + " items instead of " + std::to_string(items);
  }
  std::string contradiction = testing::find_contradiction(engine);
  if (contradiction.empty()) contradiction = testing::find_log_contradiction(engine);
  if (contradiction.empty()) contradiction = testing::find_stream_contradiction(engine);
  return contradiction;
}

void Ledger::clear() {
  const std::lock_guard lock(mutex_);
  slots_.clear();
  unanswered_.clear();
  acknowledged_ = 0;
}

}  // namespace mrgc::crash
