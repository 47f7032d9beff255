#include "server/content_coding.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace mrgc::server {
namespace {

class Codings : public ::testing::TestWithParam<Coding> {};

TEST_P(Codings, UnpacksWhatItPacked) {
  for (const std::size_t size : {0, 1, 1000, 100'000}) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i * i >> 3));
    EXPECT_EQ(unpack(pack(bytes, GetParam()), GetParam(), 1 << 20), bytes);
  }
}

TEST_P(Codings, RefusesBombsCutOffAndOtherBytes) {
  const std::string bomb = pack(std::string(64 << 20, 'x'), GetParam());
  EXPECT_LT(bomb.size(), std::size_t{1} << 20);
  EXPECT_FALSE(unpack(bomb, GetParam(), 16 << 20));
  const std::string packed = pack("hello, hello, hello", GetParam());
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(unpack(packed.substr(0, size), GetParam(), 1000)) << size;
  }
  EXPECT_FALSE(unpack("not packed at all", GetParam(), 1000));
  EXPECT_EQ(unpack(packed + "more", GetParam(), 1000).has_value(), GetParam() == Coding::kGzip);
}

INSTANTIATE_TEST_SUITE_P(Packed, Codings, ::testing::Values(Coding::kGzip, Coding::kDeflate));

TEST(ContentCoding, GzipMayHaveSeveralMembers) {
  const std::string packed = pack("one", Coding::kGzip) + pack("two", Coding::kGzip);
  EXPECT_EQ(unpack(packed, Coding::kGzip, 6), "onetwo");
  EXPECT_FALSE(unpack(packed, Coding::kGzip, 5));
  EXPECT_EQ(unpack(packed + "three", Coding::kGzip, 6), "onetwo");
  EXPECT_FALSE(unpack(packed + "\x1f\x8bthree", Coding::kGzip, 100));
}

// As measured on AWS.
TEST(ContentCoding, TheBestThatIsTakenIsChosen) {
  const std::vector<std::pair<const char*, Coding>> cases = {
      {"", Coding::kIdentity},
      {"gzip", Coding::kGzip},
      {"GZIP, identity", Coding::kGzip},
      {"deflate", Coding::kDeflate},
      {"br, identity, deflate, gzip", Coding::kDeflate},
      {"gzip, deflate", Coding::kGzip},
      {"*", Coding::kGzip},
      {"*;q=0.5,identity", Coding::kGzip},
      {"*, deflate;q=0.5", Coding::kGzip},
      {"*, deflate", Coding::kDeflate},
      {"*, gzip;q=0.5", Coding::kDeflate},
      {"deflate;q=0.5, gzip;q=0.2", Coding::kDeflate},
      {"br, gzip;q=0, deflate; q = 0.5 , identity;q=0", Coding::kDeflate},
      {"gzip ;q=0", Coding::kIdentity},
      {"\"gzip\"", Coding::kIdentity},
      {"gzip br", Coding::kIdentity},
      {"gzip:q=1", Coding::kIdentity},
      {"gzip;nq=1;q=0 ", Coding::kIdentity},
      {"x-gzip", Coding::kIdentity},
      {"gzip;q=", Coding::kIdentity},
      {"deflate;q=0.5, gzip;q=0.x", Coding::kGzip},
      {"deflate;q=0.5, gzip;q=0.   x", Coding::kGzip},
      {"deflate;q=nan, gzip;q=0", Coding::kDeflate},
      {"gzip;q=31, deflate;q=51", Coding::kGzip},
      {",;,;q=1,", Coding::kIdentity},
  };
  for (const auto& [header, coding] : cases) EXPECT_EQ(to_string(accepted_coding(header)), to_string(coding)) << header;
}

TEST(ContentCoding, TheChecksumIsTheUsualOne) { EXPECT_EQ(crc32_of("123456789"), 0xCBF43926U); }

}  // namespace
}  // namespace mrgc::server
