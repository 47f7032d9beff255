#include "item/map_lookup.h"

#include <gtest/gtest.h>

#include <string>

#include "support/seed.h"

namespace mrgc::item {
namespace {

TEST(MapLookup, FindsWhatTheMapHoldsHoweverOftenItIsAsked) {
  mrgc::testing::Dice dice(mrgc::testing::seeds().back());
  for (const int size : {0, 1, 16, 17, 100, 3000}) {
    Value::Map attributes;
    for (int i = 0; i < size; ++i) attributes.emplace("a" + std::to_string(dice.roll(10'000)), Value(i));
    const Item item = Item::from_map(attributes);
    MapLookup lookup(item.attributes());
    for (int i = 0; i < 500; ++i) {
      const std::string name = "a" + std::to_string(dice.roll(10'000));
      ASSERT_EQ(lookup.find(name), item.find(name)) << name << " in " << size << " attributes";
    }
    for (const auto& [name, value] : attributes) ASSERT_EQ(lookup.find(name), item.find(name)) << name;
    EXPECT_FALSE(lookup.find(""));
    EXPECT_FALSE(lookup.find("b"));
  }
}

}  // namespace
}  // namespace mrgc::item
