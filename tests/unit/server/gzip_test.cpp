#include "server/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace mrgc::server {
namespace {

TEST(Gzip, UnpacksWhatItPacked) {
  for (const std::size_t size : {0, 1, 1000, 100'000}) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * i >> 3));
    EXPECT_EQ(gunzip(gzip(bytes), 1 << 20), bytes);
  }
}

TEST(Gzip, RefusesBombsCutOffAndOtherBytes) {
  const std::string bomb = gzip(std::string(64 << 20, 'x'));
  EXPECT_LT(bomb.size(), std::size_t{1} << 20);
  EXPECT_FALSE(gunzip(bomb, 16 << 20));
  const std::string packed = gzip("hello, hello, hello");
  for (std::size_t size = 0; size < packed.size(); ++size) EXPECT_FALSE(gunzip(packed.substr(0, size), 1000)) << size;
  EXPECT_FALSE(gunzip("no gzip at all", 1000));
}

TEST(Gzip, TheChecksumIsTheUsualOne) { EXPECT_EQ(crc32_of("123456789"), 0xCBF43926U); }

}  // namespace
}  // namespace mrgc::server
