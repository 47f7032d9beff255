#include "engine/sorted_keys.h"

#include "item/varint.h"

namespace mrgc::engine {
namespace {

/// A little below what an allocator gives at once, and what doubling leads to from where a first block begins.
constexpr std::size_t kBlockBytes = 4080;
constexpr std::size_t kFirstBlockBytes = 255;
/// A node of the tree of blocks.
constexpr std::size_t kBytesPerBlock = 128;

struct Place {
  std::size_t offset;  // of the first key that is not less, or the end
  std::size_t size;    // with its length, when it is the key; otherwise 0
};

Place place_of(std::string_view block, std::string_view key) {
  std::string_view rest = block;
  while (!rest.empty()) {
    const std::size_t offset = block.size() - rest.size();
    const std::string_view there = item::take_sized(rest);
    if (const int order = there.compare(key); order >= 0) {
      return {.offset = offset, .size = order > 0 ? 0 : block.size() - rest.size() - offset};
    }
  }
  return {.offset = block.size(), .size = 0};
}

// Where the key begins that reaches beyond the middle.
std::size_t middle_of(std::string_view block) {
  std::string_view rest = block;
  std::size_t offset = 0;
  do {
    offset = block.size() - rest.size();
    item::take_sized(rest);
  } while (rest.size() > block.size() / 2);
  return offset;
}

std::string_view first_of(std::string_view keys) { return item::take_sized(keys); }

// Where the second key begins, or the end.
std::size_t second_of(std::string_view block) {
  std::string_view rest = block;
  item::take_sized(rest);
  return block.size() - rest.size();
}

}  // namespace

bool SortedKeys::insert(std::string_view key) {
  auto block = blocks_.empty() ? add_block({}, {}) : block_of(blocks_, key);
  Place place = place_of(block->second, key);
  if (place.size > 0) return false;
  std::string sized;
  item::append_sized(sized, key);
  if (!block->second.empty() && block->second.size() + sized.size() > kBlockBytes) {
    block = make_room(block, key, place.offset);
    place = place_of(block->second, key);
  }
  memory_bytes_ -= block->second.capacity();
  block->second.insert(place.offset, sized);
  memory_bytes_ += block->second.capacity();
  return true;
}

bool SortedKeys::erase(std::string_view key) {
  if (blocks_.empty()) return false;
  const auto block = block_of(blocks_, key);
  const Place place = place_of(block->second, key);
  if (place.size == 0) return false;
  block->second.erase(place.offset, place.size);
  if (block->second.size() < kBlockBytes / 4) join(block);
  return true;
}

SortedKeys::Blocks::const_iterator SortedKeys::last_block_before(std::string_view end) const {
  return std::prev(end.empty() ? blocks_.end() : blocks_.lower_bound(end));
}

void SortedKeys::keys_between(std::string_view block, std::string_view begin, std::string_view end,
                              std::vector<std::string_view>& keys) {
  keys.clear();
  while (!block.empty()) {
    const std::string_view key = item::take_sized(block);
    if (!end.empty() && key >= end) return;
    if (key >= begin) keys.push_back(key);
  }
}

SortedKeys::Blocks::iterator SortedKeys::add_block(std::string_view first, std::string_view keys) {
  const auto block = blocks_.emplace(first, std::string()).first;
  block->second.reserve(blocks_.size() == 1 ? kFirstBlockBytes : kBlockBytes);
  block->second.append(keys);
  memory_bytes_ += kBytesPerBlock + first.size() + block->second.capacity();
  return block;
}

void SortedKeys::remove_block(Blocks::iterator block) {
  memory_bytes_ -= kBytesPerBlock + block->first.size() + block->second.capacity();
  blocks_.erase(block);
}

// Divides a full block; the part in which `key`, which would lie at `offset`, belongs.
SortedKeys::Blocks::iterator SortedKeys::make_room(Blocks::iterator block, std::string_view key, std::size_t offset) {
  const std::string_view keys = block->second;
  const bool behind = offset == keys.size();
  std::size_t middle = middle_of(keys);
  if (middle == 0 && offset > 0) middle = second_of(keys);
  // Keys that come in order leave full blocks behind them.
  if (behind && (middle == keys.size() || std::next(block) == blocks_.end())) return add_block(key, {});
  const auto next = add_block(first_of(keys.substr(middle)), keys.substr(middle));
  block->second.resize(middle);
  return key < next->first ? block : next;
}

// Joins a block of few keys with one beside it, so that what keys take falls with their number.
void SortedKeys::join(Blocks::iterator block) {
  if (join_with_next(block)) return;
  if (block != blocks_.begin()) {
    join_with_next(std::prev(block));
  } else if (block->second.empty()) {
    remove_block(block);
  }
}

bool SortedKeys::join_with_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end()) return false;
  std::string& keys = block->second;
  const bool fits = keys.size() + next->second.size() <= kBlockBytes * 3 / 4;
  if (!fits && !keys.empty() && !next->second.empty()) return false;
  memory_bytes_ -= keys.capacity();
  keys.append(next->second);
  memory_bytes_ += keys.capacity();
  remove_block(next);
  return true;
}

}  // namespace mrgc::engine
