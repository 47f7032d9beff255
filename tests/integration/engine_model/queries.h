#pragma once

#include <optional>
#include <string>
#include <vector>

#include "integration/engine_model/model.h"

namespace mrgc::model {

/// A sample table's indexes, and "" for the table itself.
extern const std::vector<std::string> kIndexes;

/// One of a few dozen keys.
Key any_key(Dice& dice);

/// A projection of some attributes that the index (or table) holds, whose names it adds to `names`; or none.
std::optional<std::string> any_projection(Dice& dice, Inputs& inputs, const std::string& index,
                                          std::vector<std::string>& names);

/// Whether any filter suits the index: one that does not hold all attributes refuses filters on the others.
bool may_filter(const std::string& index);

/// A query, and what the model has to know of it.
struct Query {
  Selection selection;
  Condition filter;                    ///< without text when there is none
  std::vector<std::string> projected;  ///< empty: everything
  std::optional<Position> start;       ///< behind which it starts
  store::QueryRequest request;
};

Query any_query(Dice& dice, const std::string& table);

}  // namespace mrgc::model
