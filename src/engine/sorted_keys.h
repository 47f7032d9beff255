#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mrgc::engine {

/// A set of byte strings in order, made for millions of short ones that change at random: they lie one behind the other
/// in blocks of some kilobytes, so a change touches few lines of memory where a tree with a node for each key touches
/// dozens, and a key takes little more than its bytes. Not thread-safe.
class SortedKeys {
 public:
  /// Whether the key is new.
  bool insert(std::string_view key);
  /// Whether the key was there.
  bool erase(std::string_view key);
  bool empty() const { return blocks_.empty(); }
  /// What it takes, in bytes, estimated.
  std::size_t memory_bytes() const { return memory_bytes_; }

  /// Calls `take(std::string_view)` for each key in [begin, end), ascending or, from the end, descending, until it
  /// returns false. An empty `end` is no bound.
  template <typename Take>
  void walk(std::string_view begin, std::string_view end, bool forward, Take&& take) const {
    if (blocks_.empty()) return;
    std::vector<std::string_view> keys;  // of a block
    for (auto at = forward ? block_of(blocks_, begin) : last_block_before(end);; forward ? ++at : --at) {
      keys_between(at->second, begin, end, keys);
      if (!forward) std::ranges::reverse(keys);
      if (!std::ranges::all_of(keys, std::ref(take))) return;
      const bool done = forward ? std::next(at) == blocks_.end() || (!end.empty() && std::next(at)->first >= end)
                                : at->first <= begin;  // the first block's is empty
      if (done) return;
    }
  }

 private:
  /// Keys in order, each behind its length, by where they begin: "" for the first block, so that each key has its
  /// block.
  using Blocks = std::map<std::string, std::string, std::less<>>;

  /// The block where the key is or would be; there must be a block.
  static auto block_of(auto& blocks, std::string_view key) { return std::prev(blocks.upper_bound(key)); }
  Blocks::const_iterator last_block_before(std::string_view end) const;
  static void keys_between(std::string_view block, std::string_view begin, std::string_view end,
                           std::vector<std::string_view>& keys);
  Blocks::iterator add_block(std::string_view first, std::string_view keys);
  Blocks::iterator make_room(Blocks::iterator block, std::string_view key, std::size_t offset);
  void join(Blocks::iterator block);
  bool join_with_next(Blocks::iterator block);
  void remove_block(Blocks::iterator block);

  Blocks blocks_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace mrgc::engine
