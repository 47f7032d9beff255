#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "expression/path.h"
#include "expression/placeholders.h"
#include "mrgc/base/error.h"
#include "mrgc/item/item.h"

namespace mrgc::expression {

/// An update expression after parsing.
struct UpdateTree {
  enum class Clause : std::uint8_t { kSet, kRemove, kAdd, kDelete };

  /// A part of a right side; parts name their own parts by index.
  struct Node {
    enum class Kind : std::uint8_t { kPath, kValue, kPlus, kMinus, kIfNotExists, kListAppend };
    Kind kind = Kind::kPath;
    std::uint32_t left = 0;   ///< of kPath and kIfNotExists a path (into `sources`), of the others a node
    std::uint32_t right = 0;  ///< a node
    std::optional<item::ValueView> value = std::nullopt;  ///< of kValue
  };

  /// What is done to the target with the same index.
  struct Action {
    Clause clause = Clause::kSet;
    std::uint32_t node = 0;  ///< the right side; REMOVE has none
  };

  std::vector<Path> targets;  ///< sorted, and none inside another
  std::vector<Action> actions;
  std::vector<Node> nodes;
  std::vector<Path> sources;
  item::Item values;  ///< keeps alive what the nodes view
};

/// Parses an update expression and checks all that does not depend on an item.
/// Errors: `kValidation` with DynamoDB's message.
Result<UpdateTree> parse_update_tree(std::string_view text, Placeholders& placeholders);

}  // namespace mrgc::expression
