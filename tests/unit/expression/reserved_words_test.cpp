#include "expression/reserved_words.h"

#include <gtest/gtest.h>

namespace mrgc::expression {
namespace {

TEST(ReservedWords, KnowsTheWordsInAnyCase) {
  for (const char* word :
       {"ABORT", "zone", "Status", "REGION", "state", "TimeStamp", "ttl", "value", "localtimestamp"}) {
    EXPECT_TRUE(is_reserved_word(word)) << word;
  }
}

TEST(ReservedWords, KnowsNoOther) {
  for (const char* word : {"", "queue_depth", "statu", "statuss", "instance_id", "localtimestamps", "a", "ABORT "}) {
    EXPECT_FALSE(is_reserved_word(word)) << word;
  }
}

}  // namespace
}  // namespace mrgc::expression
