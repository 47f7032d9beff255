#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/index_directory.h"
#include "engine/kv.h"

namespace mrgc::engine {

/// What a query or scan walks over: the entries of a family with keys in [begin, end), in either direction.
struct WalkRange {
  Family family = Family::kItems;
  std::string begin;
  std::string end;
  bool forward = true;

  bool contains(std::string_view key) const { return key >= begin && (end.empty() || key < end); }
};

/// Yields stored entries one after the other.
class EntryWalk {
 public:
  virtual ~EntryWalk() = default;

  /// The next entry's value, valid until the next call; nothing at the end.
  virtual Result<std::optional<std::string_view>> next() = 0;
};

/// A walk over the store as of now, or of a `moment` when that is not null.
std::unique_ptr<EntryWalk> walk(const KvReader& kv, WalkRange range, const KvSnapshot* moment);

/// A walk over the entries that the `directory` of the range's index partition names: as of one moment up to the first
/// `expected` (about how many will be taken, at most 256 count), as of a later one for each 256 after them.
std::unique_ptr<EntryWalk> walk(const KvReader& kv, WalkRange range, std::shared_ptr<const IndexDirectory> directory,
                                std::size_t expected);

}  // namespace mrgc::engine
