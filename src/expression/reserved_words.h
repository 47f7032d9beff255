#pragma once

#include <string_view>

namespace mrgc::expression {

/// Whether `word`, in any case, is one of DynamoDB's 573 reserved words, which an expression can use as an attribute's
/// name only through a `#placeholder` (Developer Guide, "Reserved words in DynamoDB").
bool is_reserved_word(std::string_view word);

}  // namespace mrgc::expression
